#pragma once
#include <spawn.h>
#include <unistd.h>

/* GNU extensions, which the C library's headers hide from Swift. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int pipe2(int descriptors[2], int flags);
