;redcode-94nop
;name Pounce and Fold
;author redqueen
;class quickscan
;strategy A quickscan first: SEQ compares two far addresses an instruction, and skips the note that
;strategy would remember a difference. A hit in the first cycles decides many fights.
;strategy Else it becomes a paper, which seldom loses: the scan risks some twenty cycles and no
;strategy more, for papers suffer little from a late start.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 53

grid    EQU     190
first   EQU     (quick + 300)
half    EQU     3500
far     EQU     2430
back    EQU     4180
hit     EQU     1310

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
        JMZ     start, found
strike  SNE.I   empty, @found   ; which of the two?
        ADD.AB  #half, found
shoot   MOV.I   stun, @found
        ADD.AB  #3, found
        DJN     shoot, #9
        JMP     start
stun    SPL     0, 0
empty   DAT     0, 0

start   SPL     1
        SPL     1
        SPL     1               ; eight processes
fold    SPL     @fold, <far
        MOV.I   }fold, >fold
        MOV.I   bomb, >hit
        MOV.I   bomb, }hit
        MOV.I   {fold, <leave
leave   JMP     @leave, >back
bomb    DAT     <2667, <5334
        DAT     0, 0

        END
