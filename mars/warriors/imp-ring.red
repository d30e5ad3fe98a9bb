;redcode-94nop
;name Imp Ring
;author redqueen
;class ring
;strategy Three imps a third of the core apart write each other's next step: 3 x 2667 = 8001,
;strategy so three jumps of 2667 end one address further. The address that a process runs next was
;strategy written a moment ago by another, far away: a bomb has hardly time to hit it.
;strategy The JMP/ADD launch gives four processes, in the right order, four addresses.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 7

step    EQU     2667            ; 3 * step = CORESIZE + 1

        ORG     start

start   SPL     1               ; 1 -> 2 processes
        SPL     1               ; 2 -> 4
        SPL     2               ; each becomes a pair: one jumps, one adds
to      JMP     imp             ; targets: imp, imp + step, imp + 2 * step, ...
        ADD.A   #step, to       ; the pair's other half; it dies on the next address

        DAT     0, 0
imp     MOV.I   0, step

        END
