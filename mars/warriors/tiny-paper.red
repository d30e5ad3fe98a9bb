;redcode-tiny
;name Tiny Origami
;author redqueen
;class paper
;strategy A paper for the core of 800: eight processes copy eight instructions twice, once
;strategy forwards and once backwards with the same counter.
;strategy In a small core everything is near, so its bombs soon hit somebody, even a copy of
;strategy its own; it lives by breeding faster than it is bombed.
;assert CORESIZE == 800 && MAXLENGTH >= 11

far     EQU     349
back    EQU     712
hit     EQU     572

        ORG     start

start   SPL     1
        SPL     1
        SPL     1               ; eight processes
fold    SPL     @fold, <far
        MOV.I   }fold, >fold
        MOV.I   bomb, >hit
        MOV.I   {fold, <leave
leave   JMP     @leave, >back
bomb    DAT     <267, <534
        DAT     0, 0
        DAT     0, 0

        END
