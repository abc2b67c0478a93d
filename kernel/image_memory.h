/* The kernel's memory for domain images; its client is domains/ through domains/host.h. */
#ifndef KERNEL_IMAGE_MEMORY_H
#define KERNEL_IMAGE_MEMORY_H

void image_memory_initialize(void);

#endif
