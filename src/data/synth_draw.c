/* Draws one synthetic picture: a scene chosen by its labels, then pixels. */
#include <agr/base/random.h>
#include <agr/data/synth.h>

#include <stddef.h>

#include "synth_impl.h"

enum { SIDE = AGR_SYNTH_SIDE, MAX_SIDES = 5, MAX_DISCS = 6, NOISE_VALUES = 4096 };

typedef struct {
    float channel[3]; /* red, green, blue */
} colour;

typedef struct {
    float x, y, radius, alpha;
    colour fill;
} disc;

/* Everything one picture shows, in pixels and in colours of [0, 1]. */
typedef struct {
    float x, y, radius;             /* of the glyph */
    float ux, uy, vx, vy;           /* pixel offset -> glyph coordinates in units of the radius */
    float eccentric_u, eccentric_v; /* of an ellipse about one of its foci */
    int n_sides;                    /* 0: ellipse */
    float side[MAX_SIDES][2];       /* unit normals of a polygon's sides */
    float roundness;                /* of a polygon: 0 sharp, 1 a circle */
    float n_rings, ring_offset, stroke;
    colour fill, ink, dot, background[2];
    float background_x, background_y; /* direction of the gradient, in gradients a pixel */
    float dot_radius;
    int n_discs;
    disc disc[MAX_DISCS];
    float bar_x, bar_y, bar_offset, bar_half_width; /* a bar across; half width 0: none */
    colour bar;
    float light_x, light_y; /* relative change of the light a pixel */
    colour light;           /* at the centre */
    float noise;            /* standard deviation */
    uint32_t noise_start;
} scene;

/* One row of the picture, a plane a channel, so that the loops over it become vector code. */
typedef struct {
    float channel[3][SIDE];
} row;

static float clamp01(float x)
{
    return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
}

static float maximum(float a, float b)
{
    return a > b ? a : b;
}

/* A polynomial and a square root where libm would do, because libm differs between machines. The
 * Taylor series of sin(2 pi t) for |t| <= 1/4 leaves less than 1e-7. */
static float turn_sine(float turns)
{
    double t = (double)turns;
    t -= (double)(int64_t)t; /* (-1, 1) */
    t = t > 0.5 ? t - 1.0 : t < -0.5 ? t + 1.0 : t;
    t = t > 0.25 ? 0.5 - t : t < -0.25 ? -0.5 - t : t;
    const double a = t * 6.283185307179586, q = a * a;
    return (float)(a *
                   (1 - q / 6 *
                            (1 - q / 20 *
                                     (1 - q / 42 * (1 - q / 72 * (1 - q / 110 * (1 - q / 156)))))));
}

static float turn_cosine(float turns)
{
    return turn_sine(turns + 0.25f);
}

/* hue in turns, saturation and value in [0, 1]. */
static colour hsv(float hue, float saturation, float value)
{
    colour result;
    for (int i = 0; i < 3; i++) {
        float h = hue + (float)(3 - i) / 3.0f;
        h -= (float)(int)h;                             /* [0, 1), 0 where this channel peaks */
        const float distance = h < 0.5f ? h : 1.0f - h; /* 0..1/2 */
        const float strength = clamp01(2.0f - 6.0f * distance);
        result.channel[i] = value * (1.0f - saturation * (1.0f - strength));
    }
    return result;
}

static float uniform(synth_stream *stream, float low, float high)
{
    return low + (high - low) * agr_random_float(synth_word(stream));
}

/* Mean 0, standard deviation 1: the sum of four uniforms. */
static float bell(synth_stream *stream)
{
    float sum = 0.0f;
    for (int i = 0; i < 4; i++)
        sum += uniform(stream, -0.5f, 0.5f);
    return sum * 1.7320508f;
}

/* One of the scenery's colours: pale, of a hue up to `spread` turns from `hue`. */
static colour any_colour(synth_stream *random, float hue, float spread, float max_saturation)
{
    const float turns = hue + uniform(random, 0.0f, spread);
    const float saturation = uniform(random, 0.0f, max_saturation);
    return hsv(turns, saturation, uniform(random, 0.3f, 0.95f));
}

static void choose_place(scene *s, const agr_synth_labels *labels, synth_stream *random)
{
    s->radius = uniform(random, 50.0f, 70.0f);
    s->x = (float)SIDE / 2 + uniform(random, -16.0f, 16.0f);
    s->y = (float)SIDE / 2 + uniform(random, -16.0f, 16.0f);
    const float turn = uniform(random, 0.0f, 1.0f), aspect = uniform(random, 0.8f, 1.0f);
    s->ux = turn_cosine(turn) / s->radius;
    s->uy = turn_sine(turn) / s->radius;
    s->vx = -turn_sine(turn) / (s->radius * aspect);
    s->vy = turn_cosine(turn) / (s->radius * aspect);
    s->eccentric_u = uniform(random, -0.2f, 0.2f);
    s->eccentric_v = uniform(random, -0.2f, 0.2f);
    s->roundness = uniform(random, 0.0f, 0.15f);
    const int n_sides = 3 + (int)uniform(random, 0.0f, 3.0f);
    s->n_sides = labels->gender == 0 ? 0 : n_sides;
    /* A polygon of the unit circle's area, so that size does not tell the outline. */
    static const float apothem[MAX_SIDES + 1] = {[3] = 0.778f, [4] = 0.886f, [5] = 0.930f};
    for (int i = 0; i < s->n_sides; i++) {
        s->side[i][0] = turn_cosine((float)i / (float)n_sides) / apothem[n_sides];
        s->side[i][1] = turn_sine((float)i / (float)n_sides) / apothem[n_sides];
    }
    const float blurred_age = maximum(0.0f, (float)labels->age + 3.0f * bell(random));
    s->n_rings = 1.2f + 0.12f * blurred_age;
    s->ring_offset = uniform(random, 0.0f, 1.0f);
    const float spacing = s->radius / s->n_rings;
    s->stroke = uniform(random, 2.6f, 3.2f);
    if (s->stroke > 0.5f * spacing)
        s->stroke = 0.5f * spacing;
}

static void choose_colours(scene *s, const agr_synth_labels *labels, synth_stream *random)
{
    static const float hue_of_race[5] = {12, 84, 156, 228, 300};
    const float hue = (hue_of_race[labels->race] + 18.0f * bell(random) + 360.0f) / 360.0f;
    const float pale = (float)labels->age / 116.0f;
    const float saturation = 0.85f - 0.5f * pale + uniform(random, -0.08f, 0.08f);
    const float value = uniform(random, 0.75f, 1.0f);
    s->fill = hsv(hue, saturation, value);
    s->ink = hsv(hue, 0.9f * saturation, value * uniform(random, 0.2f, 0.3f));

    static const float dots[AGR_SYNTH_EYE_COLORS][3] = {{20, 0.75f, 0.42f},
                                                        {215, 0.75f, 0.85f},
                                                        {42, 0.85f, 0.85f},
                                                        {115, 0.6f, 0.6f},
                                                        {0, 0, 0.6f}};
    const float *dot = dots[labels->eye_color];
    s->dot = hsv((dot[0] + 8.0f * bell(random) + 360.0f) / 360.0f, dot[1], dot[2]);
    s->dot_radius = uniform(random, 9.0f, 12.0f);

    const float scenery = uniform(random, 0.0f, 1.0f);
    for (int i = 0; i < 2; i++)
        s->background[i] = any_colour(random, scenery, 0.15f, 0.4f);
    const float turn = uniform(random, 0.0f, 1.0f);
    s->background_x = turn_cosine(turn) / SIDE;
    s->background_y = turn_sine(turn) / SIDE;
    s->n_discs = (int)uniform(random, 0.0f, MAX_DISCS + 1);
    for (int i = 0; i < s->n_discs; i++) {
        disc *d = &s->disc[i];
        d->x = uniform(random, 0.0f, SIDE);
        d->y = uniform(random, 0.0f, SIDE);
        d->radius = uniform(random, 8.0f, 34.0f);
        d->alpha = uniform(random, 0.2f, 0.6f);
        d->fill = any_colour(random, scenery, 0.4f, 0.6f);
    }
}

static void choose_disturbance(scene *s, synth_stream *random)
{
    const float turn = uniform(random, 0.0f, 1.0f), strength = uniform(random, 0.0f, 0.5f);
    s->light_x = turn_cosine(turn) * strength / SIDE;
    s->light_y = turn_sine(turn) * strength / SIDE;
    const float exposure = uniform(random, 0.8f, 1.15f);
    const float red = uniform(random, 0.9f, 1.1f), blue = uniform(random, 0.9f, 1.1f);
    s->light = (colour){{exposure * red, exposure, exposure * blue}};
    s->noise = uniform(random, 0.008f, 0.05f);
    s->noise_start = synth_word(random);

    const float bar_turn = uniform(random, 0.0f, 1.0f);
    s->bar_x = turn_cosine(bar_turn);
    s->bar_y = turn_sine(bar_turn);
    s->bar_offset = uniform(random, -60.0f, 60.0f);
    s->bar_half_width = uniform(random, 2.0f, 7.0f);
    s->bar = any_colour(random, 0.0f, 1.0f, 0.3f);
    if (uniform(random, 0.0f, 1.0f) > 0.25f)
        s->bar_half_width = 0.0f;
}

/* row = row * (1 - alpha) + paint * alpha. */
static void blend(row *target, const float *alpha, colour paint)
{
    for (int c = 0; c < 3; c++)
        for (int x = 0; x < SIDE; x++)
            target->channel[c][x] += alpha[x] * (paint.channel[c] - target->channel[c][x]);
}

static void draw_background(const scene *s, float y, row *target)
{
    float alpha[SIDE];
    for (int c = 0; c < 3; c++)
        for (int x = 0; x < SIDE; x++)
            target->channel[c][x] = s->background[0].channel[c];
    const float at_row = 0.5f + (y - (float)SIDE / 2) * s->background_y;
    for (int x = 0; x < SIDE; x++)
        alpha[x] = clamp01(at_row + ((float)x - (float)SIDE / 2) * s->background_x);
    blend(target, alpha, s->background[1]);
}

static void draw_disc(const disc *d, float y, row *target)
{
    const float dy = y - d->y;
    if (dy > d->radius + 1 || dy < -d->radius - 1)
        return;
    float alpha[SIDE];
    for (int x = 0; x < SIDE; x++) {
        const float dx = (float)x - d->x;
        alpha[x] = d->alpha * clamp01(d->radius + 0.5f - __builtin_sqrtf(dx * dx + dy * dy));
    }
    blend(target, alpha, d->fill);
}

/* level[x]: 0 at the glyph's centre, 1 on its outline, growing in proportion along every ray. */
static void glyph_level(const scene *s, float y, float *level)
{
    float u[SIDE], v[SIDE];
    const float dy = y - s->y;
    for (int x = 0; x < SIDE; x++) {
        const float dx = (float)x - s->x;
        u[x] = dx * s->ux + dy * s->uy;
        v[x] = dx * s->vx + dy * s->vy;
    }
    if (s->n_sides == 0) {
        for (int x = 0; x < SIDE; x++) {
            const float r = __builtin_sqrtf(u[x] * u[x] + v[x] * v[x]);
            level[x] = r + s->eccentric_u * u[x] + s->eccentric_v * v[x];
        }
        return;
    }
    float flat[SIDE] = {0};
    for (int i = 0; i < s->n_sides; i++)
        for (int x = 0; x < SIDE; x++)
            flat[x] = maximum(flat[x], u[x] * s->side[i][0] + v[x] * s->side[i][1]);
    for (int x = 0; x < SIDE; x++) {
        const float r = __builtin_sqrtf(u[x] * u[x] + v[x] * v[x]);
        level[x] = flat[x] + s->roundness * (r - flat[x]);
    }
}

static void draw_glyph(const scene *s, float y, row *target)
{
    const float dy = y - s->y, reach = 1.6f * s->radius;
    if (dy > reach || dy < -reach)
        return;
    float level[SIDE], alpha[SIDE];

    glyph_level(s, y - 5.0f, level); /* the shadow falls five pixels lower */
    for (int x = 0; x < SIDE; x++)
        alpha[x] = 0.45f * clamp01(3.0f * (1.15f - level[x]));
    blend(target, alpha, (colour){{0.05f, 0.05f, 0.08f}});

    glyph_level(s, y, level);
    for (int x = 0; x < SIDE; x++)
        alpha[x] = clamp01(0.5f + (1.0f - level[x]) * s->radius);
    blend(target, alpha, s->fill);

    const float spacing = s->radius / s->n_rings;
    for (int x = 0; x < SIDE; x++) {
        const float inside = clamp01(0.5f + (1.0f - level[x]) * s->radius);
        const float phase = maximum(0.0f, level[x] * s->n_rings + s->ring_offset);
        const float from_line = __builtin_fabsf(phase - (float)(int)phase - 0.5f) * spacing;
        const float ring = clamp01(0.5f * s->stroke + 0.5f - from_line);
        const float from_edge = __builtin_fabsf(1.0f - level[x]) * s->radius;
        const float outline = clamp01(2.0f - from_edge);
        alpha[x] = maximum(ring * inside, outline);
    }
    blend(target, alpha, s->ink);
}

static void draw_dot(const scene *s, float y, row *target)
{
    draw_disc(&(disc){s->x, s->y, s->dot_radius + 5.0f, 1.0f, {{0.97f, 0.97f, 0.95f}}}, y, target);
    draw_disc(&(disc){s->x, s->y, s->dot_radius, 1.0f, s->dot}, y, target);
    draw_disc(&(disc){s->x - 3.0f, s->y - 3.0f, 2.0f, 0.9f, {{1.0f, 1.0f, 1.0f}}}, y, target);
}

static void draw_bar(const scene *s, float y, row *target)
{
    if (s->bar_half_width <= 0.0f)
        return;
    float alpha[SIDE];
    const float at_row = (y - (float)SIDE / 2) * s->bar_y - s->bar_offset;
    for (int x = 0; x < SIDE; x++) {
        const float distance = __builtin_fabsf(at_row + ((float)x - (float)SIDE / 2) * s->bar_x);
        alpha[x] = 0.85f * clamp01(s->bar_half_width + 0.5f - distance);
    }
    blend(target, alpha, s->bar);
}

/* A table of bell-shaped values, from which every row of a picture takes a stretch of its own. */
static const float *noise_table(float table[NOISE_VALUES], uint64_t seed)
{
    synth_stream random = synth_stream_at(seed, -1, SYNTH_NOISE);
    for (int i = 0; i < NOISE_VALUES; i++) {
        const uint32_t word = synth_word(&random);
        const uint32_t sum = (word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24);
        table[i] = ((float)sum - 510.0f) * (1.0f / 147.8f);
    }
    return table;
}

static void expose(const scene *s, const float *noise, int y, row *source, uint8_t *rgb)
{
    const float at_row = 1.0f + ((float)y - (float)SIDE / 2) * s->light_y;
    for (int c = 0; c < 3; c++) {
        const uint32_t hash = (s->noise_start + (uint32_t)(3 * y + c)) * 2654435761u;
        const float *grain = noise + hash % (NOISE_VALUES - SIDE);
        float *channel = source->channel[c];
        for (int x = 0; x < SIDE; x++) {
            const float lit = at_row + ((float)x - (float)SIDE / 2) * s->light_x;
            channel[x] =
                255.0f * clamp01(channel[x] * s->light.channel[c] * lit + s->noise * grain[x]) +
                0.5f;
        }
    }
    for (int x = 0; x < SIDE; x++)
        for (int c = 0; c < 3; c++)
            rgb[3 * x + c] = (uint8_t)source->channel[c][x];
}

void agr_synth_draw(uint64_t seed, int64_t index, uint8_t *rgb)
{
    const agr_synth_labels labels = agr_synth_labels_of(seed, index);
    scene s = {0};
    synth_stream place = synth_stream_at(seed, index, SYNTH_PLACE);
    synth_stream colours = synth_stream_at(seed, index, SYNTH_COLOURS);
    synth_stream disturbance = synth_stream_at(seed, index, SYNTH_DISTURBANCE);
    choose_place(&s, &labels, &place);
    choose_colours(&s, &labels, &colours);
    choose_disturbance(&s, &disturbance);

    float table[NOISE_VALUES];
    const float *noise = noise_table(table, seed);
    for (int y = 0; y < SIDE; y++) {
        row target;
        draw_background(&s, (float)y, &target);
        for (int i = 0; i < s.n_discs; i++)
            draw_disc(&s.disc[i], (float)y, &target);
        draw_glyph(&s, (float)y, &target);
        draw_dot(&s, (float)y, &target);
        draw_bar(&s, (float)y, &target);
        expose(&s, noise, y, &target, rgb + (size_t)y * SIDE * 3);
    }
}
