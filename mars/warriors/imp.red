;redcode-94nop
;name Imp
;author redqueen
;class imp
;strategy One instruction that copies itself to the next address, and then is run there.
;strategy It moves through the core at full speed, so bombs rarely hit it. Whoever it walks
;strategy over runs the Imp's code as its own and becomes an Imp too, hence many ties, few wins.
;assert CORESIZE > 1

imp     MOV     0, 1            ; next address := this instruction

        END     imp
