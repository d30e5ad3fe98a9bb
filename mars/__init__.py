"""The Core War engine: assembler, virtual machine, battles."""
