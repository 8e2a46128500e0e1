"""Steps downhill from where somebody clicks: python -m convdemo.ui.components.plane.demo."""

import gradio as gr
import numpy as np

from convdemo.ui.components import Plane, Surface, Way

ACROSS, UP = np.meshgrid(np.linspace(-3, 3, 101), np.linspace(3, -3, 101))
BOWL = Surface(ACROSS**2 + 3 * UP**2, (-3, -3), (3, 3))


def descend(event: gr.SelectData | None = None) -> Way:
    """Ten steps of gradient descent."""
    start = event._data["weights"] if event else (-2.5, 2.0)
    path = [(start[0] * 0.8**step, start[1] * 0.4**step) for step in range(11)]
    return Way(BOWL, tuple(path), (0, 0))


with gr.Blocks() as demo:
    plane = Plane(descend(), picks=True)
    plane.select(descend, None, plane, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
