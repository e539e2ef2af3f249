"""Writes tiffs.txt: what the first image of every TIFF under a folder decodes to, by tifffile, which shares no code with Coppice.

Usage: python3 make_tiffs.py FORMATS_TIFF_FOLDER > tiffs.txt        (needs tifffile, imagecodecs and numpy)

A line is `path width height channels sample-type pixels-crc`: the CRC-32 of the pixels as Coppice serves them, palettes looked up,
grey counted from black, values of fewer than 8 bits scaled to 8, alpha dropped, floats of 16 and 64 bits as ones of 32, little-endian. A file whose values are
integers or complex numbers of other sizes, or whose colours are not read, is `path refused`. Left out are files that tifffile does not read, those that were
broken on purpose (of which each decoder makes what it can), and uncompressed ones with a predictor, which libtiff does not look at.
"""
import sys
import zlib
from pathlib import Path

import numpy
import tifffile

UNREAD = {"YCBCR", "LOGL", "LOGLUV", "ITULAB", "CFA"}


def name_of(value):
    """Of a tag's value, which is a number where tifffile knows no name."""
    return getattr(value, "name", str(value))


def line(path, name):
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        bits = page.bitspersample
        if page.compression == 1 and page.predictor != 1:
            raise ValueError("a predictor without compression")
        jpeg = name_of(page.compression) in ("JPEG", "OJPEG")
        known = {1: [*range(1, 17), 32], 4: [*range(1, 17), 32], 2: [8, 16, 32], 3: [16, 32, 64]}
        if not isinstance(bits, int) or bits not in known.get(page.sampleformat, []):
            return f"{name} refused"
        if name_of(page.photometric) in UNREAD and not (jpeg and name_of(page.photometric) == "YCBCR"):
            return f"{name} refused"
        pixels = page.asarray()
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            pixels = numpy.moveaxis(pixels, 0, -1)
        pixels = pixels.reshape(page.imagelength, page.imagewidth, page.samplesperpixel)
        if name_of(page.photometric) == "PALETTE":
            pixels = (page.colormap >> 8).astype(numpy.uint8)[:, pixels[..., 0]].transpose(1, 2, 0)
        else:
            first = page.samplesperpixel - len(page.extrasamples)
            alpha = [first + i for i, kind in enumerate(page.extrasamples) if kind in (1, 2)]
            pixels = numpy.delete(pixels, alpha, axis=2)
            if name_of(page.photometric) == "MINISWHITE" and page.sampleformat == 1:
                pixels = ((1 << bits) - 1 - pixels.astype(int)).astype(pixels.dtype)
            if bits < 8:
                pixels = (pixels.astype(int) * 255 // ((1 << bits) - 1)).astype(numpy.uint8)
        if pixels.dtype.kind == "f":
            pixels = pixels.astype(numpy.float32)
        data = numpy.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))).tobytes()
        return f"{name} {page.imagewidth} {page.imagelength} {pixels.shape[2]} {pixels.dtype.name} {zlib.crc32(data):08x}"


def main():
    folder = Path(sys.argv[1])
    for path in sorted(folder.rglob("*.tif*")):
        if path.name.startswith("crash-") or "fuzz" in path.parts:
            continue
        try:
            print(line(path, path.relative_to(folder).as_posix()))
        except Exception as error:  # whatever a broken file makes of it
            print(f"{path}: {type(error).__name__}: {error}"[:200], file=sys.stderr)


if __name__ == "__main__":
    main()
