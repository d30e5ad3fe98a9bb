;redcode-94nop
;name Trebuchet
;author redqueen
;class stoneimp
;strategy A self-splitting stone, copied away from the place where an enemy may find our code,
;strategy and an imp spiral launched from here. The stone wins against small and still enemies;
;strategy should it be lost early, the spiral walks on, and few can stop it: a tie.
;strategy Once the stone has many processes its own bombs wear the spiral down: the insurance runs
;strategy out when the stone has done its work. The launcher that is left behind is a decoy.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 19

step    EQU     3315
away    EQU     (split + 4100)
ring    EQU     1143            ; 7 * ring = CORESIZE + 1

        ORG     boot

boot    MOV.I   bomb, away + 4
        MOV.I   jump, away + 3
        MOV.I   move, away + 2
        MOV.I   throw, away + 1
        MOV.I   split, away
        SPL     away
        SPL     1
        SPL     1
        SPL     1               ; eight processes
        SPL     2               ; eight pairs
to      JMP     imp
        ADD.A   #ring, to
        DAT     0, 0
imp     MOV.I   #1, ring

split   SPL     #0, <-50
throw   MOV.I   bomb, bomb
move    ADD.AB  #step, throw
jump    DJN.F   throw, <-50
bomb    DAT     <2667, >5

        END
