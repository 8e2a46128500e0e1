"""The lessons of the Convolution tab: layers, graphs, descent, and exercises on all of it."""

from convdemo.ui import page
from convdemo.ui.guard import Guard
from convdemo.ui.tabs.lessons import dense, exercise, graph, neuron, optimizer, output, scaled

LESSONS = (dense, neuron, graph, output, optimizer, scaled, exercise)


def build_lessons(texts: page.Texts, guard: Guard) -> None:
    """Each lesson in a fold of its own; only one that is open computes."""
    texts.heading("lessons.title")
    texts.quiet("lessons.lead")
    for lesson in LESSONS:
        lesson.lay_out(texts, guard)
