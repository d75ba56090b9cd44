/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part that lets libtracecmd and libtraceevent at the file. It runs in a process of its own
 * (tracecmd_run.h): these libraries trust what they read.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_DECODE_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_DECODE_H

/*
 * Reads the trace.dat file open at @data, writes its struct kvm_records to @spool and a JSON object
 * about the file to @report; now and then a newline to @report as a sign of life. Does not return.
 */
void tracecmd_decode(int data, int spool, int report) __attribute__((noreturn));

#endif
