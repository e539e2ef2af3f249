"""Images that are made and read here: PNGs of 8 and 16 bits, and TIFF stacks. Standard library only."""
import struct
import zlib


def texture(draw, width, height, channels, maximum):
    """Samples `[row][column][channel]` of some waves and noise, so that classes can be told apart."""
    import math

    waves = [(draw.uniform(0.02, 0.3), draw.uniform(0.02, 0.3), draw.uniform(0, 6)) for _ in range(channels)]
    edge = draw.uniform(0.3, 0.7) * width
    samples = []
    for row in range(height):
        for column in range(width):
            for a, b, phase in waves:
                value = 0.5 + 0.25 * math.sin(a * column + b * row + phase) + (0.15 if column > edge else -0.15)
                samples.append(int(min(1, max(0, value + 0.08 * (draw.random() - 0.5))) * maximum))
    return samples


def write_png(path, width, height, channels, bits, samples):
    packed = struct.pack(f">{len(samples)}{'H' if bits == 16 else 'B'}", *samples)
    line = width * channels * bits // 8
    rows = b"".join(b"\0" + packed[row * line:(row + 1) * line] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, bits, {1: 0, 3: 2}[channels], 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks))


def write_tiff(path, width, height, bits, pages):
    """A stack of grey pages, uncompressed, one strip each."""
    code, size = ("H", 2) if bits == 16 else ("B", 1)
    body, places = b"", []
    for samples in pages:
        places.append(8 + len(body))
        body += struct.pack(f"<{len(samples)}{code}", *samples)
        body += b"\0" * (len(body) % 2)
    directories, at = b"", 8 + len(body)
    first = at
    for index, place in enumerate(places):
        entries = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, place), (277, 3, 1),
                   (278, 4, height), (279, 4, width * height * size)]
        length = 2 + 12 * len(entries) + 4
        following = 0 if index == len(places) - 1 else at + length
        directories += struct.pack("<H", len(entries))
        directories += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
        directories += struct.pack("<I", following)
        at += length
    path.write_bytes(b"II*\0" + struct.pack("<I", first) + body + directories)


def read_png(path):
    """Width, height, and the samples' bytes of a grey image or one with a palette, a row after the other; 16 bits are big-endian."""
    data = path.read_bytes()
    place, packed, head = 8, b"", None
    while place < len(data):
        (length,), name = struct.unpack(">I", data[place:place + 4]), data[place + 4:place + 8]
        part = data[place + 8:place + 8 + length]
        if name == b"IHDR":
            head = struct.unpack(">IIBBBBB", part)
        elif name == b"IDAT":
            packed += part
        place += 12 + length
    width, height, bits, colour, _, _, interlace = head
    if bits not in (8, 16) or colour not in (0, 3) or interlace:
        raise ValueError(f"{path}: expected grey of 8 or 16 bits, found {bits} bits of kind {colour}")
    size = bits // 8
    line, raw = width * size, zlib.decompress(packed)
    above, rows = bytearray(line), []
    for row in range(height):
        kind = raw[row * (line + 1)]
        current = bytearray(raw[row * (line + 1) + 1:(row + 1) * (line + 1)])
        unfilter(kind, current, above, size)
        rows.append(bytes(current))
        above = current
    return width, height, b"".join(rows)


def unfilter(kind, row, above, size):
    """Takes back what a filter of PNG did to a row."""
    if kind == 0:
        return
    if kind == 2:
        for index, up in enumerate(above):
            row[index] = (row[index] + up) & 255
        return
    for index in range(len(row)):
        left = row[index - size] if index >= size else 0
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + above[index]) // 2
        else:
            corner = above[index - size] if index >= size else 0
            near = [abs(above[index] - corner), abs(left - corner), abs(left + above[index] - 2 * corner)]
            guess = (left, above[index], corner)[near.index(min(near))]
        row[index] = (row[index] + guess) & 255
