;redcode-94nop
;name Broom
;author redqueen
;class clear
;strategy A core clear and nothing else: it moves to a far place, then writes DATs over every
;strategy address, round after round. SPL #0 keeps making processes, so that single hits do not
;strategy stop it; four living instructions in 8000 addresses are hard to find.
;strategy The pointer lies below the code: when the sweep comes home it first overwrites the
;strategy pointer with the bomb, whose B-field starts the next round just beyond the code.
;assert CORESIZE == 8000 && MAXLENGTH >= 12

away    EQU     (aim + 3790)

        ORG     boot

boot    MOV.I   sweep + 1, away + 5
        MOV.I   sweep, away + 4
        MOV.I   split, away + 3
        MOV.I   wipe, away + 2
        MOV.I   aim, away
        JMP     away + 3
aim     DAT     0, 20
        DAT     0, 0
wipe    DAT     <2667, 20
split   SPL     #0, <-30
sweep   MOV.I   wipe - 0, >aim
        DJN.F   sweep, <-30

        END
