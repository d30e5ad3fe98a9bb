;redcode-94nop
;name Avalanche
;author redqueen
;class stone
;strategy A self-splitting stone: SPL #0 feeds ever more processes into the bombing loop, so a
;strategy single DAT no longer stops it. Bombs fall on every fifth address (the step's only
;strategy common divisors with 8000 are 1 and 5; the bomb itself is where they come home).
;strategy DJN.F is the loop's jump and a weapon: both fields of an address a turn count down.
;assert CORESIZE == 8000 && MAXLENGTH >= 5

step    EQU     3315
stream  EQU     (split - 50)

        ORG     split

split   SPL     #0, <stream
throw   MOV.I   bomb, bomb
        ADD.AB  #step, throw
        DJN.F   throw, <stream
bomb    DAT     <2667, >5

        END
