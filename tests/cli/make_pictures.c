/* make_pictures FOLDER COUNT: small JPEGs with UTKFace names, no two alike, for tests of prepare.
 * Names, labels and pixels are a function of the number alone. */
#include <agr/base/file.h>
#include <agr/base/random.h>
#include <agr/image/encode.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_SIDE = 80 };

static void draw_picture(agr_random_block draw, uint8_t *rgb, int height, int width)
{
    for (int i = 0; i < height; i++)
        for (int j = 0; j < width; j++)
            for (int c = 0; c < 3; c++)
                rgb[3 * (i * width + j) + c] =
                    (uint8_t)((uint32_t)(3 * i + (c + 2) * j) + (draw.word[c] >> 24));
}

static agr_status make_picture(const char *folder, uint32_t number, agr_error *err)
{
    static uint8_t rgb[MAX_SIDE * MAX_SIDE * 3];
    const agr_random_block draw =
        agr_random_at(agr_random_key_make(0, AGR_RANDOM_TEST, 0), number, 0, 0, 0);
    const int height = 40 + (int)(draw.word[3] % 40), width = 40 + (int)(draw.word[3] / 40 % 40);
    char path[AGR_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%u_%u_%u_2020%013u.jpg", folder, number % 117, number % 2,
             number % 5, number);
    draw_picture(draw, rgb, height, width);
    agr_text file = {0};
    agr_status status = agr_image_encode_jpeg(rgb, height, width, 95, &file, err);
    if (status == AGR_OK)
        status = agr_file_write(path, file.data, file.length, err);
    agr_text_release(&file);
    return status;
}

int main(int argc, char **argv)
{
    agr_error err = {0};
    if (argc != 3)
        return 2;
    agr_status status = agr_folder_create(argv[1], &err);
    const long count = strtol(argv[2], NULL, 10);
    for (long i = 0; status == AGR_OK && i < count; i++)
        status = make_picture(argv[1], (uint32_t)i, &err);
    if (status != AGR_OK)
        fprintf(stderr, "%s\n", err.text);
    return status != AGR_OK;
}
