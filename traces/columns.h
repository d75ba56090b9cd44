/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An event block lies in columns, one per field, and each column in byte planes: all lowest bytes,
 * then all second bytes. Planes that say nothing (high bytes of time deltas, the VP numbers of a
 * small machine) cost almost nothing then, noise is stored as it is and needs no decoding, and
 * taking a block apart is straight-line code without a branch per event.
 */
#ifndef VTICK_TRACES_COLUMNS_H
#define VTICK_TRACES_COLUMNS_H

/* The columns in file order. */
enum column { COL_OP, COL_TIME, COL_VP, COL_LP, COL_VALUE, COL_EXTRA, COLUMNS };

/* An entry of COL_OP: bits 0-3 of the type, sub in bits 4-6, bit 7: the event has an entry in
 * COL_EXTRA; from bit 8 on the rest of the type. */
#define OP_EXTRA 0x80u

/* How a plane is stored; in the two highest bits of its length. */
enum plane_method { PLANE_RAW, PLANE_CONST, PLANE_ZSTD };
#define PLANE_LENGTH_MASK 0x3fffffffu

#endif
