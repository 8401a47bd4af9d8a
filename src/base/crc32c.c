/* CRC-32C, without a table. */
#include <agr/base/crc32c.h>

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, lowest bit first */

uint32_t agr_crc32c(const void *data, size_t size_bytes)
{
    const uint8_t *byte = data;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size_bytes; i++) {
        crc ^= byte[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
    }
    return ~crc;
}
