/* One relocation of TYPE, which no kernel's linker offers. */
    .text
    .globl procedure
procedure:
    .reloc ., TYPE, variable
    .long 0x80600000
    blr
    .section .sdata, "aw"
    .globl variable
variable:
    .long 1
