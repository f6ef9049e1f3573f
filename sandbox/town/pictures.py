"""Pictures the town's residents take: puddles, mould, a bird, drawn anew each time."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

from sandbox.kernel.world import Picture

_SIZES = ((640, 480), (480, 640), (600, 600))
_WALLS = ((214, 206, 190), (190, 201, 205), (222, 222, 216), (176, 160, 140), (160, 176, 150))
_SUBJECTS = {
    "A damp stain on a wall": ((92, 84, 62), "ellipse"),
    "A puddle on the floor": ((70, 96, 120), "ellipse"),
    "A crack in the plaster": ((60, 52, 48), "line"),
    "Full bin bags": ((30, 32, 34), "heap"),
    "Black spots in a corner": ((24, 28, 24), "spots"),
    "A bright bunch of flowers": ((214, 84, 120), "spots"),
}


def taken(rng: random.Random) -> Picture:
    """A JPEG of some 10 to 40 KB, with words for what is to be seen on it."""
    alt = rng.choice(list(_SUBJECTS))
    colour, shape = _SUBJECTS[alt]
    width, height = rng.choice(_SIZES)
    image = Image.new("RGB", (width, height), rng.choice(_WALLS))
    pen = ImageDraw.Draw(image)
    horizon = int(height * rng.uniform(0.55, 0.8))
    floor = tuple(max(part - 60, 0) for part in rng.choice(_WALLS))
    pen.rectangle((0, horizon, width, height), fill=(floor[0], floor[1], floor[2]))
    for _ in range({"line": 1, "ellipse": 6, "heap": 9, "spots": 60}[shape]):
        x, y = rng.uniform(0.2, 0.8) * width, rng.uniform(0.2, 0.85) * height
        size = rng.uniform(0.01, 0.03) if shape == "spots" else rng.uniform(0.06, 0.16)
        reach = size * width
        if shape == "line":
            points = [(x + rng.gauss(0, 9), y * step / 12) for step in range(12)]
            pen.line(points, fill=colour, width=3)
        else:
            pen.ellipse((x - reach, y - reach * 0.7, x + reach, y + reach * 0.7), fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 2.0)))
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=rng.randint(60, 88))
    return Picture(kept.getvalue(), "image/jpeg", alt)
