;redcode-94nop
;name Imp Gate
;author redqueen
;class gate
;strategy Throws some hundred bombs like Dwarf, then stands still and decrements one place in front
;strategy of it, every cycle: the gate. An imp that was copied onto the gate is changed before it
;strategy runs (MOV 0, 1 becomes MOV 0, 0), so it writes nothing ahead of it and dies there.
;strategy Standing still takes one instruction only, the smallest target there is.
;assert CORESIZE == 8000 && MAXLENGTH >= 5

step    EQU     3044            ; a multiple of 4 and of no larger divisor of 8000
rounds  EQU     400             ; few: most imps are still on their way then
gate    EQU     (guard - 9)

        ORG     next

bomb    DAT     0, 0
next    ADD.AB  #step, throw
throw   MOV.I   bomb, bomb
        DJN     next, #rounds
guard   JMP     guard, <gate

        END
