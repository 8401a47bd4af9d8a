"""web_pictures.py FOLDER: pictures of sizes that are brought to 32 x 32 in every way there is, as PNG."""
import os
import sys

from png import png

folder = sys.argv[1]
os.makedirs(folder)
for name, height, width in [("same", 32, 32), ("double", 64, 64), ("smaller", 45, 61), ("tiny", 7, 20), ("trained", 200, 200), ("large", 301, 530)]:
    rgb = bytes((i * i // 7 + 5 * j + 90 * c + (i ^ j)) % 256 for i in range(height) for j in range(width) for c in range(3))
    open(f"{folder}/{name}.png", "wb").write(png(height, width, rgb))
