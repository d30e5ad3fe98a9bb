;redcode-94nop
;name Lynx
;author redqueen
;class scanner
;strategy Looks for numbers, not for instructions: SEQ.X compares a place's A-field with the other
;strategy address's B-field and the other way round, so two empty addresses are alike but nearly any
;strategy pair with code in it is not. Two addresses every three cycles: 0.66c.
;strategy What it finds it hits with SPL and JMP, a trap of two addresses: processes that come by
;strategy split for ever. It ends as a sweep, SPLs first and then DATs.
;assert CORESIZE == 8000 && MAXLENGTH >= 21

step    EQU     3070            ; common divisor with 8000: 10
gap     EQU     5
rounds  EQU     800

        ORG     scan

aim     DAT     slow - aim, 22
slow    SPL     #wipe - aim, 22
wipe    DAT     wipe - aim, 22
scan    ADD.F   move, look
look    SEQ.X   22 + step, 22 + step + gap
        SLT.AB  #20 + gap, look ; a difference: is it beyond this program?
more    DJN.B   scan, #rounds
        JMZ.B   sweep, more
        MOV.I   back, *look
        MOV.I   trap, {look
        MOV.I   back, @look
        MOV.I   trap, <look
        ADD.F   one, look
        JMP     more
move    DAT     step, step
one     DAT     1, 1
trap    SPL     0, 0
back    JMP     -1, 0
sweep   SPL     #0, <-40
        MOV.I   *aim, >aim
        DJN.F   -1, <-40

        END
