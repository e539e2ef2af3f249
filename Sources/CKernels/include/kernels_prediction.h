#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Prediction by masks: 64 pixels that lie together in memory form a word, and a 64-bit mask tells which of them are meant.
//
// Portable clang vector code on bytes; all results are exact.

#pragma clang assume_nonnull begin

#define PREDICTION_INLINE static inline __attribute__((always_inline))

typedef uint8_t prediction_u8x16 __attribute__((ext_vector_type(16)));
typedef uint8_t prediction_u8x32 __attribute__((ext_vector_type(32)));
typedef int8_t prediction_i8x32 __attribute__((ext_vector_type(32)));
typedef _Bool prediction_b32 __attribute__((ext_vector_type(32)));
typedef uint64_t prediction_u64x2 __attribute__((ext_vector_type(2)));

/// Lengths of the two lists that a split makes.
typedef struct {
    int32_t left;
    int32_t right;
} forest_lengths;

PREDICTION_INLINE uint32_t forest_bits(prediction_i8x32 truth) {
    prediction_b32 bits = __builtin_convertvector(truth, prediction_b32);
    uint32_t mask;
    memcpy(&mask, &bits, sizeof mask);
    return mask;
}

/// Bit i is set where `bins[i]` is at most `bin`, for 64 bins.
PREDICTION_INLINE uint64_t forest_at_most(const uint8_t *bins, uint8_t bin) {
    prediction_u8x32 low, high;
    memcpy(&low, bins, sizeof low);
    memcpy(&high, bins + 32, sizeof high);
    return (uint64_t)forest_bits((prediction_i8x32)(high <= bin)) << 32 | forest_bits((prediction_i8x32)(low <= bin));
}

/// Splits a list of (word, mask of its pixels) by a node: pixels with `plane` above `bin` stay in place, closed up, the others
/// go to a list right behind them. Words without pixels drop out of either list. `words` counts bytes: a word is the 64 bins at
/// `plane + words[i]`. There must be room for another `count` entries behind the list.
PREDICTION_INLINE forest_lengths forest_split_words(
    uint64_t *masks, int32_t *words, int32_t count, const uint8_t *plane, uint8_t bin
) {
    int32_t left = count, right = 0;
    const int32_t ahead = 6;
    for (int32_t i = 0; i < count; i++) {
        __builtin_prefetch(plane + words[i + ahead < count ? i + ahead : i]);
        int32_t word = words[i];
        uint64_t mask = masks[i];
        uint64_t lower = forest_at_most(plane + word, bin);
        uint64_t goes = mask & lower, stays = mask & ~lower;
        masks[left] = goes;
        words[left] = word;
        left += goes != 0;
        masks[right] = stays;
        words[right] = word;
        right += stays != 0;
    }
    left -= count;
    memmove(masks + right, masks + count, (size_t)left * sizeof *masks);
    memmove(words + right, words + count, (size_t)left * sizeof *words);
    return (forest_lengths){left, right};
}

/// Adds one to `counts[i]` for every bit i of `mask`, 64 counters.
PREDICTION_INLINE void forest_add_mask(uint8_t *counts, uint64_t mask) {
    const prediction_u8x16 bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    prediction_u8x16 bytes = __builtin_bit_cast(prediction_u8x16, (prediction_u64x2)mask);
    prediction_u8x16 spread[4] = {
        __builtin_shufflevector(bytes, bytes, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1),
        __builtin_shufflevector(bytes, bytes, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3),
        __builtin_shufflevector(bytes, bytes, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5),
        __builtin_shufflevector(bytes, bytes, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7),
    };
    for (int i = 0; i < 4; i++) {
        prediction_u8x16 count;
        memcpy(&count, counts + 16 * i, sizeof count);
        count -= (prediction_u8x16)((spread[i] & bit) == bit);
        memcpy(counts + 16 * i, &count, sizeof count);
    }
}

/// Adds the masks of `words` words to their counters and clears them: `counts[class][word][64]`, `masks[class][word]`.
static inline void forest_add_masks(uint8_t *counts, uint64_t *masks, ptrdiff_t words) {
    for (ptrdiff_t i = 0; i < words; i++) {
        uint64_t mask = masks[i];
        if (mask == 0) continue;
        masks[i] = 0;
        forest_add_mask(counts + 64 * i, mask);
    }
}

/// The pixels of one word whose leading class is ahead of every other by at most `remaining` votes. Class planes of `counts` are
/// `class_stride` bytes apart.
static inline uint64_t forest_undecided(const uint8_t *counts, ptrdiff_t class_stride, int32_t classes, uint8_t remaining) {
    uint64_t undecided = 0;
    for (int half = 0; half < 2; half++) {
        prediction_u8x32 first = 0, second = 0;
        for (int32_t c = 0; c < classes; c++) {
            prediction_u8x32 count;
            memcpy(&count, counts + c * class_stride + 32 * half, sizeof count);
            second = __builtin_elementwise_max(second, __builtin_elementwise_min(first, count));
            first = __builtin_elementwise_max(first, count);
        }
        undecided |= (uint64_t)forest_bits((prediction_i8x32)(first - second <= remaining)) << (32 * half);
    }
    return undecided;
}

/// Per pixel of one word the class with the most votes, the lowest among equals. `counts` as for `forest_undecided`.
static inline void forest_leaders(const uint8_t *counts, ptrdiff_t class_stride, int32_t classes, uint8_t *labels) {
    for (int half = 0; half < 2; half++) {
        prediction_u8x32 most, leader = 0;
        memcpy(&most, counts + 32 * half, sizeof most);
        for (int32_t c = 1; c < classes; c++) {
            prediction_u8x32 count;
            memcpy(&count, counts + c * class_stride + 32 * half, sizeof count);
            prediction_u8x32 more = (prediction_u8x32)(count > most);
            most = __builtin_elementwise_max(most, count);
            leader = (leader & ~more) | (more & (uint8_t)c);
        }
        memcpy(labels + 32 * half, &leader, sizeof leader);
    }
}

#pragma clang assume_nonnull end
