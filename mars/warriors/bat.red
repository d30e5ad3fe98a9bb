;redcode-94nop
;name Bat
;author redqueen
;class vampire
;strategy Throws fangs, JMPs that lead to its pit: an enemy process that runs onto one works for
;strategy Bat from then on. In the pit it splits without end, so the enemy's own code starves, and
;strategy what time it has left it spends on wiping the core.
;strategy One ADD.F moves the fang's aim up and its JMP's way back down by the same step, so all
;strategy fangs lead to the same pit. They fall on 4 modulo 5, where only the fang, an empty address
;strategy and the pit's own JMP lie. Afterwards Bat sweeps the core, the pit and its slaves first.
;assert CORESIZE == 8000 && MAXLENGTH >= 15

step    EQU     4295            ; common divisor with 8000: 5
rounds  EQU     1598

        ORG     bite

aim     DAT     0, bite - aim
split   SPL     #0, <-30
sweep   MOV.I   wipe, >aim
        DJN.F   sweep, <-30
        DAT     0, 0            ; 4 modulo 5
bite    MOV.I   fang, @fang
        ADD.F   move, fang
        DJN     bite, #rounds
        JMP     split
fang    JMP     pit - step, step        ; 4 modulo 5: what it leads to is always pit
move    DAT     -step, step
wipe    DAT     <2667, bite - aim
pit     SPL     0, 0
        MOV.I   wipe, <pit - 200
        JMP     pit             ; 4 modulo 5: a fang here would do the same

        END
