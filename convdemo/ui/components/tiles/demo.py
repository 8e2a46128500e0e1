"""A picture turned nine times by chance: python -m convdemo.ui.components.tiles.demo."""

import random

import gradio as gr
import numpy as np
from gradio.media import get_image
from PIL import Image

from convdemo.ui.components import Done, Grid, Tile, Tiles

PICTURE = Image.open(get_image("lion.jpg")).convert("RGB").resize((160, 160))


def turned(most: float) -> Grid:
    """Nine tiles, each turned by an angle of its own, half of them not at all."""
    tiles = []
    for place in range(9):
        angle, applied = random.uniform(-most, most), random.random() < 0.5
        image = np.asarray(PICTURE.rotate(angle if applied else 0))
        done = Done("Turn", f"by {angle:.0f} degrees" if applied else "left out", applied, 0.5)
        tiles.append(Tile(image, f"Tile {place + 1}", (done,), flipped=applied and abs(angle) > 90))
    return Grid(tuple(tiles), f"Turned by up to {most:.0f} degrees")


with gr.Blocks() as demo:
    most = gr.Slider(0, 180, 30, label="Degrees")
    tiles = Tiles(turned(30))
    most.change(turned, most, tiles, trigger_mode="always_last", show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
