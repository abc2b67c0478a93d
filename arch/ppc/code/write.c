/* See write.h. */
#include "arch/ppc/code/write.h"

#include <stdint.h>

#include "arch/ppc/cache.h"
#include "arch/ppc/layout.h"
#include "arch/ppc/mmu.h"

status_t code_seal(vaddr_t code, vaddr_t data, size_t n_pages, size_t used)
{
    size_t done;

    for (done = 0; done < n_pages; done++) {
        status_t status =
            mmu_map(code + done * PAGE_SIZE, data - DATA_VIEW + done * PAGE_SIZE, MMU_READ);

        if (status != OK) {
            while (done-- > 0)
                mmu_unmap(code + done * PAGE_SIZE);
            return status;
        }
    }
    cache_publish_code((const void *)data, used);
    for (size_t i = 0; i < n_pages; i++)
        mmu_unmap(data + i * PAGE_SIZE);
    return OK;
}

void code_unseal(vaddr_t code, vaddr_t data, size_t n_pages)
{
    for (size_t i = 0; i < n_pages; i++) {
        mmu_unmap(code + i * PAGE_SIZE);
        (void)mmu_map(data + i * PAGE_SIZE, data - DATA_VIEW + i * PAGE_SIZE, MMU_READ_WRITE);
    }
}
