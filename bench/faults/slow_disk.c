/*
 * A disk that is slow, or that cannot be written for a while, for the process that loads this library first (LD_PRELOAD).
 *
 *   FAULT_FOLDER    the folder that it happens to, and all in it
 *   FAULT_SYNC_MS   how long forcing something there to the disk takes longer
 *   FAULT_REFUSE    a file outside: while it is there, nothing can be written below the folder; it holds the error's number
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define NEXT(type, name) ((type) dlsym(RTLD_NEXT, name))

static int concerned(const char *path) {
    const char *folder = getenv("FAULT_FOLDER");
    return folder != NULL && path != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int concerned_file(int file) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) {
        return 0;
    }
    path[length] = 0;
    return concerned(path);
}

/* The error that writing has now, 0 for none. */
static int refusal(void) {
    const char *path = getenv("FAULT_REFUSE");
    FILE *file = path == NULL ? NULL : NEXT(FILE *(*)(const char *, const char *), "fopen")(path, "r");
    int number = 0;
    if (file != NULL) {
        if (fscanf(file, "%d", &number) != 1) {
            number = EACCES;
        }
        fclose(file);
    }
    return number;
}

static int refuses(const char *path) {
    int number = concerned(path) ? refusal() : 0;
    if (number != 0) {
        errno = number;
    }
    return number != 0;
}

static void wait_for_disk(int file) {
    const char *ms = getenv("FAULT_SYNC_MS");
    if (ms != NULL && concerned_file(file)) {
        usleep((useconds_t) atol(ms) * 1000);
    }
}

int fsync(int file) {
    wait_for_disk(file);
    return NEXT(int (*)(int), "fsync")(file);
}

int fdatasync(int file) {
    wait_for_disk(file);
    return NEXT(int (*)(int), "fdatasync")(file);
}

#define OPEN(name)                                                                                   \
    int name(const char *path, int flags, ...) {                                                     \
        va_list rest;                                                                                \
        va_start(rest, flags);                                                                       \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;                    \
        va_end(rest);                                                                                \
        if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && refuses(path)) {                              \
            return -1;                                                                               \
        }                                                                                            \
        return NEXT(int (*)(const char *, int, ...), #name)(path, flags, mode);                      \
    }

OPEN(open)
OPEN(open64)

#define WRITE(name, arguments, types, call)                                                          \
    ssize_t name arguments {                                                                         \
        int number = concerned_file(file) ? refusal() : 0;                                           \
        if (number != 0) {                                                                           \
            errno = number;                                                                          \
            return -1;                                                                               \
        }                                                                                            \
        return NEXT(ssize_t(*) types, #name) call;                                                   \
    }

WRITE(write, (int file, const void *bytes, size_t count), (int, const void *, size_t), (file, bytes, count))
WRITE(pwrite64, (int file, const void *bytes, size_t count, off64_t at), (int, const void *, size_t, off64_t),
      (file, bytes, count, at))

int mkdir(const char *path, mode_t mode) {
    return refuses(path) ? -1 : NEXT(int (*)(const char *, mode_t), "mkdir")(path, mode);
}

int rename(const char *from, const char *to) {
    return refuses(to) ? -1 : NEXT(int (*)(const char *, const char *), "rename")(from, to);
}

int symlink(const char *target, const char *path) {
    return refuses(path) ? -1 : NEXT(int (*)(const char *, const char *), "symlink")(target, path);
}

int unlink(const char *path) {
    return refuses(path) ? -1 : NEXT(int (*)(const char *), "unlink")(path);
}

int rmdir(const char *path) {
    return refuses(path) ? -1 : NEXT(int (*)(const char *), "rmdir")(path);
}
