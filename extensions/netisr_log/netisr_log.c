/*
 * What the paper has run_netisr call by a patch in its middle, there named packet_counter. Nobody calls it until it is
 * put somewhere, at the store into `netisr` for example, before which the mask is what it was:
 *     patch run_netisr+0x24 netisr_log.netisr_log              at the prompt
 *     whorl patch run_netisr+0x24 extensions/netisr_log/packet_counter.s    on the host
 */
#include <whorl/console.h>
#include <whorl/domain.h>
#include <whorl/netisr.h>

DOMAIN("netisr_log");
IMPORT_DOMAIN("netisr");

INTERFACE(NetisrLog, netisr_log);
EXPORT_INTERFACE("netisr_log", NetisrLog);

void netisr_log(void)
{
    static unsigned n;

    n++;
    console_print("netisr_log: netisr value: 0x%08x | %u\n", (unsigned)netisr, n);
}
