/* Where stb_image and stb_image_write are compiled, with what we need of them and no more. */
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include "stb_impl.h"
