"""Two ways to tell bright from dark: python -m convdemo.ui.components.two_networks.demo."""

from collections.abc import Mapping

import gradio as gr
import numpy as np

from convdemo.ui.components import (
    Answer,
    Chart,
    Compared,
    Curves,
    Line,
    ProbabilityBars,
    TwoNetworks,
)

LEVELS = tuple(range(256))


def told(sharpness: float, level: int) -> float:
    """The probability of "bright" for a grey level."""
    return float(1 / (1 + np.exp(-sharpness * (level - 128) / 32)))


def compare(asked: Mapping[str, int]) -> Compared:
    """What both say to the level of the slider, and all along it."""
    level, ways = asked["level"], {"soft": 1.0, "sharp": 4.0}
    shares = [told(one, level) for one in ways.values()]
    lines = tuple(
        Line(name, LEVELS, tuple(told(one, x) for x in LEVELS), colour=place)
        for place, (name, one) in enumerate(ways.items())
    )
    answers = tuple(Answer({"dark": 1 - one, "bright": one}) for one in shares)
    return Compared(np.full((8, 8), level, np.uint8), answers, Chart(lines, y_unit="share"))


with gr.Blocks() as demo:
    slider = gr.Slider(0, 255, 128, step=1, label="Grey level")
    both = TwoNetworks(compare, {"level": 128}, shows=("soft", "sharp", "chart"))
    bars = [ProbabilityBars(elem_id=name) for name in ("soft", "sharp")]
    chart = Curves(elem_id="chart")
    slider.input(None, slider, both, js="(level) => ({ level })")

if __name__ == "__main__":
    demo.launch()
