;redcode-94nop
;name Imp Spiral
;author redqueen
;class spiral
;strategy A seven-point imp ring run by eight processes, launched by a binary tree of SPLs:
;strategy all leaves have the same depth, so the imps start in the order of their addresses.
;strategy One process more stays behind and clears the core with DATs, for imps alone cannot win.
;strategy The spiral is its insurance for the first ten thousand cycles, no longer: as the clear's
;strategy processes grow in number the imps' turns come rarely, and the clear hits them as well.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 23

step    EQU     1143            ; 7 * step = CORESIZE + 1

        ORG     start

aim     DAT     0, tail - aim + 40
wipe    DAT     <step, tail - aim + 40
sweep   SPL     #0, <-20        ; keeps making processes, and is itself hard to kill
again   MOV.I   wipe, >aim      ; on reaching aim it writes a fresh pointer: the next round
        JMP     again

start   SPL     sweep
        SPL     right
        SPL     leaf2
        SPL     leaf1
        JMP     imp
leaf1   JMP     imp + step
leaf2   SPL     leaf3
        JMP     imp + 2 * step
leaf3   JMP     imp + 3 * step
right   SPL     leaf6
        SPL     leaf5
        JMP     imp + 4 * step
leaf5   JMP     imp + 5 * step
leaf6   SPL     leaf7
        JMP     imp + 6 * step
leaf7   JMP     imp + 7 * step
imp     MOV.I   0, step
tail    DAT     0, 0

        END
