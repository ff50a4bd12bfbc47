"""Writes rotations.bin: images and what Pillow's Image.rotate (nearest, fill 0) makes of them.

Each case, big-endian: angle in degrees (float64), height, width (int32), the image, the rotated image (bytes).
Made with Pillow 12.3.0.
"""
import struct

import numpy
from PIL import Image

random = numpy.random.default_rng(2024)
angles = [0, 90, -90, 180, -180, 45, 25, -25, *random.uniform(-25, 25, 10), *random.uniform(-180, 180, 6)]
with open("rotations.bin", "wb") as file:
    for i, angle in enumerate(angles):
        # Any other source pixel is another byte, nearly always.
        height, width = [(28, 28), (5, 7), (32, 17)][i % 3]
        image = random.integers(1, 256, (height, width), dtype=numpy.uint8)
        rotated = Image.fromarray(image).rotate(float(angle), Image.NEAREST, fillcolor=0)
        file.write(struct.pack(">dii", angle, height, width) + image.tobytes() + rotated.tobytes())
