# The patch of the paper, with a name where it had an address. Registers that it changes are put back.
        lis     r3, netisr_log@ha
        addi    r3, r3, netisr_log@l
        mtctr   r3
        bctrl
