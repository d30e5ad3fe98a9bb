;redcode-nano
;name Nano Leaf
;author redqueen
;class paper
;strategy A replicator in five instructions: four processes split to the place of the copy, then
;strategy each copies one instruction there, the three below and the empty address behind them.
;strategy JMP sends the parents back for more. Their counters have gone on by four, so the next
;strategy rounds copy what lies further up, over whoever lives there; it also wears an address down.
;assert CORESIZE == 80 && MAXLENGTH >= 5

far     EQU     29
wear    EQU     71

        ORG     start

start   SPL     1
        SPL     1               ; four processes
leaf    SPL     @leaf, <far
        MOV.I   }leaf, >leaf
        JMP     leaf, <wear

        END
