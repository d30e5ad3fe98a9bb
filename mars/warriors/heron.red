;redcode-94nop
;name Heron
;author redqueen
;class oneshot
;strategy Waits for one sign of life and stakes all on it: it compares two addresses every three
;strategy cycles, and at the first difference stops scanning for good.
;strategy From there on it clears upwards, first with SPL, then with DAT, DAT, DAT: the look's own
;strategy fields become pointer and bomb selector, each bomb brings the selector of the next.
;strategy If it finds but itself, the SPL #14s that it paints over itself still keep it alive.
;assert CORESIZE == 8000 && MAXLENGTH >= 11

step    EQU     2930            ; common divisor with 8000: 10
gap     EQU     5

        ORG     scan

look    DAT     -6, -6 + gap
stun    SPL     #14, kill - look
kill    DAT     14, kill - look
move    DAT     step, step
scan    ADD.F   move, look
        SNE.I   *look, @look
        JMP     scan
        MOV.AB  #stun - look, look
        SPL     #0, <-30
clear   MOV.I   @look, }look
        JMP     clear

        END
