"""Bars that follow two sliders: python -m convdemo.ui.components.probability_bars.demo."""

import math

import gradio as gr

from convdemo.ui.components import Answer, ProbabilityBars


def softmax(apple: float, pear: float) -> Answer:
    """The answer of a network with these scores, and a third one of 0."""
    powers = {"apple": math.exp(apple), "pear": math.exp(pear), "quince": 1.0}
    probabilities = {name: one / sum(powers.values()) for name, one in powers.items()}
    return Answer(probabilities, max(probabilities, key=lambda name: probabilities[name]))


with gr.Blocks() as demo:
    scores = [gr.Slider(-5, 5, 1, label=name) for name in ("Score of apple", "Score of pear")]
    words = {"ko": {"class.apple": "사과", "class.pear": "배", "class.quince": "모과"}}
    bars = ProbabilityBars(softmax(1, 1), best=2, words=words)
    gr.on([one.change for one in scores], softmax, scores, bars, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
