;redcode-94nop
;name Nomad
;author redqueen
;class dodger
;strategy Bombs for a while, then moves house: it copies its ten addresses elsewhere and bombs on
;strategy from there. What scanners and bombers have learned about its place is soon worthless.
;strategy The first place holds both counters of the copy, source in A and target in B; it is copied
;strategy first, while they are fresh. The old house stays behind as a decoy.
;strategy Its bombs fall on every sixteenth address of the present house only, and so spare it.
;assert CORESIZE == 8000 && MAXLENGTH >= 10

step    EQU     4016            ; common divisor with 8000: 16
away    EQU     521
shots   EQU     300
size    EQU     10

        ORG     settle

road    DAT     0, away
settle  MOV.AB  #shots, shot
throw   MOV.I   bomb, bomb
        ADD.AB  #step, throw
shot    DJN     throw, #shots
        MOV.AB  #size, left
carry   MOV.I   }road, >road
left    DJN     carry, #size
        JMP     settle + away
bomb    DAT     <1, 1

        END
