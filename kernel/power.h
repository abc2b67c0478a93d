/* Switching off and restarting, once the command that asked for it has been answered. */
#ifndef KERNEL_POWER_H
#define KERNEL_POWER_H

#include <stdbool.h>

enum power { POWER_ON, POWER_OFF, POWER_RESTART };

void power_request(enum power wanted);

bool power_requested(void);

/* Does what was requested; called by the main line after each command. */
void power_poll(void);

#endif
