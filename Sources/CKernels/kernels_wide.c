// Kernels for instruction sets above the floor, chosen at run time. The others are inline functions of the headers in `include`.
#include "kernels_prediction.h"

#if defined(__x86_64__)
#include <immintrin.h>

int forest_splits_wide(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2");
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")))
forest_lengths forest_split_words_wide(
    uint64_t *masks, int32_t *words, int32_t count, const uint8_t *plane, uint8_t bin
) {
    int32_t left = count, right = 0, i = 0;
    const __m512i bins = _mm512_set1_epi8((char)bin);
#define FOREST_LOWER(j) (long long)_mm512_cmple_epu8_mask(_mm512_loadu_si512(plane + words[i + j]), bins)
    for (; i + 8 <= count; i += 8) {
        __m512i lower = _mm512_set_epi64(
            FOREST_LOWER(7), FOREST_LOWER(6), FOREST_LOWER(5), FOREST_LOWER(4), FOREST_LOWER(3), FOREST_LOWER(2), FOREST_LOWER(1),
            FOREST_LOWER(0));
        __m512i mask = _mm512_loadu_si512(masks + i);
        __m256i word = _mm256_loadu_si256((const __m256i *)(words + i));
        __m512i goes = _mm512_and_si512(mask, lower), stays = _mm512_andnot_si512(lower, mask);
        __mmask8 going = _mm512_test_epi64_mask(goes, goes), staying = _mm512_test_epi64_mask(stays, stays);
        _mm512_storeu_si512(masks + left, _mm512_maskz_compress_epi64(going, goes));
        _mm256_storeu_si256((__m256i *)(words + left), _mm256_maskz_compress_epi32(going, word));
        left += __builtin_popcount(going);
        _mm512_storeu_si512(masks + right, _mm512_maskz_compress_epi64(staying, stays));
        _mm256_storeu_si256((__m256i *)(words + right), _mm256_maskz_compress_epi32(staying, word));
        right += __builtin_popcount(staying);
    }
    for (; i < count; i++) forest_split_word(masks, words, i, (uint64_t)FOREST_LOWER(0), &left, &right);
#undef FOREST_LOWER
    left -= count;
    for (int32_t k = 0; k < left; k += 8) {
        _mm512_storeu_si512(masks + right + k, _mm512_loadu_si512(masks + count + k));
        _mm256_storeu_si256((__m256i *)(words + right + k), _mm256_loadu_si256((const __m256i *)(words + count + k)));
    }
    return (forest_lengths){left, right};
}

#else

int forest_splits_wide(void) { return 0; }

forest_lengths forest_split_words_wide(uint64_t *masks, int32_t *words, int32_t count, const uint8_t *plane, uint8_t bin) {
    return forest_split_words(masks, words, count, plane, bin);
}

#endif
