/* Computes with every register, for the test that traps at each instruction. */
        .text
/* uint32_t registers_workout(void) */
        .globl  registers_workout
        .type   registers_workout, @function
registers_workout:
        stwu    %r1, -112(%r1)
        mflr    %r0
        stw     %r0, 116(%r1)
        mfcr    %r0
        stw     %r0, 104(%r1)
        stmw    %r13, 16(%r1)
        li      %r0, 0
        mtcr    %r0
        mtxer   %r0
        li      %r3, 963
        li      %r4, 1284
        li      %r5, 1605
        li      %r6, 1926
        li      %r7, 2247
        li      %r8, 2568
        li      %r9, 2889
        li      %r10, 3210
        li      %r11, 3531
        li      %r12, 3852
        li      %r14, 4494
        li      %r15, 4815
        li      %r16, 5136
        li      %r17, 5457
        li      %r18, 5778
        li      %r19, 6099
        li      %r20, 6420
        li      %r21, 6741
        li      %r22, 7062
        li      %r23, 7383
        li      %r24, 7704
        li      %r25, 8025
        li      %r26, 8346
        li      %r27, 8667
        li      %r28, 8988
        li      %r29, 9309
        li      %r30, 9630
        li      %r31, 9951
        li      %r0, 777
        mtctr   %r4
        li      %r0, 5
        mtctr   %r0
1:
        subfc   %r3, %r3, %r4
        subfe   %r4, %r4, %r5
        cmpw    %cr1, %r4, %r5
        mullw   %r5, %r5, %r6
        srawi.  %r5, %r5, 3
        addc   %r6, %r6, %r7
        adde   %r7, %r7, %r8
        crxor   7, 24, 21
        xor   %r8, %r8, %r9
        cmpw    %cr2, %r8, %r9
        subfc   %r9, %r9, %r10
        subfe   %r10, %r10, %r11
        srawi.  %r10, %r10, 3
        mullw   %r11, %r11, %r12
        addc   %r12, %r12, %r14
        cmpw    %cr3, %r12, %r14
        xor   %r14, %r14, %r15
        crxor   14, 17, 10
        subfc   %r15, %r15, %r16
        srawi.  %r15, %r15, 3
        subfe   %r16, %r16, %r17
        cmpw    %cr4, %r16, %r17
        mullw   %r17, %r17, %r18
        addc   %r18, %r18, %r19
        adde   %r19, %r19, %r20
        xor   %r20, %r20, %r21
        cmpw    %cr5, %r20, %r21
        srawi.  %r20, %r20, 3
        subfc   %r21, %r21, %r22
        crxor   21, 10, 31
        subfe   %r22, %r22, %r23
        mullw   %r23, %r23, %r24
        addc   %r24, %r24, %r25
        cmpw    %cr6, %r24, %r25
        adde   %r25, %r25, %r26
        srawi.  %r25, %r25, 3
        xor   %r26, %r26, %r27
        subfc   %r27, %r27, %r28
        subfe   %r28, %r28, %r29
        cmpw    %cr7, %r28, %r29
        crxor   28, 3, 20
        mullw   %r29, %r29, %r30
        addc   %r30, %r30, %r31
        srawi.  %r30, %r30, 3
        adde   %r31, %r31, %r3
        bl      2f
        mfcr    %r0
        add     %r3, %r3, %r0
        mfxer   %r0
        xor     %r3, %r3, %r0
        bdnz    1b
        mfctr   %r0
        add     %r3, %r3, %r0
        rlwimi  %r3, %r4, 4, 4, 27
        add     %r3, %r3, %r4
        rlwimi  %r3, %r5, 5, 4, 27
        add     %r3, %r3, %r5
        rlwimi  %r3, %r6, 6, 4, 27
        add     %r3, %r3, %r6
        rlwimi  %r3, %r7, 7, 4, 27
        add     %r3, %r3, %r7
        rlwimi  %r3, %r8, 8, 4, 27
        add     %r3, %r3, %r8
        rlwimi  %r3, %r9, 9, 4, 27
        add     %r3, %r3, %r9
        rlwimi  %r3, %r10, 10, 4, 27
        add     %r3, %r3, %r10
        rlwimi  %r3, %r11, 11, 4, 27
        add     %r3, %r3, %r11
        rlwimi  %r3, %r12, 12, 4, 27
        add     %r3, %r3, %r12
        rlwimi  %r3, %r14, 14, 4, 27
        add     %r3, %r3, %r14
        rlwimi  %r3, %r15, 15, 4, 27
        add     %r3, %r3, %r15
        rlwimi  %r3, %r16, 16, 4, 27
        add     %r3, %r3, %r16
        rlwimi  %r3, %r17, 17, 4, 27
        add     %r3, %r3, %r17
        rlwimi  %r3, %r18, 18, 4, 27
        add     %r3, %r3, %r18
        rlwimi  %r3, %r19, 19, 4, 27
        add     %r3, %r3, %r19
        rlwimi  %r3, %r20, 20, 4, 27
        add     %r3, %r3, %r20
        rlwimi  %r3, %r21, 21, 4, 27
        add     %r3, %r3, %r21
        rlwimi  %r3, %r22, 22, 4, 27
        add     %r3, %r3, %r22
        rlwimi  %r3, %r23, 23, 4, 27
        add     %r3, %r3, %r23
        rlwimi  %r3, %r24, 24, 4, 27
        add     %r3, %r3, %r24
        rlwimi  %r3, %r25, 25, 4, 27
        add     %r3, %r3, %r25
        rlwimi  %r3, %r26, 26, 4, 27
        add     %r3, %r3, %r26
        rlwimi  %r3, %r27, 27, 4, 27
        add     %r3, %r3, %r27
        rlwimi  %r3, %r28, 28, 4, 27
        add     %r3, %r3, %r28
        rlwimi  %r3, %r29, 29, 4, 27
        add     %r3, %r3, %r29
        rlwimi  %r3, %r30, 30, 4, 27
        add     %r3, %r3, %r30
        rlwimi  %r3, %r31, 31, 4, 27
        add     %r3, %r3, %r31
        lmw     %r13, 16(%r1)
        lwz     %r0, 104(%r1)
        mtcr    %r0
        lwz     %r0, 116(%r1)
        mtlr    %r0
        addi    %r1, %r1, 112
        blr
2:      mflr    %r0
        rlwinm  %r0, %r0, 0, 20, 31
        add     %r5, %r5, %r0
        blr
        .size   registers_workout, . - registers_workout

        .section .note.GNU-stack, "", @progbits
