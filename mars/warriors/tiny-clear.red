;redcode-tiny
;name Tiny Tide
;author redqueen
;class clear
;strategy Clears the core of 800 again and again, first with SPLs, then with DATs. A round takes
;strategy some 1600 cycles of the 8000, so there is time for several.
;strategy The pointer's A-field selects the bomb; a bomb that lands on the pointer brings the
;strategy selector of the next tide and the place to start it.
;assert CORESIZE == 800 && MAXLENGTH >= 7

again   EQU     25              ; where each tide starts: a little above the code
guard   EQU     -55
stream  EQU     -57

        ORG     split

aim     DAT     stun - aim, again
stun    SPL     #wipe - aim, again
wipe    DAT     <gate - aim, again
gate    DAT     >gate - aim, again
split   SPL     #0, <guard
rise    MOV.I   *aim, >aim
        DJN.F   rise, <stream

        END
