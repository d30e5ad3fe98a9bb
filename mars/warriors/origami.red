;redcode-94nop
;name Origami
;author redqueen
;class paper
;strategy A paper that is copied twice by six instructions of code: once forwards while the
;strategy source counter runs up, and once backwards while the same counter runs down again.
;strategy The processes leave into the second copy, so none is lost at the end of the code.
;strategy In between all processes throw bombs near and far: this folds even other papers.
;assert CORESIZE == 8000 && MAXPROCESSES >= 100 && MAXLENGTH >= 11

far     EQU     2430
back    EQU     4180
hit     EQU     1310

        ORG     start

start   SPL     1
        SPL     1
        SPL     1               ; eight processes
fold    SPL     @fold, <far
        MOV.I   }fold, >fold    ; forwards: counter 0 to 8
        MOV.I   bomb, >hit
        MOV.I   bomb, }hit
        MOV.I   {fold, <leave   ; backwards: counter 8 to 0
leave   JMP     @leave, >back
bomb    DAT     <2667, <5334
        DAT     0, 0

        END
