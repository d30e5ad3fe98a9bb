;redcode-94nop
;name Kite
;author redqueen
;class paperimp
;strategy A paper and an imp ring from one start: bombers that outlast the paper meet the ring,
;strategy gates that stop the ring are overrun by the paper. Its aim is not to lose.
;strategy The ring is launched first, with JMP/ADD; the halves that did the adding live on and
;strategy become the paper's parallel processes, so the launch costs it nothing.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 15

step    EQU     2667            ; 3 * step = CORESIZE + 1
far     EQU     4677
back    EQU     3738
hit     EQU     4590

        ORG     start

start   SPL     1
        SPL     1
        SPL     1               ; eight processes
        SPL     2               ; eight pairs
to      JMP     imp             ; these ride the ring
        ADD.A   #step, to       ; and these become the paper
fold    SPL     @fold, <far
        MOV.I   }fold, >fold
        MOV.I   bomb, >hit
        MOV.I   {fold, <leave
leave   JMP     @leave, >back
bomb    DAT     <2667, <5334
        DAT     0, 0
        DAT     0, 0
imp     MOV.I   #1, step

        END
