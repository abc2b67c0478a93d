/* Object files as data, for suites that load them. */
        .section .rodata
        .balign 4

        .macro  object name, file
        .globl  \name, \name\()_end
\name:
        .incbin "\file"
\name\()_end:
        .balign 4
        .endm

        object  object_hello, "build/extensions/hello.o"
        object  object_counter, "build/tests/kernel/objects/counter.o"
        object  object_client, "build/tests/kernel/objects/client.o"
        object  object_faulty, "build/tests/kernel/objects/faulty.o"
        object  object_failing, "build/tests/kernel/objects/failing.o"
        object  object_leaky, "build/tests/kernel/objects/leaky.o"
        object  object_caller, "build/tests/kernel/objects/caller.o"
        object  object_spliced, "build/tests/kernel/objects/spliced.o"
        object  object_splicer, "build/tests/kernel/objects/splicer.o"
        object  object_event_service, "build/tests/kernel/objects/event_service.o"
        object  object_event_guest, "build/tests/kernel/objects/event_guest.o"
        object  object_async_guest, "build/tests/kernel/objects/async_guest.o"
        object  object_prototypes, "build/tests/kernel/objects/prototypes.o"
        object  object_locker, "build/tests/kernel/objects/locker.o"
        object  object_wrong, "build/tests/kernel/objects/wrong.o"
        object  object_wrong_privileged, "build/tests/kernel/objects/wrong_privileged.o"
        object  object_patcher, "build/tests/kernel/objects/patcher.o"

        .section .note.GNU-stack, "", @progbits
