;redcode-94nop
;name Wildfire
;author redqueen
;class bomber
;strategy Throws pairs of places that go on burning: SPL 0, and behind it a MOV that copies this SPL
;strategy further and further up. The enemy's own processes lay the carpet that smothers it.
;strategy The pairs fall on 4 and 5 modulo 8, so every enemy of eight addresses is hit; the program
;strategy lies in the six residues between. After one pass it clears with DATs.
;assert CORESIZE == 8000 && MAXLENGTH >= 18

step    EQU     488             ; common divisor with 8000: 8
rounds  EQU     1000

        ORG     first

aim     DAT     0, 20           ; residue 6
wipe    DAT     <2667, 20
split   SPL     #0, <-40
sweep   MOV.I   wipe, >aim
        DJN.F   sweep, <-40
move    DAT     step, step      ; residue 3
        DAT     0, 0            ; 4 and 5 burn
        DAT     0, 0
first   MOV.I   fire, @to
        MOV.I   wind, *to
        ADD.F   move, to
        DJN     first, #rounds
        JMP     split
to      DAT     2 + step, 1 + step      ; residue 3
        DAT     0, 0
        DAT     0, 0
fire    SPL     0, 8
wind    MOV.I   -1, >-1

        END
