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

/// Puts the pixels of entry `i` that are `lower` at the end of the left list, and the others at the end of the right one.
PREDICTION_INLINE void forest_split_word(
    uint64_t *masks, int32_t *words, int32_t i, uint64_t lower, int32_t *left, int32_t *right
) {
    int32_t word = words[i];
    uint64_t goes = masks[i] & lower, stays = masks[i] & ~lower;
    masks[*left] = goes;
    words[*left] = word;
    *left += goes != 0;
    masks[*right] = stays;
    words[*right] = word;
    *right += stays != 0;
}

/// Splits a list of (word, mask of its pixels) by a node: pixels with `plane` above `bin` stay in place, closed up, the others
/// go to a list right behind them. Words without pixels drop out of either list. `words` counts bytes: a word is the 64 bins at
/// `plane + words[i]`. There must be room for another `count` + 8 entries behind the list.
PREDICTION_INLINE forest_lengths forest_split_words(
    uint64_t *masks, int32_t *words, int32_t count, const uint8_t *plane, uint8_t bin
) {
    int32_t left = count, right = 0;
    const int32_t ahead = 6;
    for (int32_t i = 0; i < count; i++) {
        __builtin_prefetch(plane + words[i + ahead < count ? i + ahead : i]);
        forest_split_word(masks, words, i, forest_at_most(plane + words[i], bin), &left, &right);
    }
    left -= count;
    memmove(masks + right, masks + count, (size_t)left * sizeof *masks);
    memmove(words + right, words + count, (size_t)left * sizeof *words);
    return (forest_lengths){left, right};
}

/// Whether this processor has what `forest_split_words_wide` needs.
int forest_splits_wide(void);

/// The same lists as by `forest_split_words`, with AVX-512: one compare a word, eight words closed up at once.
forest_lengths forest_split_words_wide(uint64_t *masks, int32_t *words, int32_t count, const uint8_t *plane, uint8_t bin);

/// Adds `shares`, `slots` of them and a multiple of four, to the sums of the pixels of `mask`: `sums[pixel][slot]`.
static inline void forest_add_shares(uint32_t *sums, int32_t slots, uint64_t mask, const uint32_t *shares) {
    typedef uint32_t four __attribute__((ext_vector_type(4)));
    for (int32_t slot = 0; slot < slots; slot += 4) {
        four share;
        memcpy(&share, shares + slot, sizeof share);
        for (uint64_t rest = mask; rest != 0; rest &= rest - 1) {
            uint32_t *target = sums + (ptrdiff_t)__builtin_ctzll(rest) * slots + slot;
            four sum;
            memcpy(&sum, target, sizeof sum);
            sum += share;
            memcpy(target, &sum, sizeof sum);
        }
    }
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

typedef uint32_t prediction_u32x4 __attribute__((ext_vector_type(4)));
typedef uint32_t prediction_u32x8 __attribute__((ext_vector_type(8)));
typedef int32_t prediction_i32x8 __attribute__((ext_vector_type(8)));
typedef uint8_t prediction_u8x8 __attribute__((ext_vector_type(8)));
typedef _Bool prediction_b8 __attribute__((ext_vector_type(8)));

/// Votes of pixels whose leaves are mixed: a 32-bit sum per class, and where `counts` is not null `unit` more per count.
typedef struct {
    /// `[pixel][slot]`, `slots` per pixel, a multiple of four; 0 behind the last class.
    const uint32_t *sums;
    /// `[class][pixel]`, classes `class_stride` bytes apart.
    const uint8_t *_Nullable counts;
    ptrdiff_t class_stride;
    int32_t classes;
    int32_t slots;
    uint32_t unit;
} forest_votes;

/// The votes of eight pixels from `pixel` on for the classes `first` to `first + 3`.
PREDICTION_INLINE void forest_four_classes(forest_votes votes, int32_t pixel, int32_t first, prediction_u32x8 *four) {
    prediction_u32x4 rows[8], columns[8];
    for (int i = 0; i < 8; i++) memcpy(&rows[i], votes.sums + (ptrdiff_t)(pixel + i) * votes.slots + first, sizeof rows[i]);
    for (int half = 0; half < 8; half += 4) {
        prediction_u32x4 *r = rows + half;
        prediction_u32x4 a = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5), b = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
        prediction_u32x4 c = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7), d = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
        columns[half] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
        columns[half + 1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
        columns[half + 2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
        columns[half + 3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
    }
    for (int i = 0; i < 4; i++) {
        four[i] = __builtin_shufflevector(columns[i], columns[i + 4], 0, 1, 2, 3, 4, 5, 6, 7);
        if (votes.counts && first + i < votes.classes) {
            prediction_u8x8 count;
            memcpy(&count, votes.counts + (first + i) * votes.class_stride + pixel, sizeof count);
            four[i] += __builtin_convertvector(count, prediction_u32x8) * votes.unit;
        }
    }
}

/// Of 64 pixels those whose leading class is ahead of every other by at most `remaining` votes.
static inline uint64_t forest_undecided_votes(forest_votes votes, uint32_t remaining) {
    uint64_t undecided = 0;
    for (int32_t pixel = 0; pixel < 64; pixel += 8) {
        prediction_u32x8 most = 0, second = 0, four[4];
        for (int32_t first = 0; first < votes.classes; first += 4) {
            forest_four_classes(votes, pixel, first, four);
            for (int i = 0; i < 4; i++) {
                second = __builtin_elementwise_max(second, __builtin_elementwise_min(most, four[i]));
                most = __builtin_elementwise_max(most, four[i]);
            }
        }
        prediction_b8 bits = __builtin_convertvector((prediction_i32x8)(most - second <= remaining), prediction_b8);
        uint8_t mask;
        memcpy(&mask, &bits, sizeof mask);
        undecided |= (uint64_t)mask << pixel;
    }
    return undecided;
}

/// Of 64 pixels the class with the most votes, the lowest among equals.
static inline void forest_leaders_votes(forest_votes votes, uint8_t *labels) {
    for (int32_t pixel = 0; pixel < 64; pixel += 8) {
        prediction_u32x8 most = 0, leader = 0, four[4];
        for (int32_t first = 0; first < votes.classes; first += 4) {
            forest_four_classes(votes, pixel, first, four);
            for (int i = 0; i < 4; i++) {
                prediction_u32x8 more = (prediction_u32x8)(four[i] > most);
                most = __builtin_elementwise_max(most, four[i]);
                leader = (leader & ~more) | (more & (uint32_t)(first + i));
            }
        }
        prediction_u8x8 bytes = __builtin_convertvector(leader, prediction_u8x8);
        memcpy(labels + pixel, &bytes, sizeof bytes);
    }
}

#pragma clang assume_nonnull end
