;redcode-94nop
;name Twin Barrel
;author redqueen
;class stone
;strategy Two bombs a round, for one ADD.F moves both aims. The step is a multiple of 10, and the
;strategy aims lie at 5 and 9 modulo 10: no gap in the bombed core is longer than five addresses.
;strategy The program keeps to the residues 0 to 4, so it never hits itself, however long it runs.
;strategy The DJN.F adds a third weapon: it walks down the core and spoils an address a turn.
;assert CORESIZE == 8000 && MAXLENGTH >= 13

step    EQU     3390            ; common divisor with 8000: 10

        ORG     split

split   SPL     #0, 0           ; more gunners
loop    ADD.F   move, aim
        MOV.I   bomb, *aim
        MOV.I   bomb, @aim
        DJN.F   loop, <walk
walk    DAT     0, -60          ; the walk's pointer; a bomb of ours resets it once a pass
blank   FOR     4
        DAT     0, 0
        ROF
aim     DAT     -5, 3999        ; two places about half a core apart
move    DAT     step, step
bomb    DAT     <1, -60

        END
