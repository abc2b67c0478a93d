/* Reserves a word that is not aligned.
 * Expected: quarantined "alignment" */
#include "tests/hostile/stage.h"

status_t hostile_act(void)
{
    static uint32_t words[2];
    uint32_t word;

    __asm__ volatile("lwarx %0, 0, %1" : "=r"(word) : "r"((char *)words + 2) : "memory");
    return (status_t)word;
}
