/** The product of bf16_impl.h on AMX tiles: 16 rows of 16 words each. Included by it alone. */
#ifndef AGR_KERNELS_BF16_AMX_H
#define AGR_KERNELS_BF16_AMX_H

enum { AMX_ROWS = 16 };

/* The compiler's intrinsics do not say that they read memory: what was stored there must be. */
AGR_INLINE void amx_settle(const void *memory)
{
    __asm__ volatile("" : : "r"(memory) : "memory");
}

/* Tiles 0 to 3: sums of 2 x 2 tiles. 4, 5: of a. 6, 7: of b. All as large as they get. */
AGR_INLINE void bf16_begin(void)
{
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int tile = 0; tile < 8; tile++) {
        shape.row_bytes[tile] = 64;
        shape.rows[tile] = AMX_ROWS;
    }
    amx_settle(&shape);
    _tile_loadconfig(&shape);
}

AGR_INLINE void bf16_end(void)
{
    _tile_release();
}

/* 16 lines of 16 words, rows and columns exchanged: 16 rows. */
AGR_INLINE void amx_turn(const uint32_t *lines, uint32_t *rows)
{
    vfloat line[AMX_ROWS];
    for (int i = 0; i < AMX_ROWS; i++)
        line[i] = (vfloat)bf16_load(lines + i * CONV_BLOCK);
    v_transpose(line);
    for (int i = 0; i < AMX_ROWS; i++)
        bf16_store(rows + i * BF16_WORDS, (vword)line[i]);
}

/* A block of lines, as a product takes it best for `a`: as rows. */
AGR_INLINE void bf16_lines_as_a(uint32_t *lines)
{
    uint32_t rows[BF16_LINES_WORDS];
    for (int64_t row = 0; row < CONV_BLOCK; row += AMX_ROWS)
        amx_turn(lines + row, rows + row * BF16_WORDS);
    memcpy(lines, rows, sizeof rows);
    amx_settle(lines);
}

/* Of n_blocks of those, the rows from `row` on. */
AGR_INLINE bf16_rows bf16_rows_of_lines(const uint32_t *lines, int64_t row, int64_t n_blocks)
{
    return (bf16_rows){lines + row * BF16_WORDS, BF16_WORDS, BF16_LINES_WORDS, 1, n_blocks};
}

/* 32 rows and 32 columns of c, or 16 rows. Nothing is fetched ahead: the processor sees these streams
 * coming, and took 6 % longer with instructions for it. */
static inline void amx_square(const bf16_rows *rows, const uint32_t *a, const uint32_t *b, float *c,
                              bool both)
{
    const int64_t row_bytes = rows->row_stride * 4;
    const uint32_t *a_below = a + AMX_ROWS * rows->row_stride;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t block = 0; block < rows->n_blocks; block++) {
        _tile_loadd(6, b, CONV_BLOCK * 4);
        _tile_loadd(4, a, row_bytes);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + AMX_ROWS, CONV_BLOCK * 4);
        _tile_dpbf16ps(1, 4, 7);
        if (both) {
            _tile_loadd(5, a_below, row_bytes);
            _tile_dpbf16ps(2, 5, 6);
            _tile_dpbf16ps(3, 5, 7);
        }
        a += rows->block_stride;
        a_below += rows->block_stride;
        b += BF16_LINES_WORDS;
    }
    _tile_stored(0, c, CONV_BLOCK * 4);
    _tile_stored(1, c + AMX_ROWS, CONV_BLOCK * 4);
    if (both) {
        _tile_stored(2, c + AMX_ROWS * CONV_BLOCK, CONV_BLOCK * 4);
        _tile_stored(3, c + AMX_ROWS * CONV_BLOCK + AMX_ROWS, CONV_BLOCK * 4);
    }
}

/* As the other bf16_multiply(). All 32 columns are computed whatever n_columns is. */
static inline void bf16_multiply(const bf16_rows *rows, int64_t n_rows, const uint32_t *b,
                                 int64_t n_columns, float *c)
{
    (void)n_columns;
    for (int64_t r = 0; r < n_rows; r += 2 * AMX_ROWS)
        amx_square(rows, rows->a + r * rows->row_stride, b, c + r * CONV_BLOCK,
                   n_rows - r > AMX_ROWS);
}

#endif
