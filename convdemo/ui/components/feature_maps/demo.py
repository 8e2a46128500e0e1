"""The edges of a picture, and their pools: python -m convdemo.ui.components.feature_maps.demo."""

import gradio as gr
import numpy as np
from gradio.media import get_image
from PIL import Image

from convdemo.ui.components import FeatureMaps, Network, OpenedMap, OpenedStage, Stage

PICTURE = np.asarray(Image.open(get_image("lion.jpg")).convert("L").resize((64, 64)))
EDGES = np.stack([np.gradient(PICTURE.astype(np.float32), axis=axis) for axis in (0, 1)])
MAPS = {"conv1": EDGES, "pool1": EDGES.reshape(2, 32, 2, 32, 2).max(axis=(2, 4))}


def stage(name: str, values: np.ndarray) -> Stage:
    """A stage with its numbers."""
    numbers = {one: float(getattr(values, one)()) for one in ("min", "max", "mean", "std")}
    told = (np.histogram(values, 20)[0].tolist(), numbers["min"], numbers["max"])
    return Stage(name, ("Conv2d",), values, {**numbers, "zeros": float((values == 0).mean())}, told)


def opened(event: gr.EventData) -> OpenedStage | OpenedMap:
    """All maps of a stage, or one of them."""
    name, channel = event._data["stage"], event._data.get("channel")
    if channel is None:
        return OpenedStage(name, MAPS[name])
    return OpenedMap(name, channel, MAPS[name][channel], stage(name, MAPS[name]).statistics)


with gr.Blocks() as demo:
    stages = tuple(stage(*one) for one in MAPS.items())
    shown = FeatureMaps(Network(PICTURE, (1, 64, 64), stages))
    shown.select(opened, None, shown, show_progress="hidden")
if __name__ == "__main__":
    demo.launch()
