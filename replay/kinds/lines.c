/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/kinds/lines.h"

/* Lines of 60 numbers: what a policy prints is cut at 400 bytes a line, and at 40 lines. */
const char lines_source[] =
    "#include <stdio.h>\n"
    "extern const char __ehdr_start[] __attribute__((visibility(\"hidden\")));\n"
    "static unsigned char seen[1 << 22];\n"
    "void __sanitizer_cov_trace_pc(void);\n"
    "void kind_closed(void);\n"
    "void __sanitizer_cov_trace_pc(void)\n"
    "{\n"
    "\tunsigned long at = (unsigned long)__builtin_return_address(0) -\n"
    "\t\t(unsigned long)__ehdr_start;\n"
    "\tif (at < sizeof(seen))\n"
    "\t\tseen[at] = 1;\n"
    "}\n"
    "void kind_closed(void)\n"
    "{\n"
    "\tint n = 0;\n"
    "\tfor (unsigned long i = 0; i < sizeof(seen); i++)\n"
    "\t\tif (seen[i])\n"
    "\t\t\tfprintf(stderr, \"%s%lx\", n % 60 ? \" \" : n ? \"\\ncame to: \" : \"came to: \", i), "
    "n++;\n"
    "\tfputc('\\n', stderr);\n"
    "\tfflush(stderr);\n"
    "}\n";
