"""Makes the images of this folder with Pillow, and expected.csv: what Pillow reads in them, upright and in RGB."""

import io
import struct

import numpy as np
from PIL import Image, ImageOps

UPRIGHT = [(220, 40, 30), (40, 200, 60), (30, 60, 210), (230, 220, 70)]
INKS = [(35, 215, 225, 0), (215, 55, 195, 40), (225, 195, 45, 90), (25, 35, 185, 200)]
JPEG = {"quality": 100, "subsampling": 0}


def quarters(values):
    """24 x 16, a value in each quarter: left above, right above, left below, right below."""
    a = np.zeros((16, 24, len(values[0])), np.uint8)
    a[:8, :16], a[:8, 16:], a[8:, :16], a[8:, 16:] = values
    return a


upright = Image.fromarray(quarters(UPRIGHT))
TURN_BACK = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
for orientation, back in TURN_BACK.items():
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright if back is None else upright.transpose(back)
    stored.save(f"orientation-{orientation}.jpg", exif=exif, **JPEG)
    if orientation == 6:
        stored.save("orientation-6.png", exif=exif)
        stored.save("orientation-6.webp", exif=exif, lossless=True)

upright.save("lossless.webp", lossless=True)
upright.save("lossy.webp", quality=95)

inks = quarters(INKS)
Image.fromarray(inks, "CMYK").save("cmyk-adobe.jpg", **JPEG)
with open("cmyk-adobe.jpg", "rb") as f:
    adobe = f.read()
at = adobe.index(b"Adobe") - 4
plain = adobe[:at] + adobe[at + 16:]
with open("cmyk-plain.jpg", "wb") as f:
    f.write(plain)
# YCCK: the complements' complements as YCbCr, the marker's transform set to 2.
rgb = 255 - (255 - inks[..., :3].astype(float))
r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
ycc = np.stack([
    0.299 * r + 0.587 * g + 0.114 * b,
    128 - 0.168735892 * r - 0.331264108 * g + 0.5 * b,
    128 + 0.5 * r - 0.418687589 * g - 0.081312411 * b,
    255 - inks[..., 3].astype(float),
], -1).round().clip(0, 255).astype(np.uint8)
out = io.BytesIO()
Image.fromarray(255 - ycc, "CMYK").save(out, "JPEG", **JPEG)
ycck = bytearray(out.getvalue())
ycck[ycck.index(b"Adobe") + 11] = 2
with open("ycck-adobe.jpg", "wb") as f:
    f.write(ycck)

# Bitmaps of 16 bits a pixel, with five for each colour or six for green.
for name, bits, masks in (("bits-555.bmp", (5, 5, 5), b""), ("bits-565.bmp", (5, 6, 5), struct.pack("<III", 0xf800, 0x7e0, 0x1f))):
    rgb = quarters(UPRIGHT).astype(np.uint16) >> (8 - np.array(bits))
    pixels = (rgb[..., 0] << bits[1] + bits[2] | rgb[..., 1] << bits[2] | rgb[..., 2]).astype("<u2")[::-1].tobytes()
    with open(name, "wb") as f:
        f.write(b"BM" + struct.pack("<IHHI", 54 + len(masks) + len(pixels), 0, 0, 54 + len(masks)))
        f.write(struct.pack("<IiiHHIIiiII", 40, 24, 16, 1, 16, 3 if masks else 0, len(pixels), 0, 0, 0, 0))
        f.write(masks + pixels)

names = [f"orientation-{o}.jpg" for o in TURN_BACK] + [
    "orientation-6.png", "orientation-6.webp", "lossless.webp", "lossy.webp",
    "cmyk-adobe.jpg", "cmyk-plain.jpg", "ycck-adobe.jpg", "bits-555.bmp", "bits-565.bmp"]
with open("expected.csv", "w") as f:
    f.write("file,left above,right above,left below,right below\n")
    for name in names:
        a = np.asarray(ImageOps.exif_transpose(Image.open(name)).convert("RGB"))
        assert a.shape == (16, 24, 3), (name, a.shape)
        colours = [a[4, 7], a[4, 20], a[12, 7], a[12, 20]]
        f.write(name + "," + ",".join(" ".join(map(str, c)) for c in colours) + "\n")
