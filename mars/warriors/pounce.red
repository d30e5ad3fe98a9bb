;redcode-94nop
;name Pounce
;author redqueen
;class quickscan
;strategy Before anything else it compares thirty far places, two with every instruction: SEQ skips
;strategy the note that would remember a difference. An enemy that is found within these twenty
;strategy cycles is bombed before it has unpacked itself.
;strategy If nothing is found, or after the attack, a self-splitting stone takes over.
;assert CORESIZE == 8000 && MAXLENGTH >= 47

grid    EQU     190             ; between compared addresses
first   EQU     (quick + 300)
half    EQU     3500

        ORG     quick

found   DAT     0, 0
quick
n       FOR     5
        SEQ.I   first + grid * n, first + half + grid * n
        MOV.AB  #first + grid * n - found, found
        ROF
        JMN     strike, found
m       FOR     5
        SEQ.I   first + grid * (m + 5), first + half + grid * (m + 5)
        MOV.AB  #first + grid * (m + 5) - found, found
        ROF
        JMN     strike, found
k       FOR     5
        SEQ.I   first + grid * (k + 10), first + half + grid * (k + 10)
        MOV.AB  #first + grid * (k + 10) - found, found
        ROF
        JMZ     split, found
strike  SNE.I   empty, @found   ; which of the two?
        ADD.AB  #half, found
shoot   MOV.I   stun, @found
        ADD.AB  #3, found
        DJN     shoot, #9
        JMP     split
stun    SPL     0, 0
empty   DAT     0, 0

split   SPL     #0, <-80
throw   MOV.I   bomb, bomb
        ADD.AB  #3315, throw
        DJN.F   throw, <-80
bomb    DAT     <2667, >5

        END
