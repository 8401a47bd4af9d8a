"""pictures.py DATASET N FOLDER: the first N images of a dataset as FOLDER/NNNN.png, and as bytes [N,H,W,3] in FOLDER.raw."""
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
folder = sys.argv[3]
os.makedirs(folder)
for i, image in enumerate(images):
    open(f"{folder}/{i:04}.png", "wb").write(png(image))
images.tofile(folder + ".raw")
print(f"{len(images)} pictures of {images.shape[1]}x{images.shape[2]}")
