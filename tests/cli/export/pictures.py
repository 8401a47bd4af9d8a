"""pictures.py DATASET N FOLDER: the first N images of a dataset as FOLDER/NNNN.png, and as bytes [N,H,W,3] in FOLDER.raw."""
import os
import sys

import h5py

from png import png


images = h5py.File(sys.argv[1])["images"][: int(sys.argv[2])]
folder = sys.argv[3]
os.makedirs(folder)
for i, image in enumerate(images):
    open(f"{folder}/{i:04}.png", "wb").write(png(*image.shape[:2], image.tobytes()))
images.tofile(folder + ".raw")
print(f"{len(images)} pictures of {images.shape[1]}x{images.shape[2]}")
