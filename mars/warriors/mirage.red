;redcode-94nop
;name Mirage
;author redqueen
;class decoy
;strategy Every MOV here changes two places far away, by { and <, although all it copies is an empty
;strategy address. Twelve cycles leave twenty-four places that look like code, and scanners waste
;strategy their time, or their only shot, on them.
;strategy Behind the decoys works a two-tide clear, which no decoy can disturb: it wipes all.
;assert CORESIZE == 8000 && MAXLENGTH >= 20

        ORG     straw01

aim     DAT     stun - aim, 30
stun    SPL     #wipe - aim, 30
wipe    DAT     <gate - aim, 30
gate    DAT     >gate - aim, 30
split   SPL     #0, <-40
rise    MOV.I   *aim, >aim
        DJN.F   rise, <-40
straw01
i       FOR     12
        MOV.I   {split + 350 + 600 * i, <split + 50 + 600 * i
        ROF
        JMP     split

        END
