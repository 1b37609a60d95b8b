/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plug-in that does what its first setting says, and none of it well. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "health/plugin.h"

unsigned int highbase_check_abi(void) {
#ifdef BAD_ABI
    return HIGHBASE_CHECK_ABI + 1;
#else
    return HIGHBASE_CHECK_ABI;
#endif
}

void* highbase_check_create(const char* const* settings, size_t count, char* error, size_t error_size) {
    (void)error_size;
    (void)error;
    return count == 0 ? NULL : strdup(settings[0]);
}

void highbase_check_probe(void* check, struct highbase_check_result* result) {
    const char* what = check;
    if (strcmp(what, "crash") == 0) abort();
    if (strcmp(what, "hang") == 0) pause();
    if (strcmp(what, "exit") == 0) exit(0);
    if (strcmp(what, "print") == 0) {
        puts("all is well | x=1");
        fflush(stdout);
        result->status = HIGHBASE_CHECK_CRITICAL;
        strcpy(result->text, "two\nlines | and a bar");
        strcpy(result->measure, "a=1");
    }
    if (strcmp(what, "number") == 0) result->status = 77;
    if (strcmp(what, "endless") == 0) {
        memset(result->text, 'x', sizeof result->text);
        result->status = HIGHBASE_CHECK_WARNING;
    }
}

void highbase_check_destroy(void* check) {
    free(check);
}
