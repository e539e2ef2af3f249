#pragma once

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

/* What a process was given by whoever started it. The handler of a signal and the kinds of limits have other types on each system. */

enum { CPROCESS_MEMORY = 0, CPROCESS_DATA = 1, CPROCESS_FILE_SIZE = 2, CPROCESS_OPEN_FILES = 3 };

enum { CPROCESS_WORDS_MAX = 512 };

/// What the process says last. A variable of a function: those of a header are not made where Swift imports it.
static inline char *cprocess_last_words(void) {
    static char words[CPROCESS_WORDS_MAX];
    return words;
}

static inline void cprocess_say_last_words(int number) {
    (void)number;
    const char *words = cprocess_last_words();
    size_t count = 0;
    while (words[count]) count++;
    ssize_t written = write(2, words, count);
    (void)written;
    _exit(74);
}

/// From now on, a fault ends the process with this text on its standard error, and exit code 74.
static inline void cprocess_explain_crashes(const char *text) {
    char *words = cprocess_last_words();
    size_t count = 0;
    while (text[count] && count < CPROCESS_WORDS_MAX - 1) {
        words[count] = text[count];
        count++;
    }
    struct sigaction action = {0};
    action.sa_handler = cprocess_say_last_words;
    const int faults[] = {SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS};
    for (size_t index = 0; index < sizeof faults / sizeof faults[0]; index++) sigaction(faults[index], &action, NULL);
}

/// Whether the signal is ignored at the moment.
static inline int cprocess_ignores(int number) {
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN;
}

/// The limit of this process, in bytes or in files; -1 without one.
static inline long long cprocess_limit(int kind) {
    struct rlimit limit;
    int result = -1;
    switch (kind) {
    case CPROCESS_MEMORY: result = getrlimit(RLIMIT_AS, &limit); break;
    case CPROCESS_DATA: result = getrlimit(RLIMIT_DATA, &limit); break;
    case CPROCESS_FILE_SIZE: result = getrlimit(RLIMIT_FSIZE, &limit); break;
    case CPROCESS_OPEN_FILES: result = getrlimit(RLIMIT_NOFILE, &limit); break;
    default: break;
    }
    if (result != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > (rlim_t)1 << 62) return -1;
    return (long long)limit.rlim_cur;
}

/// Lets the process open as many files as it may at most.
static inline void cprocess_raise_open_files(long long wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)wanted) return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > (rlim_t)wanted ? (rlim_t)wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// The processors that the scheduler lets this process use; 0 where the system does not say it.
static inline int cprocess_cores(void) {
#ifdef __linux__
    unsigned long mask[1024] = {0};
    long bytes = syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
    int count = 0;
    for (size_t index = 0; bytes > 0 && index < (size_t)bytes / sizeof mask[0]; index++) count += __builtin_popcountl(mask[index]);
    return count;
#else
    return 0;
#endif
}
