"""Three fruits and their mistakes: python -m convdemo.ui.components.confusion_matrix.demo."""

import gradio as gr

from convdemo.ui.components import Confusion, ConfusionMatrix

FRUITS = ("apple", "pear", "plum")
COUNTS = ((96, 4, 0), (7, 90, 3), (1, 0, 99))


def pressed(event: gr.EventData) -> str:
    """The cell in words."""
    actual, predicted = event._data["actual"], event._data["predicted"]
    return f"{COUNTS[actual][predicted]}: {FRUITS[actual]} read as {FRUITS[predicted]}"


with gr.Blocks() as demo:
    matrix = ConfusionMatrix(Confusion(FRUITS, COUNTS, ("95% of 300 pictures are right.",)))
    told = gr.Textbox(label="pressed")
    matrix.select(pressed, None, told, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
