;redcode-94
;name Chameleon
;author redqueen
;class pspace
;strategy Remembers in P-space. Cell 0 holds the last fight's result, 0 for a loss; cell 1 holds
;strategy which of its plans was played. After a loss it takes the next plan; otherwise it stays
;strategy with the one that worked.
;strategy The plans cover each other: a paper outlives stones, a two-tide clear sweeps papers away,
;strategy a stone with an imp ring hits scanners. The paper, which loses least, comes twice, so
;strategy that one unlucky fight does not end it. Thinking costs eight cycles a fight at most.
;assert CORESIZE == 8000 && PSPACESIZE > 1 && MAXPROCESSES >= 100 && MAXLENGTH >= 45

        ORG     think

result  DAT     0, 0
plan    DAT     0, 0
memory  DAT     0, 1            ; the P-space cell that keeps the plan
plans   DAT     0, paper
        DAT     0, paper
        DAT     0, tide
        DAT     0, stone

think   LDP.AB  #0, result
        LDP.B   memory, plan
        JMN     play, result    ; no loss, or the first fight: the same again
        ADD.AB  #1, plan
        MOD.AB  #4, plan
        STP.B   plan, memory
play    ADD.BA  plan, choose
choose  JMP     @plans

; A paper of eight processes, copied forwards and backwards.
far     EQU     2430
back    EQU     4180
hit     EQU     1310

paper   SPL     1
        SPL     1
        SPL     1
fold    SPL     @fold, <far
        MOV.I   }fold, >fold
        MOV.I   bomb, >hit
        MOV.I   bomb, }hit
        MOV.I   {fold, <leave
leave   JMP     @leave, >back
bomb    DAT     <2667, <5334
        DAT     0, 0

; A clear with SPLs, then with DATs; each tide starts beyond the program.
again   EQU     30

aim     DAT     slow - aim, again
slow    SPL     #wipe - aim, again
wipe    DAT     <gate - aim, again
gate    DAT     >gate - aim, again
tide    SPL     #0, <-60
rise    MOV.I   *aim, >aim
        DJN.F   rise, <-60

; A self-splitting stone and an imp ring.
step    EQU     3315            ; of the stone; common divisor with 8000: 5
ring    EQU     2667            ; 3 * ring = CORESIZE + 1

stone   SPL     split
        SPL     1
        SPL     1
        SPL     2
to      JMP     imp
        ADD.A   #ring, to
split   SPL     #0, <-80
throw   MOV.I   seed, seed
        ADD.AB  #step, throw
        DJN.F   throw, <-80
seed    DAT     <2667, >5
imp     MOV.I   #1, ring

        END
