/* What the definition in bf16_impl.h says, to the bit, of the set that this file is compiled for: rounding, products, and the
 * units' own arithmetic. A processor without the unit skips. */
#include <test.h>

#include <agr/base/cpu.h>
#include <agr/base/random.h>
#include <bf16_impl.h>
#include <math.h>

#if defined(__AMX_BF16__)
static const agr_isa needed = AGR_ISA_AMX;
#elif defined(__AVX512BF16__)
static const agr_isa needed = AGR_ISA_AVX512_BF16;
#else
static const agr_isa needed = AGR_ISA_GENERIC;
#endif

static void skip_without_unit(void)
{
    if (agr_isa_detect() >= needed)
        return;
    print_message("this processor has no %s\n", agr_isa_name(needed));
    skip();
}

static uint32_t word_at(uint32_t i, uint32_t which)
{
    return agr_random_at(agr_random_key_make(5, AGR_RANDOM_TEST, 0), i, which, 0, 0).word[0];
}

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* ---- rounding ---- */

/* The definition, a number at a time: what lies nearer, of two neighbours the even one. */
static float rounded(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x) || isinf(x))
        return from_bits(bits & 0xFFFF0000);
    if (fabsf(x) < 0x1p-56F)
        return 0;
    const double below = (double)from_bits(bits & 0xFFFF0000);
    const bool even = (bits & 0x10000) == 0;
    const double half = ldexp(1, ilogbf(x) - 8), rest = fabs((double)x - below);
    const bool up = rest > half || (rest >= half && !even);
    return (float)(up ? below + copysign(2 * half, (double)x) : below);
}

/* Whether a unit wants term k of four in an upper half. */
static bool is_upper(int k)
{
    return BF16_AMX ? k % 2 == 1 : k < 2;
}

static float half_of(uint32_t word, bool upper)
{
    return from_bits(upper ? word & 0xFFFF0000 : word << 16);
}

static void check_rounded(float x, float found)
{
    if (!(found == rounded(x)) && !(isnan(found) && isnan(x)))
        fail_msg("%a: expected %a, found %a", (double)x, (double)rounded(x), (double)found);
}

static void rounds_to_the_nearest_wherever_a_term_lies(void **state)
{
    (void)state;
    skip_without_unit();
    static const uint32_t special[] = {0,          0x80000000, 0x3F808000, 0x3F818000,
                                       0x3F808001, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000,
                                       0xFF800000, 0x7FC00000, 0x23800000, 0x237FFFFF,
                                       0x00000001, 0x80400000, 0x7FFFFFFF, 0xBF7F8000};
    enum { N_SPECIAL = sizeof special / sizeof *special, N = 20000, ROWS = 6 };
    for (uint32_t i = 0; i < N; i++) {
        float x[ROWS][BF16_DEPTH];
        uint32_t rows[ROWS * BF16_WORDS], lines[BF16_LINES_WORDS];
        for (uint32_t at = 0; at < ROWS * BF16_DEPTH; at++) {
            float *to = &x[at / BF16_DEPTH][at % BF16_DEPTH];
            *to = from_bits(i == 0 && at < N_SPECIAL ? special[at] : word_at(i, at));
            if (isnan(*to))
                *to = NAN;
        }
        for (int k = 0; k < ROWS; k++)
            bf16_put_row(rows + k * BF16_WORDS, x[k]);
        bf16_lines_of(rows, ROWS, lines);
        for (int k = 0; k < BF16_DEPTH; k++)
            for (int j = 0; j < CONV_BLOCK; j++) {
                const float term = k < ROWS ? x[k][j] : 0;
                const int line = k / 4 * 2 + (BF16_AMX ? k % 4 / 2 : k % 2);
                const int word = j / 4 * 2 + (BF16_AMX ? j % 4 / 2 : j % 2);
                check_rounded(term, half_of(lines[line * CONV_BLOCK + j], is_upper(k % 4)));
                if (k < ROWS)
                    check_rounded(term, half_of(rows[k * BF16_WORDS + word], is_upper(j % 4)));
            }
    }
}

/* ---- products ---- */

enum {
    MAX_ROWS = 37,
    MAX_BLOCKS = 5,
    MAX_TERMS = MAX_BLOCKS * BF16_DEPTH,
    SLACK = CONV_SLACK_ROWS
};

static float a[MAX_ROWS + SLACK][MAX_TERMS], b[MAX_TERMS][CONV_BLOCK];

/* Numbers of very different size, so that every change of order shows. */
static float number_at(uint32_t i, uint32_t which)
{
    const uint32_t word = word_at(i, which);
    return ldexpf((float)(word >> 8) * 0x1p-23F - 1, (int)(word & 15) - 8);
}

static float product_by_definition(int row, int column, int n_blocks)
{
    float sum = 0;
    for (int block = 0; block < n_blocks; block++) {
        float chain[2] = {0, 0};
        for (int k = block * BF16_DEPTH; k < (block + 1) * BF16_DEPTH; k++)
            chain[k % 2] = fmaf(rounded(a[row][k]), rounded(b[k][column]), chain[k % 2]);
        sum += chain[0] + chain[1];
    }
    return sum;
}

/* As Winograd's forward product keeps a, or as the one over tiles does. */
static bf16_rows keep_a(bool as_lines, int n_blocks, uint32_t *words)
{
    float terms[BF16_DEPTH];
    for (int block = 0; !as_lines && block < n_blocks; block++)
        for (int row = 0; row < MAX_ROWS + SLACK; row++)
            bf16_put_row(words + (block * (MAX_ROWS + SLACK) + row) * BF16_WORDS,
                         &a[row][block * BF16_DEPTH]);
    if (!as_lines)
        return (bf16_rows){words, BF16_WORDS, (MAX_ROWS + SLACK) * BF16_WORDS, 1, n_blocks};
    static uint32_t rows[MAX_TERMS * BF16_WORDS];
    for (int k = 0; k < n_blocks * BF16_DEPTH; k++) {
        for (int row = 0; row < CONV_BLOCK; row++)
            terms[row] = a[row][k];
        bf16_put_row(rows + k * BF16_WORDS, terms);
    }
    bf16_lines_of(rows, n_blocks * BF16_DEPTH, words);
    for (int block = 0; block < n_blocks; block++)
        bf16_lines_as_a(words + block * BF16_LINES_WORDS);
    return bf16_rows_of_lines(words, 0, n_blocks);
}

static void check_product(bool as_lines, int n_rows, int n_columns, int n_blocks)
{
    enum { N_WORDS = MAX_BLOCKS * (MAX_ROWS + SLACK) * CONV_BLOCK };
    static uint32_t words[N_WORDS], lines[MAX_TERMS / 2 * CONV_BLOCK];
    static uint32_t b_rows[MAX_TERMS * BF16_WORDS];
    static float c[(MAX_ROWS + SLACK) * CONV_BLOCK];
    const bf16_rows rows = keep_a(as_lines, n_blocks, words);
    for (int k = 0; k < n_blocks * BF16_DEPTH; k++)
        bf16_put_row(b_rows + k * BF16_WORDS, b[k]);
    bf16_lines_of(b_rows, n_blocks * BF16_DEPTH, lines);
    bf16_begin();
    bf16_multiply(&rows, n_rows, lines, n_columns, c);
    bf16_end();
    for (int row = 0; row < n_rows; row++)
        for (int j = 0; j < n_columns; j++) {
            const float right = product_by_definition(row, j, n_blocks);
            if (memcmp(&right, &c[row * CONV_BLOCK + j], sizeof right) != 0)
                fail_msg("%s, %d rows, %d columns, %d blocks: [%d][%d]: expected %a, found %a",
                         as_lines ? "lines" : "rows", n_rows, n_columns, n_blocks, row, j,
                         (double)right, (double)c[row * CONV_BLOCK + j]);
        }
}

static void products_have_the_order_of_the_definition(void **state)
{
    (void)state;
    skip_without_unit();
    for (uint32_t i = 0; i < MAX_ROWS + SLACK; i++)
        for (uint32_t k = 0; k < MAX_TERMS; k++)
            a[i][k] = number_at(i, k);
    for (uint32_t k = 0; k < MAX_TERMS; k++)
        for (uint32_t j = 0; j < CONV_BLOCK; j++)
            b[k][j] = number_at(1000 + k, j);
    static const int n_rows[] = {1, 4, 7, 16, 17, 32, 37}, n_columns[] = {1, 4, 9, 16, 17, 32};
    for (size_t r = 0; r < sizeof n_rows / sizeof *n_rows; r++)
        for (size_t j = 0; j < sizeof n_columns / sizeof *n_columns; j++)
            for (int n_blocks = 1; n_blocks <= MAX_BLOCKS; n_blocks += 2) {
                check_product(false, n_rows[r], n_columns[j], n_blocks);
                if (n_rows[r] <= CONV_BLOCK)
                    check_product(true, n_rows[r], n_columns[j], n_blocks);
            }
}

/* ---- the unit's own arithmetic ---- */

#if defined(__AVX512BF16__)
/* Any bits: what is below the normal numbers counts as 0, before and after each of the two steps. */
static float normal(float x)
{
    return fabsf(x) < 0x1p-126F ? 0 : x;
}

static float step_by_definition(uint32_t x, uint32_t y, float sum)
{
    const float high =
        fmaf(normal(from_bits(x & 0xFFFF0000)), normal(from_bits(y & 0xFFFF0000)), normal(sum));
    return normal(fmaf(normal(from_bits(x << 16)), normal(from_bits(y << 16)), normal(high)));
}

static void a_step_is_two_fused_multiply_adds_upper_halves_first(void **state)
{
    (void)state;
    skip_without_unit();
    enum { N = 300000 };
    for (uint32_t i = 0; i < N; i++) {
        uint32_t x[VL], y[VL];
        float sum[VL], found[VL];
        for (uint32_t lane = 0; lane < VL; lane++) {
            x[lane] = word_at(i, 3 * lane);
            y[lane] = word_at(i, 3 * lane + 1);
            sum[lane] = from_bits(word_at(i, 3 * lane + 2));
            if (i % 2 == 0) { /* of one size, so that all three count */
                x[lane] = (x[lane] & 0x807F807F) | 0x3F803F80;
                y[lane] = (y[lane] & 0x807F807F) | 0x3F803F80;
                sum[lane] = number_at(i, 3 * lane + 2);
            }
        }
        v_store(found, (vfloat)_mm512_dpbf16_ps((__m512)v_load(sum), (__m512bh)bf16_load(x),
                                                (__m512bh)bf16_load(y)));
        for (int lane = 0; lane < VL; lane++) {
            const float right = step_by_definition(x[lane], y[lane], sum[lane]);
            if (!(right == found[lane]) && !(isnan(right) && isnan(found[lane])))
                fail_msg("words %08x, %08x and %a: expected %a, found %a", x[lane], y[lane],
                         (double)sum[lane], (double)right, (double)found[lane]);
        }
    }
}
#endif

#if defined(__AMX_BF16__)
/* One TDPBF16PS: 16 x 16 sums, 16 words deep. Any bits in the second half of the rounds. */
static void a_tile_product_is_two_chains_added(void **state)
{
    (void)state;
    skip_without_unit();
    enum { N = 4000, SIZE = 16 * 16 };
    static uint32_t x[SIZE], y[SIZE];
    static float sum[SIZE], found[SIZE];
    bf16_begin();
    for (uint32_t i = 0; i < N; i++) {
        for (uint32_t at = 0; at < SIZE; at++) {
            const bool any = i % 2 == 1;
            const uint32_t keep = any ? 0xFFFFFFFF : 0x83FF83FF, set = any ? 0 : 0x3C003C00;
            x[at] = (word_at(i, 3 * at) & keep) | set;
            y[at] = (word_at(i, 3 * at + 1) & keep) | set;
            sum[at] = any ? from_bits(word_at(i, 3 * at + 2)) : number_at(i, 3 * at + 2);
        }
        amx_settle(x), amx_settle(y), amx_settle(sum);
        _tile_loadd(0, sum, 64);
        _tile_loadd(4, x, 64);
        _tile_loadd(6, y, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_stored(0, found, 64);
        amx_settle(found);
        for (int at = 0; at < SIZE; at++) {
            float even = 0, odd = 0;
            for (int word = 0; word < 16; word++) {
                const uint32_t a_word = x[at / 16 * 16 + word], b_word = y[word * 16 + at % 16];
                even = normal(
                    fmaf(normal(from_bits(a_word << 16)), normal(from_bits(b_word << 16)), even));
                odd = normal(fmaf(normal(from_bits(a_word & 0xFFFF0000)),
                                  normal(from_bits(b_word & 0xFFFF0000)), odd));
            }
            const float right = normal(normal(sum[at]) + normal(even + odd));
            if (!(right == found[at]) && !(isnan(right) && isnan(found[at])))
                fail_msg("round %u, [%d][%d]: even %a, odd %a onto %a: expected %a, found %a", i,
                         at / 16, at % 16, (double)even, (double)odd, (double)sum[at],
                         (double)right, (double)found[at]);
        }
    }
    bf16_end();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounds_to_the_nearest_wherever_a_term_lies),
        cmocka_unit_test(products_have_the_order_of_the_definition),
#if defined(__AVX512BF16__)
        cmocka_unit_test(a_step_is_two_fused_multiply_adds_upper_halves_first),
#endif
#if defined(__AMX_BF16__)
        cmocka_unit_test(a_tile_product_is_two_chains_added),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
