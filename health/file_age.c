/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plug-in as an example: how old a file is, such as one that a service touches while all is well.
 *
 *     settings = ["file=/run/heartbeat", "warning=5", "critical=10"]     in seconds
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "health/plugin.h"

struct file_age {
    const char* file;
    double warning;
    double critical;
};

/* What follows `name`, or NULL where the setting is another one. */
static const char* value_of(const char* setting, const char* name) {
    const size_t length = strlen(name);
    return strncmp(setting, name, length) == 0 ? setting + length : NULL;
}

/* Whether it is a number of seconds. */
static int read_seconds(const char* text, double* seconds) {
    char* end = NULL;
    *seconds = strtod(text, &end);
    return end != text && *end == 0 && *seconds >= 0;
}

static int read_setting(struct file_age* check, const char* setting) {
    const char* value = value_of(setting, "file=");
    if (value != NULL) {
        check->file = value;
        return *value != 0;
    }
    if ((value = value_of(setting, "warning=")) != NULL) return read_seconds(value, &check->warning);
    if ((value = value_of(setting, "critical=")) != NULL) return read_seconds(value, &check->critical);
    return 0;
}

unsigned int highbase_check_abi(void) {
    return HIGHBASE_CHECK_ABI;
}

void* highbase_check_create(const char* const* settings, size_t count, char* error, size_t error_size) {
    struct file_age* check = calloc(1, sizeof *check);
    if (check == NULL) return NULL;
    check->warning = check->critical = 60;
    for (size_t i = 0; i < count; ++i) {
        if (read_setting(check, settings[i])) continue;
        snprintf(error, error_size, "file_age: wrong setting: %s", settings[i]);
        free(check);
        return NULL;
    }
    if (check->file == NULL) {
        snprintf(error, error_size, "file_age: no file=");
        free(check);
        return NULL;
    }
    return check;
}

void highbase_check_probe(void* check, struct highbase_check_result* result) {
    const struct file_age* age = check;
    struct stat status;
    struct timespec now;
    if (stat(age->file, &status) != 0) {
        result->status = errno == ENOENT ? HIGHBASE_CHECK_CRITICAL : HIGHBASE_CHECK_UNKNOWN;
        snprintf(result->text, sizeof result->text, "%.200s: %s", age->file, strerror(errno));
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    const double seconds =
        (double)(now.tv_sec - status.st_mtim.tv_sec) + (double)(now.tv_nsec - status.st_mtim.tv_nsec) / 1e9;
    result->status = seconds >= age->critical  ? HIGHBASE_CHECK_CRITICAL
                     : seconds >= age->warning ? HIGHBASE_CHECK_WARNING
                                               : HIGHBASE_CHECK_OK;
    snprintf(result->text, sizeof result->text, "%.200s is %.0f s old", age->file, seconds);
    snprintf(result->measure, sizeof result->measure, "age=%.3fs", seconds);
}

void highbase_check_destroy(void* check) {
    free(check);
}
