#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// The search for the best split of a node over byte bins.
//
// Portable clang vector code: the same operations in the same order on every machine, fused multiply-add only where it is
// written. "entry" is a drawn sample: bits 0...31 its row in the table, bits 32...39 its class, bits 40...63 how often it was
// drawn.
#pragma STDC FP_CONTRACT OFF

#pragma clang assume_nonnull begin

#define FOREST_INLINE static inline __attribute__((always_inline))

enum {
    /// Features that one pass over a node's samples looks at together.
    forest_lanes = 8,
    /// Most samples of a node that is searched by sorting.
    forest_small_samples_max = 256,
    /// Most classes of a node that is searched by sorting alone.
    forest_small_classes_max = 8,
    /// Most draws of one sample in such a node.
    forest_small_draws_max = 31,
    /// Counters of a histogram row: one per bin.
    forest_bins = 256,
    /// Counters of a class: one per lane and bin.
    forest_class_stride = forest_lanes * forest_bins,
};

typedef uint8_t forest_u8x8 __attribute__((ext_vector_type(8)));
typedef uint16_t forest_u16x8 __attribute__((ext_vector_type(8)));
typedef int16_t forest_i16x8 __attribute__((ext_vector_type(8)));
typedef int32_t forest_i32x8 __attribute__((ext_vector_type(8)));
typedef uint32_t forest_u32x4 __attribute__((ext_vector_type(4)));
typedef float forest_f32x8 __attribute__((ext_vector_type(8)));

/// The best split found in one lane (a feature) or in one histogram.
typedef struct {
    /// Score of the split; negative if there is none.
    float score;
    /// Position of the last sample (sorted rows) or column (histograms) that goes left.
    int32_t position;
} forest_split;

/// What a node's split search needs to know of its classes. Classes are local: 0 ..< count, ascending in the table's numbering.
typedef struct {
    int32_t count;
    /// Whether `weight` holds anything but ones.
    int32_t weighted;
    /// Number of draws, all classes.
    int32_t draws;
    /// Distinct samples that each side of a split must keep.
    int32_t leaf_samples_min;
    /// Distinct samples of the node.
    int32_t samples;
    /// Weighted draws, all classes: the sum in ascending order, or `draws` rounded once if not weighted.
    float total_weight;
    /// Per class: draws, weight of one draw, weighted draws.
    const int32_t *draws_of;
    const float *weight;
    const float *weight_of;
} forest_node;

// With a left side of weight nl that holds weight a_c of class c, in a node of weight W that holds T_c, the decrease of the Gini
// impurity is, up to a factor of the node, sum_c (a_c W - T_c nl)^2 / (nl nr). Every search below evaluates exactly
//     u = fma(a_c, W, -(T_c * nl)),  s = fma(u, u, s)  for ascending c,  score = s / (nl * nr)
// in single precision, where nl and nr are the integer draws rounded once (without class weights), or the sums over ascending c
// of draws times weight (with them). For small nodes all terms are integers below 2^24, so equal splits get equal scores.

FOREST_INLINE forest_f32x8 forest_deviation(
    forest_f32x8 sum, forest_f32x8 a, forest_f32x8 nl, float class_weight, float total_weight
) {
    forest_f32x8 u = __builtin_elementwise_fma(a, (forest_f32x8)total_weight, -((forest_f32x8)class_weight * nl));
    return __builtin_elementwise_fma(u, u, sum);
}

#define FOREST_ORDER(a, i, j)                                      \
    {                                                              \
        forest_u16x8 low = __builtin_elementwise_min(a[i], a[j]);  \
        a[j] = __builtin_elementwise_max(a[i], a[j]);              \
        a[i] = low;                                                \
    }

FOREST_INLINE void forest_sort4(forest_u16x8 *a) {
    FOREST_ORDER(a, 0, 1) FOREST_ORDER(a, 2, 3) FOREST_ORDER(a, 0, 2) FOREST_ORDER(a, 1, 3) FOREST_ORDER(a, 1, 2)
}

FOREST_INLINE void forest_sort8(forest_u16x8 *a) {
    forest_sort4(a);
    forest_sort4(a + 4);
    for (int i = 0; i < 4; i++) FOREST_ORDER(a, i, i + 4)
    FOREST_ORDER(a, 2, 4) FOREST_ORDER(a, 3, 5)
    FOREST_ORDER(a, 1, 2) FOREST_ORDER(a, 3, 4) FOREST_ORDER(a, 5, 6)
}

FOREST_INLINE void forest_sort16(forest_u16x8 *a) {
    forest_sort8(a);
    forest_sort8(a + 8);
    for (int i = 0; i < 8; i++) FOREST_ORDER(a, i, i + 8)
    for (int i = 4; i < 8; i++) FOREST_ORDER(a, i, i + 4)
    for (int i = 2; i < 14; i += 4) {
        FOREST_ORDER(a, i, i + 2)
        FOREST_ORDER(a, i + 1, i + 3)
    }
    for (int i = 1; i < 15; i += 2) FOREST_ORDER(a, i, i + 1)
}

/// Sorts `count` rows lane by lane, ascending. Rows up to the next of 4, 8 or a multiple of 16 must exist; they are overwritten.
///
/// Odd-even merge sort in registers up to 16 rows; longer arrays by bitonic merges of sorted runs, whose last four stages stay in
/// registers. The padding is the largest key at the end, which no comparator moves.
static inline void forest_sort_rows(forest_u16x8 *rows, ptrdiff_t count) {
    ptrdiff_t padded = count <= 4 ? 4 : count <= 8 ? 8 : (count + 15) & ~(ptrdiff_t)15;
    for (ptrdiff_t i = count; i < padded; i++) rows[i] = (forest_u16x8)(uint16_t)0xFFFF;
    if (padded <= 8) {
        forest_u16x8 a[8];
        if (padded == 4) {
            memcpy(a, rows, 4 * sizeof *a);
            forest_sort4(a);
            memcpy(rows, a, 4 * sizeof *a);
        } else {
            memcpy(a, rows, sizeof a);
            forest_sort8(a);
            memcpy(rows, a, sizeof a);
        }
        return;
    }
    for (ptrdiff_t start = 0; start < padded; start += 16) {
        forest_u16x8 a[16];
        memcpy(a, rows + start, sizeof a);
        forest_sort16(a);
        memcpy(rows + start, a, sizeof a);
    }
    for (ptrdiff_t run = 16; run < padded; run *= 2) {
        for (ptrdiff_t start = 0; start + run < padded; start += 2 * run) {
            forest_u16x8 *part = rows + start;
            ptrdiff_t length = padded - start < 2 * run ? padded - start : 2 * run;
            for (ptrdiff_t j = run; j < length; j++) {
                ptrdiff_t i = 2 * run - 1 - j;
                FOREST_ORDER(part, i, j)
            }
            for (ptrdiff_t step = run / 2; step >= 16; step /= 2) {
                for (ptrdiff_t block = 0; block < length; block += 2 * step) {
                    for (ptrdiff_t i = block; i < block + step && i + step < length; i++) FOREST_ORDER(part, i, i + step)
                }
            }
        }
        for (ptrdiff_t start = 0; start < padded; start += 16) {
            forest_u16x8 a[16];
            memcpy(a, rows + start, sizeof a);
            for (int i = 0; i < 8; i++) FOREST_ORDER(a, i, i + 8)
            for (int h = 0; h < 16; h += 8)
                for (int i = 0; i < 4; i++) FOREST_ORDER(a, h + i, h + i + 4)
            for (int h = 0; h < 16; h += 4) {
                FOREST_ORDER(a, h, h + 2)
                FOREST_ORDER(a, h + 1, h + 3)
            }
            for (int h = 0; h < 16; h += 2) FOREST_ORDER(a, h, h + 1)
            memcpy(rows + start, a, sizeof a);
        }
    }
}

/// Fills one row per entry: per lane, the bin of feature `features[lane]` above a low byte. The low byte is the entry's position
/// if `local_of` is null, otherwise its local class (three bits) above its draws (five bits).
static inline void forest_gather_rows(
    const uint64_t *entries, ptrdiff_t count, const uint8_t *bins, ptrdiff_t row_bytes, const uint32_t *features,
    const uint8_t *_Nullable local_of, forest_u16x8 *rows
) {
    size_t f0 = features[0], f1 = features[1], f2 = features[2], f3 = features[3];
    size_t f4 = features[4], f5 = features[5], f6 = features[6], f7 = features[7];
    for (ptrdiff_t i = 0; i < count; i++) {
        uint64_t entry = entries[i];
        const uint8_t *x = bins + (size_t)(uint32_t)entry * (size_t)row_bytes;
        forest_u8x8 values = {x[f0], x[f1], x[f2], x[f3], x[f4], x[f5], x[f6], x[f7]};
        uint16_t low = local_of ? (uint16_t)(local_of[(uint8_t)(entry >> 32)] << 5 | (uint16_t)(entry >> 40)) : (uint16_t)i;
        rows[i] = __builtin_convertvector(values, forest_u16x8) << 8 | low;
    }
}

FOREST_INLINE void forest_scan_classes(
    const forest_u16x8 *rows, const forest_node *node, const int classes, const int weighted, forest_split *best
) {
    forest_u16x8 left[forest_small_classes_max] = {0};
    forest_u16x8 draws = 0;
    forest_f32x8 best_score = -1.0f;
    forest_i32x8 best_position = 0;
    int32_t last = node->samples - node->leaf_samples_min;
    for (int32_t k = 0; k < last; k++) {
        forest_u16x8 row = rows[k];
        forest_u16x8 w = row & (uint16_t)31;
        forest_u16x8 c = (row >> 5) & (uint16_t)7;
        for (int j = 0; j < classes; j++) left[j] += w & (forest_u16x8)(c == (uint16_t)j);
        draws += w;
        if (k + 1 < node->leaf_samples_min) continue;
        forest_i16x8 differs = (row >> 8) != (rows[k + 1] >> 8);
        forest_f32x8 a[forest_small_classes_max];
        forest_f32x8 nl = 0, nr = 0, sum = 0;
        for (int j = 0; j < classes; j++) {
            a[j] = __builtin_convertvector(__builtin_convertvector(left[j], forest_i32x8), forest_f32x8);
            if (weighted) {
                forest_f32x8 b = (float)node->draws_of[j] - a[j];
                a[j] *= node->weight[j];
                nl += a[j];
                nr += b * node->weight[j];
            }
        }
        if (!weighted) {
            nl = __builtin_convertvector(__builtin_convertvector(draws, forest_i32x8), forest_f32x8);
            nr = node->total_weight - nl;
        }
        for (int j = 0; j < classes; j++) sum = forest_deviation(sum, a[j], nl, node->weight_of[j], node->total_weight);
        forest_f32x8 score = sum / (nl * nr);
        forest_i32x8 better = (score > best_score) & __builtin_convertvector(differs, forest_i32x8);
        best_score = better ? score : best_score;
        best_position = better ? (forest_i32x8)k : best_position;
    }
    for (int lane = 0; lane < forest_lanes; lane++) best[lane] = (forest_split){best_score[lane], best_position[lane]};
}

/// The best split of every lane of sorted rows with class and draws in the low byte; the lowest position wins a tie.
static inline void forest_scan_rows(const forest_u16x8 *rows, const forest_node *node, forest_split *best) {
    if (node->weighted) {
        forest_scan_classes(rows, node, node->count <= 4 ? 4 : 8, 1, best);
    } else if (node->count <= 2) {
        forest_scan_classes(rows, node, 2, 0, best);
    } else if (node->count == 3) {
        forest_scan_classes(rows, node, 3, 0, best);
    } else if (node->count == 4) {
        forest_scan_classes(rows, node, 4, 0, best);
    } else {
        forest_scan_classes(rows, node, 8, 0, best);
    }
}

FOREST_INLINE void forest_count_lanes(
    const uint64_t *entries, ptrdiff_t count, const uint8_t *bins, ptrdiff_t row_bytes, const uint32_t *features, const int lanes,
    const uint8_t *local_of, uint32_t *counters
) {
    const ptrdiff_t ahead = 12;
    size_t f[forest_lanes];
    for (int j = 0; j < forest_lanes; j++) f[j] = features[j];
    for (ptrdiff_t i = 0; i < count; i++) {
        const uint8_t *next = bins + (size_t)(uint32_t)entries[i + ahead < count ? i + ahead : i] * (size_t)row_bytes;
        __builtin_prefetch(next);
        __builtin_prefetch(next + row_bytes - 1);
        uint64_t entry = entries[i];
        const uint8_t *x = bins + (size_t)(uint32_t)entry * (size_t)row_bytes;
        uint32_t *row = counters + (size_t)local_of[(uint8_t)(entry >> 32)] * forest_class_stride;
        uint32_t draws = (uint32_t)(entry >> 40);
#pragma clang loop unroll(full)
        for (int j = 0; j < lanes; j++) row[j * forest_bins + x[f[j]]] += draws;
    }
}

/// Adds every entry's draws to `counters[local class][lane][bin]`. All eight `features` must exist.
static inline void forest_count(
    const uint64_t *entries, ptrdiff_t count, const uint8_t *bins, ptrdiff_t row_bytes, const uint32_t *features, int32_t lanes,
    const uint8_t *local_of, uint32_t *counters
) {
    if (lanes > 6) {
        forest_count_lanes(entries, count, bins, row_bytes, features, 8, local_of, counters);
    } else if (lanes > 4) {
        forest_count_lanes(entries, count, bins, row_bytes, features, 6, local_of, counters);
    } else if (lanes > 1) {
        forest_count_lanes(entries, count, bins, row_bytes, features, 4, local_of, counters);
    } else {
        forest_count_lanes(entries, count, bins, row_bytes, features, 1, local_of, counters);
    }
}

/// Adds one per entry to `counters[lane][bin]`.
static inline void forest_count_samples(
    const uint64_t *entries, ptrdiff_t count, const uint8_t *bins, ptrdiff_t row_bytes, const uint32_t *features, int32_t lanes,
    uint32_t *counters
) {
    for (ptrdiff_t i = 0; i < count; i++) {
        const uint8_t *x = bins + (size_t)(uint32_t)entries[i] * (size_t)row_bytes;
        for (int j = 0; j < lanes; j++) counters[j * forest_bins + x[features[j]]] += 1;
    }
}

/// Turns `rows` histogram rows of `columns` counters (a multiple of 4), `row_stride` apart, into running sums.
static inline void forest_accumulate(uint32_t *counters, ptrdiff_t rows, ptrdiff_t row_stride, ptrdiff_t columns) {
    const forest_u32x4 none = 0;
    for (ptrdiff_t r = 0; r < rows; r++) {
        forest_u32x4 before = 0;
        for (ptrdiff_t i = 0; i < columns; i += 4) {
            forest_u32x4 part;
            memcpy(&part, counters + r * row_stride + i, sizeof part);
            part += __builtin_shufflevector(none, part, 0, 4, 5, 6);
            part += __builtin_shufflevector(none, part, 0, 1, 4, 5);
            part += before;
            memcpy(counters + r * row_stride + i, &part, sizeof part);
            before = part.wwww;
        }
    }
}

/// The best split after one of the first `columns` columns (a multiple of 8) of running sums `left[local class][column]`, rows
/// `row_stride` counters apart; the lowest column wins a tie. `samples` holds the running counts of distinct samples, or is null
/// if every occupied column has enough.
static inline forest_split forest_scan_columns(
    const uint32_t *left, const uint32_t *_Nullable samples, ptrdiff_t row_stride, ptrdiff_t columns, const forest_node *node
) {
    forest_f32x8 best_score = -1.0f;
    forest_i32x8 best_position = 0;
    const forest_i32x8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
    for (ptrdiff_t k = 0; k < columns; k += 8) {
        forest_i32x8 draws = 0;
        for (int32_t j = 0; j < node->count; j++) {
            forest_i32x8 l;
            memcpy(&l, left + j * row_stride + k, sizeof l);
            draws += l;
        }
        forest_i32x8 valid = (draws > 0) & (draws < node->draws);
        if (samples) {
            forest_i32x8 n;
            memcpy(&n, samples + k, sizeof n);
            valid &= (n >= node->leaf_samples_min) & (node->samples - n >= node->leaf_samples_min);
        }
        forest_f32x8 nl = 0, nr = 0, sum = 0;
        if (node->weighted) {
            for (int32_t j = 0; j < node->count; j++) {
                forest_i32x8 l;
                memcpy(&l, left + j * row_stride + k, sizeof l);
                nl += __builtin_convertvector(l, forest_f32x8) * node->weight[j];
                nr += __builtin_convertvector(node->draws_of[j] - l, forest_f32x8) * node->weight[j];
            }
        } else {
            nl = __builtin_convertvector(draws, forest_f32x8);
            nr = __builtin_convertvector(node->draws - draws, forest_f32x8);
        }
        for (int32_t j = 0; j < node->count; j++) {
            forest_i32x8 l;
            memcpy(&l, left + j * row_stride + k, sizeof l);
            forest_f32x8 a = __builtin_convertvector(l, forest_f32x8) * node->weight[j];
            sum = forest_deviation(sum, a, nl, node->weight_of[j], node->total_weight);
        }
        forest_f32x8 score = sum / (nl * nr);
        forest_i32x8 better = (score > best_score) & valid;
        best_score = better ? score : best_score;
        best_position = better ? lane + (int32_t)k : best_position;
    }
    forest_split best = {-1, 0};
    for (int i = 0; i < forest_lanes; i++) {
        if (best_score[i] > best.score || (best_score[i] == best.score && best_position[i] < best.position)) {
            best = (forest_split){best_score[i], best_position[i]};
        }
    }
    return best;
}

#pragma clang assume_nonnull end
