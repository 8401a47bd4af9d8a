/* XXH64, as our file formats name it. */
#include <agr/base/hash.h>

#include <string.h>
#include <xxhash.h>

uint64_t agr_hash(const void *data, size_t size_bytes)
{
    return XXH64(data, size_bytes, 0);
}

uint64_t agr_hash_text(const char *text)
{
    return agr_hash(text, strlen(text));
}

uint64_t agr_hash_chain(uint64_t so_far, uint64_t next)
{
    const uint64_t both[2] = {so_far, next};
    return agr_hash(both, sizeof both);
}
