;redcode-nano
;name Nano Pebble
;author redqueen
;class stone
;strategy A self-splitting stone for the core of 80: SPL #0 breeds bombers, the MOV throws, and
;strategy the ADD moves the aim. One round of throws covers the core in sixteen bombs.
;strategy Speed is all: at this size most fights are over within some hundred cycles.
;assert CORESIZE == 80 && MAXLENGTH >= 5

step    EQU     35

        ORG     split

split   SPL     #0, <-10
throw   MOV.I   bomb, bomb
        ADD.AB  #step, throw
        DJN.F   throw, <-10
bomb    DAT     <27, >5

        END
