/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of your own as shared objects, in C or whatever speaks its calling convention.
 *
 * A plug-in defines the four functions below. For each probe hbvrrp runs the program highbase-check-plugin,
 * which loads the plug-in and calls highbase_check_abi(), highbase_check_create(), highbase_check_probe() and
 * highbase_check_destroy(), in this order, and ends. A plug-in that crashes has found nothing; one that has
 * not answered at the timeout of its check is killed, and the probe has failed. What is to be known from one
 * probe to the next has to be kept in a file.
 *
 * In the configuration:
 *
 *     [[virtual_router.check]]
 *     type     = "plugin"
 *     plugin   = "/usr/lib/highbase/file_age.so"
 *     settings = ["file=/run/heartbeat", "critical=10"]
 *
 * To build one: cc -shared -fPIC -o file_age.so file_age.c
 */
#ifndef HIGHBASE_HEALTH_PLUGIN_H
#define HIGHBASE_HEALTH_PLUGIN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when anything here does in a way that a plug-in would notice. */
#define HIGHBASE_CHECK_ABI 1u

enum highbase_check_status {
    HIGHBASE_CHECK_OK = 0,
    HIGHBASE_CHECK_WARNING = 1,  /* the service serves; `text` is reported */
    HIGHBASE_CHECK_CRITICAL = 2, /* the service has failed */
    HIGHBASE_CHECK_UNKNOWN = 3   /* it could not be asked; counts neither way */
};

#define HIGHBASE_CHECK_TEXT_SIZE 256

/* Filled by the plug-in. It comes as UNKNOWN with empty texts. */
struct highbase_check_result {
    int status;                             /* of highbase_check_status; anything else is UNKNOWN */
    char text[HIGHBASE_CHECK_TEXT_SIZE];    /* the reason: one line, without '|', ended by a zero */
    char measure[HIGHBASE_CHECK_TEXT_SIZE]; /* "time=0.1s", or empty; ended by a zero */
};

/* HIGHBASE_CHECK_ABI, as it was when the plug-in was compiled. Another one than hbvrrp's is not used. */
unsigned int highbase_check_abi(void);

/*
 * `settings`: `count` strings of the configuration, as they are written there. They live until
 * highbase_check_destroy(). Returns what is handed to the other two functions. NULL: nothing can be asked; up
 * to `error_size` octets at `error`, ended by a zero, say why.
 */
void* highbase_check_create(const char* const* settings, size_t count, char* error, size_t error_size);

/* One probe. It may take as long as the timeout of the check. */
void highbase_check_probe(void* check, struct highbase_check_result* result);

void highbase_check_destroy(void* check);

#ifdef __cplusplus
}
#endif

#endif
