"""Writes pngsuite.txt: what every readable PNG under a folder decodes to, by a decoder that shares no code with Coppice.

Usage: python3 make_pngsuite.py FORMATS_PNG_FOLDER > pngsuite.txt

The decoder below is plain Python on zlib, after the PNG specification (third edition). A line is

    path width height channels sample-type pixels-crc label-crc

`pixels-crc` is the CRC-32 of the image as Coppice serves it (palette looked up, greys of 1, 2 and 4 bits scaled to 8, alpha
dropped, 16-bit values little-endian); `label-crc` that of the stored values as little-endian 16-bit labels, transparent ones 0, `-`
where the image has colours. A file that the decoder refuses is a line `path error`.
"""

import struct
import sys
import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunks(data):
    """The (type, content) of each chunk; a critical chunk must have the right CRC."""
    if data[:8] != SIGNATURE:
        raise ValueError("signature")
    at = 8
    while True:
        if at + 12 > len(data):
            raise ValueError("cut off")
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if at + 12 + length > len(data):
            raise ValueError("cut off")
        content = data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        is_critical = not kind[0] & 0x20
        if crc == zlib.crc32(kind + content):
            yield kind, content
        elif is_critical:
            raise ValueError(f"CRC of {kind!r}")
        if kind == b"IEND":
            return
        at += 12 + length


def unfiltered(raw, at, width, height, bits):
    """The rows of one pass, and where the next pass starts."""
    stride, step = (width * bits + 7) // 8, max(1, bits // 8)
    rows, above = [], bytes(stride)
    for _ in range(height):
        kind, row = raw[at], bytearray(raw[at + 1 : at + 1 + stride])
        if kind > 4 or len(row) != stride:
            raise ValueError("row")
        for i in range(stride):
            a, b = (row[i - step] if i >= step else 0), above[i]
            c = above[i - step] if i >= step else 0
            if kind == 1:
                add = a
            elif kind == 2:
                add = b
            elif kind == 3:
                add = (a + b) // 2
            elif kind == 4:
                p = a + b - c
                distances = (abs(p - a), abs(p - b), abs(p - c))
                add = (a, b, c)[distances.index(min(distances))]
            else:
                add = 0
            row[i] = (row[i] + add) & 255
        rows.append(bytes(row))
        above = row
        at += 1 + stride
    return rows, at


def samples(row, count, depth):
    """The first `count` stored values of a packed row."""
    if depth == 16:
        return list(struct.unpack(f">{count}H", row[: 2 * count]))
    per_byte = 8 // depth
    return [row[i // per_byte] >> (8 - depth * (i % per_byte + 1)) & ((1 << depth) - 1) for i in range(count)]


def decode(data):
    """The header values, the stored values [row][column * samples], the palette, and the transparent values."""
    header = palette = None
    transparency = b""
    packed = b""
    for kind, content in chunks(data):
        if header is None and kind != b"IHDR":
            raise ValueError("IHDR is not first")
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", content)
        elif kind == b"PLTE":
            palette = [tuple(content[i : i + 3]) for i in range(0, len(content), 3)]
        elif kind == b"tRNS" and not packed:
            transparency = content
        elif kind == b"IDAT":
            packed += content
        elif kind != b"IEND" and not kind[0] & 0x20:
            raise ValueError("unknown critical chunk")
    width, height, depth, colour, compression, filtering, interlace = header
    if 0 in (width, height) or colour not in SAMPLES or depth not in DEPTHS[colour]:
        raise ValueError("IHDR")
    if compression or filtering or interlace > 1 or (colour == 3 and not palette):
        raise ValueError("IHDR")
    raw, per_pixel = zlib.decompress(packed), SAMPLES[colour]
    image = [[0] * (width * per_pixel) for _ in range(height)]
    at = 0
    for x, y, dx, dy in ADAM7 if interlace else [(0, 0, 1, 1)]:
        columns, lines = -(-(width - x) // dx), -(-(height - y) // dy)
        if columns <= 0 or lines <= 0:
            continue
        rows, at = unfiltered(raw, at, columns, lines, depth * per_pixel)
        for j, row in enumerate(rows):
            values = samples(row, columns * per_pixel, depth)
            for i in range(columns):
                place = (x + i * dx) * per_pixel
                image[y + j * dy][place : place + per_pixel] = values[i * per_pixel : (i + 1) * per_pixel]
    return width, height, depth, colour, image, palette, transparent(transparency, colour, palette)


def transparent(content, colour, palette):
    """The stored values of grey levels and palette indices that tRNS calls transparent. One of another length is ignored."""
    if colour == 0 and len(content) == 2:
        return {struct.unpack(">H", content)[0]}
    if colour == 3 and len(content) <= len(palette):
        return {index for index, opacity in enumerate(content) if opacity == 0}
    return set()


def line(path, name):
    try:
        width, height, depth, colour, image, palette, unlabelled = decode(path.read_bytes())
    except (ValueError, IndexError, zlib.error, struct.error):
        return f"{name} error"
    channels = 3 if colour in (2, 3, 6) else 1
    labels = "-"
    if colour in (0, 3):
        marked = [[0 if value in unlabelled else value for value in row] for row in image]
        labels = f"{zlib.crc32(b''.join(struct.pack(f'<{width}H', *row) for row in marked)):08x}"
    elif colour == 4:
        marked = [[level if opacity else 0 for level, opacity in zip(row[::2], row[1::2])] for row in image]
        labels = f"{zlib.crc32(b''.join(struct.pack(f'<{width}H', *row) for row in marked)):08x}"
    if colour == 3:
        # An index beyond the palette is black, as libpng reads it.
        palette = palette + [(0, 0, 0)] * (256 - len(palette))
        image = [[value for index in row for value in palette[index]] for row in image]
    elif colour == 0 and depth < 8:
        scale = 255 // ((1 << depth) - 1)
        image = [[value * scale for value in row] for row in image]
    elif colour in (4, 6):
        stored = SAMPLES[colour]
        image = [[value for i, value in enumerate(row) if i % stored < channels] for row in image]
    form = "H" if depth == 16 else "B"
    pixels = zlib.crc32(b"".join(struct.pack(f"<{len(row)}{form}", *row) for row in image))
    return f"{name} {width} {height} {channels} uint{16 if depth == 16 else 8} {pixels:08x} {labels}"


def main():
    folder = Path(sys.argv[1])
    for path in sorted(folder.rglob("*.png")):
        print(line(path, path.relative_to(folder).as_posix()))


if __name__ == "__main__":
    main()
