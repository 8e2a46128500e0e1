"""A sum of two numbers, worked out: python -m convdemo.ui.components.worked.demo."""

import gradio as gr

from convdemo.ui.components import Example, Numbers, Table, Words, Worked


def example(first: float, second: float) -> Example:
    """The sum as a sentence, its parts as shares, and all products of both."""
    total = first + second
    rows = tuple((str(one), one / total) for one in (first, second))
    products = ((first * first, first * second), (second * first, second * second))
    return Example(
        (
            Words(("sum", {"total": f"{total:g}"}), aloud=True),
            Table(("part", "share"), rows, "parts"),
            Numbers(products, "products", signed=False),
        )
    )


with gr.Blocks() as demo:
    sliders = [gr.Slider(1, 9, value, step=1, label=f"Part {value}") for value in (2, 5)]
    worked = Worked(example(2, 5), words={"en": {"sum": "Together {total}"}})
    gr.on([one.input for one in sliders], example, sliders, worked, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
