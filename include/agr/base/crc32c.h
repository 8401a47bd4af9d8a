/** CRC-32C (Castagnoli), as RFC 3720 has it: the checksum of TensorFlow's record files. */
#ifndef AGR_BASE_CRC32C_H
#define AGR_BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/** Of these bytes. A bit at a time: meant for some hundred bytes, not for files. */
uint32_t agr_crc32c(const void *data, size_t size_bytes);

#endif
