#include "kernel/event/resume.h"
bool __attribute__((weak)) resume_call_at(vaddr_t r, vaddr_t f, struct resume_part *p){(void)r;(void)f;(void)p;return false;}
bool __attribute__((weak)) resume_copy_at(vaddr_t r, struct resume_part *p){(void)r;(void)p;return false;}
bool __attribute__((weak)) resume_call(vaddr_t r, vaddr_t f, struct trap_frame *p){(void)r;(void)f;(void)p;return false;}
bool __attribute__((weak)) resume_copy(struct trap_frame *p){(void)p;return false;}
