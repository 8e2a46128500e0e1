"""The Convolution tab: a bench on which a kernel moves over a signal, a picture or a block, what
its kernel makes of a photo, networks written in one line, and lessons.
"""

import gradio as gr

from convdemo.ui import lab_report, page
from convdemo.ui.context import Context
from convdemo.ui.tabs.convolution import endpoint, panels, setting, written

NAME = "convolution"


def build(context: Context, item: gr.Tab, frame: page.Frame) -> None:
    """The tab's part of the page, its endpoint, and the lessons below."""

    def draw(texts: page.Texts, visit: page.Visit) -> None:
        from convdemo.ui.tabs.lessons import build_lessons  # torch is loaded with the first of them

        # The class is also how the display finds the controls around it.
        with gr.Column(elem_classes="cd-bench"):
            bench = setting.lay_out(context, texts, visit.link)
            lab_report.offer(texts, written.report, [bench.asked], frame.language)
            panels.lay_out(context, texts, frame, visit.visitor, bench)
        build_lessons(texts, context.guard)

    frame.when_opened(item, draw)
    endpoint.build()
