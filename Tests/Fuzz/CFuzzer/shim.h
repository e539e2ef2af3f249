#pragma once

// libFuzzer's interface (LLVM's `FuzzerInterface.h`), as far as the targets use it.

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test_one_input)(const uint8_t *data, size_t size));

/// Changes `data` in place to an input of at most `max_size` bytes and returns its size.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
