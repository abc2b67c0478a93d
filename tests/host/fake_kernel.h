/*
 * A kernel's end of the link port, as a thread on the host, with a line that can be made bad. It speaks
 * what the real one speaks, and knows these commands instead of the shell's:
 *
 *   echo TEXT      prints the text               lines N     prints N lines, a packet each
 *   fail N         prints a refusal, fails so    both        prints on both streams
 *   sleep MS       takes that long               noise       sends 64 KB of random bytes, then answers
 *   panic          panics                        gap         leaves an output packet out
 *   leave          closes the line               amnesia     forgets the command once it has begun
 *   load A,B       fails if one was not sent     plain TEXT  prints the text as gdb's stubs do
 *
 * load may have options in front of the names, and nothing comes of them.
 *
 * Settings are made before the start, findings are read after the stop; in between they are the thread's.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "kernel/packet.h"

#include <pthread.h>

#define FAKE_FILES 4

/* Faults of one direction of the line, in bytes of 100,000. */
struct fake_noise {
    unsigned flipped;
    unsigned lost;
    unsigned doubled;
};

struct fake_settings {
    uint32_t seed;
    struct fake_noise in, out;
    int requests_to_lose; /* the next so many are not heard */
    int acks_to_lose;     /* are not sent */
    int replies_to_lose;  /* final replies, counted without the one to qSupported */
    int outputs_to_lose;
    int naks_to_send;      /* to whole requests, which are then not heard */
    bool packets_doubled;  /* every packet of the kernel is sent twice */
    bool stranger;         /* answers qSupported like any other stub */
    bool old_answer;       /* remembers answering the id 01 to a former client */
    bool damages_files;    /* the next file's checksum turns out wrong */
    bool expands;          /* understands files as zlib streams */
    size_t packet_size;    /* 0 for 4096 */
    size_t room_for_files; /* 0 for no limit */
    bool refuses_early;    /* a file too large, as soon as it is announced */
};

struct fake_file {
    char name[64];
    uint8_t *data;
    size_t size;
    bool used;
    bool open;
};

struct fake_kernel {
    struct fake_settings settings;
    int n_commands; /* that were begun */
    int n_contacts; /* that were executed */
    int n_loads;
    int n_expanded;
    char last_command[4096];
    struct fake_file files[FAKE_FILES];
    struct fake_file loaded; /* the last that a load took */

    /* the thread's own */
    int fd;
    pthread_t thread;
    struct packet_receiver receiver;
    uint8_t *request;
    uint32_t random;
    int last_id;
    char last_reply[512];
    bool running;
    bool stream;
    bool acked;
    bool naked;
    uint8_t n_outputs;
    uint32_t expected_size, expected_crc;
    bool expected_packed;
    bool silent;
    bool ended;
};

/* Starts the thread and returns the client's end of the line, non-blocking. */
int fake_kernel_start(struct fake_kernel *kernel, const struct fake_settings *settings);

/* Closes the client's end, waits for the thread and frees the files but for the last loaded. */
void fake_kernel_stop(struct fake_kernel *kernel, int fd);

#endif
