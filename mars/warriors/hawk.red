;redcode-94nop
;name Hawk
;author redqueen
;class scanner
;strategy Compares two addresses a turn, whole instructions (CMP.I), and flies on while they are
;strategy alike: in an empty core only code makes a difference.
;strategy Where they differ, SLT asks whether the place is Hawk itself; if not, SPL 0 is painted
;strategy downwards from the one to beyond the other, and the enemy drowns in useless processes.
;strategy After the last round a DAT sweep kills what is stunned.
;assert CORESIZE == 8000 && MAXLENGTH >= 17

step    EQU     1246            ; common divisor with 8000: 2
gap     EQU     28              ; between the two suspects
width   EQU     30              ; addresses painted
rounds  EQU     400

        ORG     scan

aim     DAT     0, 20
kill    DAT     <2667, 20
scan    ADD.F   move, look
look    CMP.I   20, 20 + gap
        SLT.AB  #22 + gap, look ; different: is it beyond this program?
more    DJN     scan, #rounds   ; alike, or ourselves
        JMZ     sweep, more     ; all rounds are done
        MOV.B   look, aim
paint   MOV.I   stun, <aim
        DJN     paint, #width
        ADD.AB  #width, -1
        JMP     more
stun    SPL     0, 20
move    DAT     step, step
sweep   SPL     #0, <-40
        MOV.I   kill, >aim
        DJN.F   -1, <-40

        END
