;redcode-94nop
;name Mole
;author redqueen
;class scanner
;strategy The smallest useful scanner: JMZ.F goes on while both fields of a place are zero, a place
;strategy every two cycles. So little code is itself rarely hit, by scanners or by bombs.
;strategy A find gets SPL 0 with JMP -1 behind it; processes that come by split there for ever.
;strategy Each find also shifts the grid by one, so the next pass looks elsewhere. When it digs up
;strategy itself all has been seen, and a clear kills what is trapped.
;assert CORESIZE == 8000 && MAXLENGTH >= 14

step    EQU     235             ; common divisor with 8000: 5

        ORG     scan

aim     DAT     0, 14
wipe    DAT     <2667, 14
scan    ADD.AB  #step, look
look    JMZ.F   scan, 2
        SLT.AB  #12, look       ; beyond this program?
        JMP     sweep
        MOV.I   back, @look
        MOV.I   trap, <look
        JMP     scan
trap    SPL     0, 0
back    JMP     -1, 0
sweep   SPL     #0, <-40
        MOV.I   wipe, >aim
        DJN.F   -1, <-40

        END
