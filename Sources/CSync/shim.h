#pragma once

/* A GNU extension, which the C library's headers hide from Swift: waits until the file system of an open file is on disk. */
int syncfs(int descriptor);
