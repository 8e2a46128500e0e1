"""Bags, and shoes seen from above, drawn at random: the kinds of which there are hardly any photos.

They need not deceive anybody; a network that sees only side views of shoes and no photo of a bag
learns from them where handles, straps, laces and openings are.
"""

from __future__ import annotations

import numpy as np

from convdemo.data.garment_photos.drawings.bags import BAGS
from convdemo.data.garment_photos.drawings.canvas import Sheet, slanted
from convdemo.data.garment_photos.drawings.shoes import (
    draw_boot,
    draw_pair,
    draw_sandal,
    draw_sneaker,
)

SANDAL, SNEAKER, BAG, BOOT = 5, 7, 8, 9
DRAWN = (SANDAL, SNEAKER, BAG, BOOT)


def draw_clothes(label: int, rng: np.random.Generator) -> np.ndarray:
    """A bag, a pair or one of sandals or sneakers from above or of boots from the front."""
    sheet = Sheet(rng)
    if label == BAG:
        BAGS[rng.integers(len(BAGS))](sheet)
    else:
        draw_pair(sheet, {SANDAL: draw_sandal, SNEAKER: draw_sneaker, BOOT: draw_boot}[label])
    sheet.shade()
    return slanted(sheet.finished(), rng)
