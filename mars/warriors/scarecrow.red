;redcode-94nop
;name Scarecrow
;author redqueen
;class decoy
;strategy Makes decoys: sixteen lone addresses all over the core that are no longer empty. A scanner
;strategy stops at each and attacks nothing, and a one-shot wastes its only shot.
;strategy One MOV with { and < changes two addresses, so the field is laid in eight cycles. A small
;strategy stone, copied far away before, bombs in the time that the decoys buy.
;assert CORESIZE == 8000 && MAXLENGTH >= 20

away    EQU     (split + 5207)

        ORG     boot

boot    MOV.I   bomb, away + 4
        MOV.I   jump, away + 3
        MOV.I   move, away + 2
        MOV.I   throw, away + 1
        MOV.I   split, away
        SPL     away
straw   FOR     8
        MOV.I   {700 + 800 * straw, <300 + 800 * straw
        ROF
        DAT     0, 0

split   SPL     #0, <-50
throw   MOV.I   bomb, bomb
move    ADD.AB  #3315, throw
jump    DJN.F   throw, <-50
bomb    DAT     <2667, >5

        END
