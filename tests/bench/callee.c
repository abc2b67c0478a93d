/* Exports the shortest procedure there is. */
#include <whorl/domain.h>

DOMAIN("bench/callee");

void callee_leaf(void);

void callee_leaf(void)
{
}
