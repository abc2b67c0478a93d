/* For assembly: a procedure from its first to behind its last instruction. */
.macro procedure name
    .type \name, @function
\name:
.endm

.macro finish name
    .size \name, . - \name
.endm
