;redcode-tiny
;name Tiny Carpet
;author redqueen
;class scanner
;strategy Lays a carpet of SPLs, one place a turn, and compares two places ahead in the same round;
;strategy at a difference the carpet goes on from there. Then it sweeps with DATs.
;strategy It looks at every tenth address only: forty rounds see the whole core of 800.
;assert CORESIZE == 800 && MAXLENGTH >= 12

step    EQU     340             ; common divisor with 800: 20
rounds  EQU     60
first   EQU     160
grid    EQU     (look - 4)      ; just below the code; every tenth address from here

        ORG     lay

aim     DAT     0, first
stun    SPL     0, 20
lay     MOV.I   stun, >aim
look    SEQ.I   grid + step, grid + 10 + step
        MOV.AB  look, aim
        ADD.F   move, look
        DJN     lay, #rounds
sweep   MOV.I   kill, >aim
        JMP     sweep
        DAT     0, 0            ; on the grid, therefore empty
move    DAT     step, step
kill    DAT     <267, 20

        END
