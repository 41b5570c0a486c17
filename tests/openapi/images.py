"""Writes two classes of ten plain images each, as PNG, with nothing but the standard library."""

import pathlib
import struct
import sys
import zlib


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(size, colour):
    rows = (b"\0" + bytes(colour) * size) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


root = pathlib.Path(sys.argv[1])
for name, channel in (("red", 0), ("blue", 2)):
    (root / name).mkdir(parents=True)
    for i in range(10):
        colour = [10 * i, 10 * i, 10 * i]
        colour[channel] = 255
        (root / name / f"{i}.png").write_bytes(png(40, colour))
