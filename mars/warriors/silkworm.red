;redcode-94nop
;name Silkworm
;author redqueen
;class paper
;strategy Eight processes walk through the code in step: all split to where the copy will be,
;strategy then each copies one instruction there, just before the first of them arrives.
;strategy The A-field of each SPL is the source counter and its B-field the destination; both
;strategy are still fresh when that line itself is copied, so every copy is a new original.
;strategy The last lines throw bombs ahead, for papers must harm those who sit still.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 11

far     EQU     594
near    EQU     7565
mid     EQU     4390

        ORG     start

start   SPL     1
        SPL     1
        SPL     1               ; eight processes, one for each instruction below
first   SPL     @first, <far
        MOV.I   }first, >first
second  SPL     @second, <near
        MOV.I   }second, >second
third   SPL     @third, <mid
        MOV.I   }third, >third
        MOV.I   bomb, }bomb
bomb    DAT     <2667, <1

        END
