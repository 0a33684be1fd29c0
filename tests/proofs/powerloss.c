/* A disk that loses power, or fails. After every fsync or fdatasync a copy of the file is kept, and only copies survive.
 *
 * SYNC_FROM: what lies below this folder is watched. SYNC_TO: where the copies go, under the same names.
 * FAILS: while this file is there, writes to a store fail from the n-th on (it holds "write n"), or syncs do ("sync n").
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int path_of(int fd, char *path) {
    char link[64];
    const char *from = getenv("SYNC_FROM");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, PATH_MAX - 1);
    if (from == NULL || size < 0) return 0;
    path[size] = 0;
    return strncmp(path, from, strlen(from)) == 0;
}

static int fails(int fd, const char *kind) {
    static int passed = 0;
    char path[PATH_MAX], wanted[16] = "";
    const char *sign = getenv("FAILS");
    int nth = 0;
    FILE *order = sign == NULL ? NULL : fopen(sign, "re");
    if (order == NULL) {
        passed = 0;
        return 0;
    }
    int found = fscanf(order, "%15s %d", wanted, &nth);
    fclose(order);
    if (found != 2 || strcmp(wanted, kind) != 0 || !path_of(fd, path) || strstr(path, "yizhan.db") == NULL) return 0;
    if (++passed < nth) return 0;
    errno = EIO;
    return 1;
}

static void make_folders(char *path) {
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
}

static void keep(int fd) {
    char path[PATH_MAX], copy[PATH_MAX * 2], fresh[PATH_MAX * 2 + 8], block[1 << 16];
    const char *to = getenv("SYNC_TO");
    struct stat about;
    if (to == NULL || !path_of(fd, path) || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return;
    snprintf(copy, sizeof copy, "%s%s", to, path);
    snprintf(fresh, sizeof fresh, "%s.new", copy);
    make_folders(copy);
    int in = open(path, O_RDONLY | O_CLOEXEC), out = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t size = -1;
    while (in >= 0 && out >= 0 && (size = read(in, block, sizeof block)) > 0)
        if (write(out, block, (size_t)size) != size) { size = -1; break; }
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    if (size == 0) rename(fresh, copy);
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (fails(fd, "sync")) return -1;
    int result = real(fd);
    if (result == 0) keep(fd);
    return result;
}

int fsync(int fd) {
    static int (*real)(int);
    if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    if (fails(fd, "sync")) return -1;
    int result = real(fd);
    if (result == 0) keep(fd);
    return result;
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (real == NULL) real = (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    return fails(fd, "write") ? -1 : real(fd, from, size, at);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (real == NULL) real = (ssize_t (*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
    return fails(fd, "write") ? -1 : real(fd, from, size, at);
}
