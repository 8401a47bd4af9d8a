"""pictures.py DATASET N: the first N images of a dataset as pictures/NNNN.png, and as bytes [N,H,W,3] in pixels.raw."""
import os
import struct
import sys
import zlib

import h5py


def png(image):
    height, width, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts)


images = h5py.File(sys.argv[1])["images"][: int(sys.argv[2])]
os.makedirs("pictures")
for i, image in enumerate(images):
    open(f"pictures/{i:04}.png", "wb").write(png(image))
images.tofile("pixels.raw")
print(f"{len(images)} pictures of {images.shape[1]}x{images.shape[2]}")
