"""Clouds of points, and one of them: python -m convdemo.ui.components.scatter.demo."""

import gradio as gr
import numpy as np

from convdemo.ui.components import Points, Scatter

CENTRES = {"apple": (0.0, 0.0), "pear": (3.0, 1.0), "quince": (1.0, 3.0)}


def clouds(width: float) -> Points:
    """A hundred points around each centre."""
    rng = np.random.default_rng(0)
    points = [
        (name, rng.normal(centre, width)) for name, centre in CENTRES.items() for _ in range(100)
    ]
    names = tuple(name for name, _ in points)
    places = tuple((float(x), float(y)) for _, (x, y) in points)
    return Points(tuple(CENTRES), places, names, (1.5, 1.5), "pear", (0.6, 0.3))


with gr.Blocks() as demo:
    width = gr.Slider(0.1, 1, 0.4, label="Width")
    words = {"ko": {"class.apple": "사과", "class.pear": "배", "class.quince": "모과"}}
    plane = Scatter(clouds(0.4), words=words)
    width.change(clouds, width, plane, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
