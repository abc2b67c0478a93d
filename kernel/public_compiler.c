/*
 * The public procedures that the compiler calls by itself: libgcc's and soft-fp's
 * helpers, and the routines that save and restore registers under -Os.
 */
#include "kernel/interface.h"

#define HELPERS                                                                                  \
    __absvdi2, __absvsi2, __addvdi3, __addvsi3, __ashldi3, __ashrdi3, __bswapdi2, __bswapsi2,    \
        __clrsbdi2, __clrsbsi2, __clzdi2, __clzsi2, __cmpdi2, __ctzdi2, __ctzsi2, __divdi3,      \
        __divmoddi4, __ffsdi2, __ffssi2, __lshrdi3, __moddi3, __muldi3, __mulvdi3, __mulvsi3,    \
        __negdi2, __negvdi2, __negvsi2, __paritydi2, __paritysi2, __popcountdi2, __popcountsi2,  \
        __subvdi3, __subvsi3, __ucmpdi2, __udivdi3, __udivmoddi4, __umoddi3, __adddf3, __addsf3, \
        __divdf3, __divsf3, __eqdf2, __eqsf2, __extendsfdf2, __fixdfdi, __fixdfsi, __fixsfdi,    \
        __fixsfsi, __fixunsdfdi, __fixunsdfsi, __fixunssfdi, __fixunssfsi, __floatdidf,          \
        __floatdisf, __floatsidf, __floatsisf, __floatundidf, __floatundisf, __floatunsidf,      \
        __floatunsisf, __gedf2, __gesf2, __gtdf2, __gtsf2, __ledf2, __lesf2, __ltdf2, __ltsf2,   \
        __muldf3, __mulsf3, __nedf2, __negdf2, __negsf2, __nesf2, __subdf3, __subsf3,            \
        __truncdfsf2, __unorddf2, __unordsf2

#define SAVERS                                                                                     \
    _savegpr_14, _savegpr_15, _savegpr_16, _savegpr_17, _savegpr_18, _savegpr_19, _savegpr_20,     \
        _savegpr_21, _savegpr_22, _savegpr_23, _savegpr_24, _savegpr_25, _savegpr_26, _savegpr_27, \
        _savegpr_28, _savegpr_29, _savegpr_30, _savegpr_31, _restgpr_14, _restgpr_15, _restgpr_16, \
        _restgpr_17, _restgpr_18, _restgpr_19, _restgpr_20, _restgpr_21, _restgpr_22, _restgpr_23, \
        _restgpr_24, _restgpr_25, _restgpr_26, _restgpr_27, _restgpr_28, _restgpr_29, _restgpr_30, \
        _restgpr_31, _restgpr_14_x, _restgpr_15_x, _restgpr_16_x, _restgpr_17_x, _restgpr_18_x,    \
        _restgpr_19_x, _restgpr_20_x, _restgpr_21_x, _restgpr_22_x, _restgpr_23_x, _restgpr_24_x,  \
        _restgpr_25_x, _restgpr_26_x, _restgpr_27_x, _restgpr_28_x, _restgpr_29_x, _restgpr_30_x,  \
        _restgpr_31_x

#define DECLARE(procedure) extern void procedure(void);
WHORL_FOR_EACH(DECLARE, HELPERS)
WHORL_FOR_EACH(DECLARE, SAVERS)

HELPER_INTERFACE(Helpers, HELPERS);
HELPER_INTERFACE(Savers, SAVERS);
