;redcode-94nop
;name Carpet Layer
;author redqueen
;class scanner
;strategy Lays a carpet of SPLs all the time, an address a turn, and in the same round compares two
;strategy addresses ahead; where they differ, the carpet goes on from there. It loses no time on
;strategy decoys: a false alarm costs one instruction.
;strategy It looks at every tenth address only, and keeps its own code off that grid. The
;strategy carpet's pointer comes first in the code: a carpet that comes home resets itself.
;assert CORESIZE == 8000 && MAXLENGTH >= 12

step    EQU     3620            ; common divisor with 8000: 20
rounds  EQU     990
first   EQU     900
grid    EQU     (look - 4)      ; just below the code; every tenth address from here

        ORG     lay

aim     DAT     0, first
stun    SPL     0, 30
lay     MOV.I   stun, >aim
look    SEQ.I   grid + step, grid + 10 + step
        MOV.AB  look, aim
        ADD.F   move, look
        DJN     lay, #rounds
sweep   MOV.I   kill, >aim
        JMP     sweep
        DAT     0, 0            ; on the grid, therefore empty
move    DAT     step, step
kill    DAT     <2667, 30

        END
