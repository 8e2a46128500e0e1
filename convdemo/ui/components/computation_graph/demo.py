"""A product and a sum, backward: python -m convdemo.ui.components.computation_graph.demo."""

import gradio as gr

from convdemo.ui.components import ComputationGraph, GraphNode, NodeGraph

BOUNDS = (-9.0, 9.0)


def graph(event: gr.EventData | None = None) -> NodeGraph:
    """p = x·y with what is typed for x and y."""
    given = event._data["values"] if event else {"x": 2, "y": 3}
    x, y = given["x"], given["y"]
    end = (("p", f"{y:g}"),), (("p", f"{x:g}"),)
    dx, dy = f"∂p/∂x = y = {y:g}", f"∂p/∂y = x = {x:g}"
    return NodeGraph(
        "product",
        (
            GraphNode(
                "x", (0, 0), f"{x:g}", f"{y:g}", f"x = {x:g}", dx, end[0], "input", BOUNDS, x
            ),
            GraphNode(
                "y", (0, 1), f"{y:g}", f"{x:g}", f"y = {y:g}", dy, end[1], "input", BOUNDS, y
            ),
            GraphNode("p", (1, 0.5), f"{x * y:g}", "1", f"p = x·y = {x * y:g}", "∂p/∂p = 1"),
        ),
    )


with gr.Blocks() as demo:
    display = ComputationGraph(graph())
    display.input(graph, None, display, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
