/* SPDX-License-Identifier: GPL-2.0-or-later
 * Preloaded: the clock of day of the program is ahead of the machine's by as many nanoseconds as stand in the
 * file CHAOS_CLOCK, at each moment. Other clocks are true, and so are timers: only deadlines that are told as
 * a time of day are translated. (libfaketime turns timers of CLOCK_BOOTTIME as well, and programs that ask
 * often for the time do not stand it.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t kSecond = 1000000000;
static const int64_t kNone = 0;
static const volatile int64_t* offset = &kNone;

__attribute__((constructor)) static void begin(void) {
    const char* path = getenv("CHAOS_CLOCK");
    const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void* mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED) offset = mapped;
    close(file);
}

static void add(struct timespec* when, int64_t nanoseconds) {
    const int64_t sum = when->tv_sec * kSecond + when->tv_nsec + nanoseconds;
    when->tv_sec = sum / kSecond;
    when->tv_nsec = sum % kSecond;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
    static int (*real)(clockid_t, struct timespec*);
    if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) add(now, *offset);
    return result;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
    struct timespec when;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &when) != 0) return -1;
    now->tv_sec = when.tv_sec;
    now->tv_usec = when.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* out) {
    struct timespec when;
    if (clock_gettime(CLOCK_REALTIME, &when) != 0) return -1;
    if (out) *out = when.tv_sec;
    return when.tv_sec;
}

/* No machine has been up for thirty years: a deadline that is so large is a time of day. */
static struct timespec true_deadline(const struct timespec* told) {
    struct timespec when = *told;
    if (when.tv_sec > 1000000000) add(&when, -*offset);
    return when;
}

int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex,
                           const struct timespec* restrict deadline) {
    static int (*real)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*);
    if (!real)
        real = (int (*)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*))dlvsym(
            RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    const struct timespec when = true_deadline(deadline);
    return real(condition, mutex, &when);
}

int sem_timedwait(sem_t* restrict semaphore, const struct timespec* restrict deadline) {
    static int (*real)(sem_t*, const struct timespec*);
    if (!real) real = (int (*)(sem_t*, const struct timespec*))dlsym(RTLD_NEXT, "sem_timedwait");
    const struct timespec when = true_deadline(deadline);
    return real(semaphore, &when);
}
