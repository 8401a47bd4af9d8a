/** Content hashes: XXH64 with seed 0, the function the file formats name. */
#ifndef AGR_BASE_HASH_H
#define AGR_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** XXH64, seed 0, of these bytes. data may be NULL when size_bytes is 0. */
uint64_t agr_hash(const void *data, size_t size_bytes);

/** XXH64 of a string's characters, without the terminator. */
uint64_t agr_hash_text(const char *text);

/** For a hash over parts whose order counts: that of the parts so far (0 before the first) and of the
 * next one make the hash of the 16 bytes of both. */
uint64_t agr_hash_chain(uint64_t so_far, uint64_t next);

#endif
