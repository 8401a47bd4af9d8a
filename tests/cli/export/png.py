"""A picture [H,W,3] of bytes as the bytes of a PNG."""
import struct
import zlib


def png(height, width, rgb):
    rows = b"".join(b"\0" + rgb[3 * width * i : 3 * width * (i + 1)] for i in range(height))
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)
