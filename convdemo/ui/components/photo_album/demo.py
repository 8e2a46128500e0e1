"""Two classes of squares that are named and thinned out: ...components.photo_album.demo."""

import gradio as gr
import numpy as np

from convdemo.images.render import data_url
from convdemo.ui.components import PhotoAlbum, PhotoClass, Photos

GREYS = {f"{place}": np.full((32, 32), 24 * place + 20, np.uint8) for place in range(10)}


def look(names: dict[str, str], gone: list[str], turn: str = "") -> Photos:
    """The darker squares in one class, the lighter ones in the other."""
    classes = []
    for key, first in (("dark", 0), ("light", 5)):
        photos = tuple(str(one) for one in range(first, first + 5) if str(one) not in gone)
        classes.append(PhotoClass(key, names.get(key, key), photos))
    return Photos(tuple(classes), {k: data_url(v) for k, v in GREYS.items()}, turn=turn)


def change(
    names: dict[str, str], gone: list[str], event: gr.EventData
) -> tuple[Photos, dict, list]:
    """A new name, or a photo less; everything else is left as it is."""
    asked = event._data
    if asked["action"] == "rename_class":
        names = {**names, asked["class"]: asked["name"]}
    gone = [*gone, asked.get("photo", "")]
    return look(names, gone, asked["turn"]), names, gone


with gr.Blocks() as demo:
    kept = [gr.State({}), gr.State([])]
    album = PhotoAlbum(look({}, []))
    album.input(change, kept, [album, *kept], show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
