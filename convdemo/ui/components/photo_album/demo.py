"""A class of squares to be named and thinned out: ...components.photo_album.demo."""

from typing import Any

import gradio as gr
import numpy as np

from convdemo.images.render import data_url
from convdemo.ui.components import PhotoAlbum, PhotoClass, Photos

GREYS = {f"{n}": data_url(np.full((32, 32), 24 * n + 20, np.uint8)) for n in range(10)}


def look(name: str, gone: list[str], turn: str = "") -> Photos:
    """The squares that are still there."""
    there = tuple(one for one in GREYS if one not in gone)
    return Photos((PhotoClass("squares", name, there),), GREYS, turn=turn)


def change(name: str, gone: list[str], event: gr.EventData) -> tuple[Any, ...]:
    """A new name, or a photo less; everything else is left as it is."""
    asked = event._data
    name, gone = asked.get("name", name), [*gone, asked.get("photo", "")]
    return look(name, gone, asked["turn"]), name, gone


with gr.Blocks() as demo:
    kept = [gr.State("Squares"), gr.State([])]
    album = PhotoAlbum(look("Squares", []))
    album.input(change, kept, [album, *kept], show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
