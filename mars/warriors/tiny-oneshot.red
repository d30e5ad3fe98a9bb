;redcode-tiny
;name Tiny Heron
;author redqueen
;class oneshot
;strategy Compares two addresses every three cycles, and at the first difference stops scanning for
;strategy good: from there it clears upwards with SPL, then with DAT, DAT, DAT.
;strategy In the core of 800 the first hit comes within some hundred cycles, before a stone has
;strategy covered much. It starts just above its own code, and so would find itself last.
;assert CORESIZE == 800 && MAXLENGTH >= 11

step    EQU     10              ; one after the other: the core is small
gap     EQU     5

        ORG     scan

look    DAT     -6 + step, -6 + step + gap
stun    SPL     #14, kill - look
kill    DAT     14, kill - look
move    DAT     step, step
scan    ADD.F   move, look
        SNE.I   *look, @look
        JMP     scan
        MOV.AB  #stun - look, look
        SPL     #0, <-10
clear   MOV.I   @look, }look
        JMP     clear

        END
