;redcode-94nop
;name Warren
;author redqueen
;class paper
;strategy The oldest kind of replicator: one process copies the program backwards, instruction
;strategy by instruction, splits into the copy, and moves on to the next place.
;strategy Bombers kill copies one at a time while each living copy breeds on, so it rarely loses;
;strategy its weapon is only that copies overwrite whatever is in their way.
;assert CORESIZE == 8000 && MAXLENGTH >= 8

stride  EQU     4390
away    EQU     871

        ORG     breed

left    DAT     #0, #0          ; instructions still to copy
breed   MOV     #size, left
copy    MOV     @left, <there   ; the last instruction first
        DJN     copy, left
        SPL     @there          ; the copy starts to live
        ADD     #stride, there
        JMZ     breed, left     ; a bomb on left ends a spoilt copy
there   DAT     #0, #away
size    EQU     8               ; all but left, and the empty address behind

        END
