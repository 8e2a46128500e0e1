"""Two ways to tell bright from dark: python -m convdemo.ui.components.two_networks.demo."""

from collections.abc import Mapping

import gradio as gr
import numpy as np

from convdemo.ui import components as ui

LEVELS = tuple(range(256))
# The probability of "bright" for each grey level.
SOFT, SHARP = (1 / (1 + np.exp(steep * (128 - np.arange(256)) / 32)) for steep in (1, 4))
WAYS = {"soft": tuple(SOFT.tolist()), "sharp": tuple(SHARP.tolist())}


def compare(asked: Mapping[str, int]) -> ui.Compared:
    """What both say to the level of the slider, and all along it."""
    level = asked["level"]
    said = [ui.Answer({"dark": 1 - one[level], "bright": one[level]}) for one in WAYS.values()]
    lines = [ui.Line(name, LEVELS, way, place) for place, (name, way) in enumerate(WAYS.items())]
    chart = ui.Chart(tuple(lines), "Bright", y_unit="share", at=level)
    return ui.Compared(np.full((8, 8), level, np.uint8), tuple(said), chart)


with gr.Blocks() as demo:
    slider = gr.Slider(0, 255, 128, step=1, label="Grey level")
    both = ui.TwoNetworks(compare, {"level": 128}, shows=("soft", "sharp", "chart"))
    parts = [*(ui.ProbabilityBars(elem_id=name) for name in WAYS), ui.Curves(elem_id="chart")]
    slider.input(None, slider, both, js="(level) => ({ level })")
if __name__ == "__main__":
    demo.launch()
