/* Handlers of external interrupts and the controller in front of them. */
#include "arch/ppc/interrupt.h"

#include <stddef.h>

#include "arch/ppc/machine.h"

static const struct interrupt_chip *chip;
static interrupt_handler_t handlers[INTERRUPT_MAX];

void interrupt_initialize(void)
{
    static const struct interrupt_chip *const chips[] = {
        [INTERRUPTS_HEATHROW] = &heathrow_chip,
        [INTERRUPTS_OPENPIC] = &openpic_chip,
    };

    chip = chips[machine.interrupt_controller];
    chip->initialize();
}

void interrupt_attach(unsigned irq, interrupt_handler_t handler)
{
    handlers[irq] = handler;
    chip->enable(irq);
}

void interrupt_dispatch(void)
{
    int irq;

    while ((irq = chip->next()) >= 0) {
        if (irq < INTERRUPT_MAX && handlers[irq] != NULL)
            handlers[irq]();
        chip->end((unsigned)irq);
    }
}
