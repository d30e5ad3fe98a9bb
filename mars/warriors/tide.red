;redcode-94nop
;name Tide
;author redqueen
;class clear
;strategy A core clear whose tides differ: the first writes SPLs, which slow everything down, the
;strategy later ones DATs, which kill; these also decrement or increment, which breaks imps.
;strategy The pointer's A-field selects the bomb. Each tide ends by overwriting the pointer with
;strategy its own bomb, and a bomb's A-field is the selector of the next tide's.
;assert CORESIZE == 8000 && MAXLENGTH >= 7

again   EQU     16              ; where each tide starts: a little above the code
guard   EQU     -40
stream  EQU     -40

        ORG     split

aim     DAT     stun - aim, again
stun    SPL     #wipe - aim, again
wipe    DAT     <gate - aim, again
gate    DAT     >gate - aim, again
split   SPL     #0, <guard
rise    MOV.I   *aim, >aim
        DJN.F   rise, <stream

        END
