/*
 * Every instruction of the kernel is patched, looked at, and restored.
 */
#ifndef KERNEL_PROBE_SURVEY_H
#define KERNEL_PROBE_SURVEY_H

#include <stdio.h>
#include <whorl/status.h>

/*
 * Prints how many sites got which answer, what had to be saved, and how sites lead to bodies. ERR_FAILED: a site that is said to
 * be good was refused for another reason than memory, or the kernel's text is not what it was; ERR_NO_MEMORY; the sentence names the
 * site. Main line only; takes some ten seconds.
 */
status_t survey_run(FILE *out);

#endif
