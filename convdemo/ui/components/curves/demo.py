"""Two curves whose damping follows a slider: python -m convdemo.ui.components.curves.demo."""

import math

import gradio as gr

from convdemo.ui.components import Chart, Curves, Line

TIMES = tuple(0.1 * step for step in range(101))


def swing(damping: float) -> Chart:
    """A swing that comes to rest, and how far it can still go."""
    reach = tuple(math.exp(-damping * time) for time in TIMES)
    height = tuple(most * math.cos(3 * time) for time, most in zip(TIMES, reach, strict=True))
    return Chart(
        (Line("swing", TIMES, height), Line("reach", TIMES, reach, colour=1)),
        "A swing",
        "seconds",
        y_range=(-1, 1),
    )


with gr.Blocks() as demo:
    damping = gr.Slider(0, 1, 0.2, label="Damping")
    curves = Curves(swing(0.2), words={"ko": {"swing": "그네", "reach": "폭", "seconds": "초"}})
    damping.change(swing, damping, curves, trigger_mode="always_last", show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
