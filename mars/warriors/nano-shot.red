;redcode-nano
;name Nano Shot
;author redqueen
;class oneshot
;strategy Looks for a number that is not zero: ADD moves the target of the look, and JMZ.F goes
;strategy back while both fields there are zero. An address every two cycles.
;strategy Once something is found, the same target field leads a clear upwards from there, with
;strategy empty addresses as bombs; SPL #0 breeds the processes for it.
;assert CORESIZE == 80 && MAXLENGTH >= 5

step    EQU     42

        ORG     scan

scan    ADD.AB  #step, look
look    JMZ.F   scan, 6
        SPL     #0, 0
clear   MOV.I   -20, >look
        JMP     clear

        END
