;redcode-tiny
;name Tiny Avalanche
;author redqueen
;class stone
;strategy A self-splitting stone for the core of 800. A bomb on every fifth address takes only
;strategy 160 throws there, so the whole core is mined before most replicators have grown.
;strategy The step has only 1 and 5 as common divisors with 800, and the bomb lies where the
;strategy throws come home: it can go on for ever.
;assert CORESIZE == 800 && MAXLENGTH >= 5

step    EQU     315
stream  EQU     (split - 20)

        ORG     split

split   SPL     #0, <stream
throw   MOV.I   bomb, bomb
        ADD.AB  #step, throw
        DJN.F   throw, <stream
bomb    DAT     <267, >5

        END
