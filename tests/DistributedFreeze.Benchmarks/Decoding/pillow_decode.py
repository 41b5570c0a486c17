"""Decodes the JPEG files of a folder to squares, once for each line of standard input: "whole", or "reduced".

python3 pillow_decode.py FOLDER SIZE
"""
import io
import pathlib
import sys

from PIL import Image

folder, size = pathlib.Path(sys.argv[1]), int(sys.argv[2])
files = [path.read_bytes() for path in sorted(folder.iterdir())]
print(len(files), flush=True)
for line in sys.stdin:
    for content in files:
        image = Image.open(io.BytesIO(content))
        if line.strip() == "reduced":
            image.draft("RGB", (size, size))
        image.convert("RGB").resize((size, size), Image.BILINEAR)
    print(len(files), flush=True)
