;redcode-94nop
;name Dwarf
;author redqueen
;class stone
;strategy The ancestor of all bombers: throws a DAT at every fourth address, for ever.
;strategy Four instructions and a step of four: in a core of a multiple of four addresses the
;strategy bombs that come round land on the bomb itself and never on the loop.
;assert CORESIZE % 4 == 0 && MAXLENGTH >= 4

step    EQU     4

bomb    DAT     #0, #0
loop    ADD     #step, bomb     ; where to
        MOV     bomb, @bomb     ; throw
        JMP     loop

        END     loop
