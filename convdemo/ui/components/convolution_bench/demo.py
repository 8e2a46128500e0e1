"""A blur in steps of two, alone: python -m convdemo.ui.components.convolution_bench.demo."""

import gradio as gr

from convdemo.ui.components import Bench, ConvolutionBench
from convdemo.ui.tabs.convolution.work import bench

with gr.Blocks() as demo:
    ConvolutionBench(Bench((8, 8), (3, 3), "checker", ("blur",), stride=(2, 2)), bench)

if __name__ == "__main__":
    demo.launch()
