#pragma once

/* A GNU extension, which the C library's headers hide from Swift: waits until the file system of an open file is on disk. */
int syncfs(int descriptor);

#ifdef __linux__
int fallocate(int descriptor, int mode, long offset, long length);

/// Gives a part of a file back to the disk: it reads as zeros from then on, and the file keeps its size. 0, or -1.
static inline int csync_give_back(int descriptor, long long offset, long long length) {
    // FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
    return fallocate(descriptor, 0x01 | 0x02, (long)offset, (long)length);
}
#endif
