/* Affine warps of one picture, the same bits on every processor. */
#include <agr/image/warp.h>

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/* Columns whose coordinates are computed together: they stay in the first-level cache. */
enum { CHUNK = 64 };

/* Where the output pixels of one chunk read. The neighbour below and to the right always exists: on
 * the last row or column the pair begins one earlier and the fraction is 1, which gives the same
 * value. */
typedef struct {
    int32_t row[CHUNK], column[CHUNK];
    float row_fraction[CHUNK], column_fraction[CHUNK];
} chunk_taps;

/* Coordinates of output pixels (i, first..first + n) on one axis of the input, which has `size`
 * pixels: start + j*step, clamped, cut into whole and fraction. */
static void plan_axis(double start, double step, int first, int n, int size, int32_t *whole,
                      float *fraction)
{
    const double last = size - 1;
    const int32_t last_pair = size > 1 ? size - 2 : 0;
    for (int k = 0; k < n; k++) {
        double x = start + (first + k) * step;
        x = x > 0 ? x : 0;
        x = x < last ? x : last;
        int32_t w = (int32_t)x;
        w = w < last_pair ? w : last_pair;
        whole[k] = w;
        fraction[k] = (float)(x - w);
    }
}

static void plan_chunk(const double m[6], int i, int first, int n, int height, int width,
                       chunk_taps *taps)
{
    plan_axis(m[0] * i + m[2], m[1], first, n, height, taps->row, taps->row_fraction);
    plan_axis(m[3] * i + m[5], m[4], first, n, width, taps->column, taps->column_fraction);
}

/* Three channels and whatever follows, at once: vectors of the compiler's, so that the one code
 * serves every processor. Only widening bytes wants a hand where SSE2 is all there is. */
typedef float vector __attribute__((vector_size(16)));

static inline vector widen(uint32_t bytes)
{
#if defined(__SSE2__)
    const __m128i zero = _mm_setzero_si128();
    const __m128i words = _mm_unpacklo_epi8(_mm_cvtsi32_si128((int)bytes), zero);
    return (vector)_mm_cvtepi32_ps(_mm_unpacklo_epi16(words, zero));
#else
    return (vector){(float)(bytes & 255), (float)(bytes >> 8 & 255), (float)(bytes >> 16 & 255),
                    (float)(bytes >> 24)};
#endif
}

/* The pixel's three bytes, of four that start at p + `before`. */
static inline vector load_pixel(const uint8_t *p, int before)
{
    uint32_t bytes;
    memcpy(&bytes, p + before, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    bytes = __builtin_bswap32(bytes);
#endif
    return widen(before < 0 ? bytes >> 8 : bytes);
}

/* Interpolates between the pixels at p and p + 3, reading these six bytes and no other. */
static inline vector mix_pair(const uint8_t *p, float fraction)
{
    const vector a = load_pixel(p, 0), b = load_pixel(p + 3, -1);
    return (1.0f - fraction) * a + fraction * b;
}

/* Pixels are gathered as vectors of four floats, each overwriting the surplus of the one before,
 * and then divided on the way out. */
static void warp_chunk_u8(const chunk_taps *taps, int n, const uint8_t *x, int width, float *y)
{
    float gathered[3 * CHUNK + 1];
    const size_t row_bytes = 3 * (size_t)width;
    for (int k = 0; k < n; k++) {
        const uint8_t *p = x + (size_t)taps->row[k] * row_bytes + 3 * (size_t)taps->column[k];
        const vector above = mix_pair(p, taps->column_fraction[k]);
        const vector below = mix_pair(p + row_bytes, taps->column_fraction[k]);
        const float fraction = taps->row_fraction[k];
        const vector value = (1.0f - fraction) * above + fraction * below;
        memcpy(gathered + 3 * k, &value, sizeof value);
    }
    for (int k = 0; k < 3 * n; k++)
        y[k] = gathered[k] / 255.0f;
}

/* Images of one row or column have no pairs: each neighbour is clamped on its own. */
static void warp_thin_u8(const chunk_taps *taps, int n, const uint8_t *x, int height, int width,
                         float *y)
{
    const size_t below = height > 1 ? 3 * (size_t)width : 0, right = width > 1 ? 3 : 0;
    for (int k = 0; k < n; k++) {
        const uint8_t *p = x + 3 * ((size_t)taps->row[k] * (size_t)width + (size_t)taps->column[k]);
        const float f = taps->row_fraction[k], g = taps->column_fraction[k];
        for (int c = 0; c < 3; c++, p++)
            *y++ = ((1.0f - f) * ((1.0f - g) * p[0] + g * p[right]) +
                    f * ((1.0f - g) * p[below] + g * p[below + right])) /
                   255.0f;
    }
}

void agr_image_warp_u8(const double m[6], const uint8_t *x, int height, int width, float *y)
{
    chunk_taps taps;
    for (int i = 0; i < height; i++)
        for (int first = 0; first < width; first += CHUNK) {
            const int n = width - first < CHUNK ? width - first : CHUNK;
            plan_chunk(m, i, first, n, height, width, &taps);
            if (height > 1 && width > 1)
                warp_chunk_u8(&taps, n, x, width, y);
            else
                warp_thin_u8(&taps, n, x, height, width, y);
            y += 3 * (size_t)n;
        }
}

void agr_image_normalise(const uint8_t *x, int64_t n, float *y)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = (float)x[i] / 255.0f;
}
