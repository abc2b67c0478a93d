/*
 * External interrupts: which handler serves which number of the controller.
 * Handlers run on the exception stack with interrupts off.
 */
#ifndef ARCH_PPC_INTERRUPT_H
#define ARCH_PPC_INTERRUPT_H

#define INTERRUPT_MAX 64

typedef void (*interrupt_handler_t)(void);

/* Sets the handler of a number below INTERRUPT_MAX and lets its interrupts through. */
void interrupt_attach(unsigned irq, interrupt_handler_t handler);

/* Serves every pending interrupt; called for each external interrupt exception. */
void interrupt_dispatch(void);

/* heathrow.c, openpic.c: the two controllers. next returns -1 when nothing is pending. */
struct interrupt_chip {
    void (*initialize)(void);
    void (*enable)(unsigned irq);
    int (*next)(void);
    void (*end)(unsigned irq);
};
extern const struct interrupt_chip heathrow_chip, openpic_chip;

#endif
