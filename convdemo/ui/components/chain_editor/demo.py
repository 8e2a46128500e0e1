"""Steps that turn and fade a picture: python -m convdemo.ui.components.chain_editor.demo."""

import random
from typing import Any

import gradio as gr
from gradio.media import get_image
from PIL import Image, ImageEnhance

from convdemo.ui.components import ChainEditor, Setting

PICTURE = Image.open(get_image("lion.jpg")).convert("RGB").resize((320, 320))
KINDS = {
    "turn": (Setting("angle", -180, 180, 1, (-30, 30), "degrees"),),
    "fade": (Setting("left", 0, 1, 0.05, (0.2,), "share"),),
}


def applied(steps: list[dict[str, Any]]) -> Image.Image:
    """The picture after the steps, each angle drawn from its range."""
    image = PICTURE
    for step in steps:
        if step["name"] == "turn":
            image = image.rotate(random.uniform(*step["angle"]))
        else:
            image = ImageEnhance.Brightness(image).enhance(step["left"])
    return image


with gr.Blocks() as demo:
    editor = ChainEditor([{"name": "turn", "angle": [-30, 30]}], kinds=KINDS)
    editor.change(applied, editor, gr.Image(PICTURE), trigger_mode="always_last")

if __name__ == "__main__":
    demo.launch()
