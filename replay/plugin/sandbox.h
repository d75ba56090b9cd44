/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process that runs a policy's code may ask the kernel for: memory, the time, an end, and to
 * read and write what it has open. No file, no socket, no process, no signal to another.
 */
#ifndef VTICK_REPLAY_PLUGIN_SANDBOX_H
#define VTICK_REPLAY_PLUGIN_SANDBOX_H

#include <stdbool.h>

/* AddressSanitizer asks for more than any sandbox has, and for terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANDBOX_ASAN 1
#endif
#endif
#ifndef SANDBOX_ASAN
#define SANDBOX_ASAN 0
#endif

/*
 * NULL: there is one. Else why there is none: "" if that is of no interest (a sanitizer, Valgrind),
 * or what this machine or its kernel lacks.
 */
const char *sandbox_lacks(void);

/*
 * From here on this process is in it, if there is one. @forbidden is called with the number of a
 * system call that is not allowed, by a handler of SIGSYS; it must end the process. A file that
 * would be opened cannot be, and is no reason for that. 0, or -1: the process is not in it, though
 * there is one.
 */
int sandbox_enter(void (*forbidden)(int number));
bool sandbox_entered(void);

/* The next file that is opened is what is open as @fd, whatever it is called: for dlopen(). */
void sandbox_lend(int fd);

/* "fork", or "number 1234"; malloc'ed. */
char *sandbox_call_name(int number);

#endif
