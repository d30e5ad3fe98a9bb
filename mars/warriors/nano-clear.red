;redcode-nano
;name Nano Tide
;author redqueen
;class clear
;strategy A core clear for the core of 80: SPL #0 breeds processes, the MOV wipes one address after
;strategy the other, and the DJN.F walks down the core to meet it.
;strategy The pointer lies first: overwritten by the bomb, it starts the next round behind the code.
;assert CORESIZE == 80 && MAXLENGTH >= 5

        ORG     split

aim     DAT     0, 8
wipe    DAT     <7, 6
split   SPL     #0, <-6
rise    MOV.I   wipe, >aim
        DJN.F   rise, <-6

        END
