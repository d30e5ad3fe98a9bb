;redcode-94nop
;name Stunner
;author redqueen
;class bomber
;strategy First stun, then kill. SPL 0 bombs make the enemy breed useless processes until its
;strategy real code hardly gets a turn; a DAT sweep then ends it at leisure.
;strategy The last of 1600 bombs lands on the loop's own JMP: the loop becomes SPL 0 and falls
;strategy through into the sweep, now with as many processes as it likes.
;assert CORESIZE == 8000 && MAXLENGTH >= 8

step    EQU     2365            ; common divisor with 8000: 5

        ORG     throw

aim     DAT     0, 30
wipe    DAT     <2667, 30
stun    SPL     0, 0
throw   MOV.I   stun, home + step
        ADD.AB  #step, throw
home    JMP     throw           ; overwritten by the last stun bomb
sweep   MOV.I   wipe, >aim
        DJN.F   sweep, <aim - 20

        END
