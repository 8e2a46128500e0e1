"""Only the convolution follows a moved picture; and what both layers weigh."""

import json
from typing import Any

import gradio as gr
import numpy as np

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import code
from convdemo.convolution.lessons.equivariance import (
    SHAPES,
    SIDE,
    Followed,
    costs,
    dense_weights,
    follow,
    moved,
)
from convdemo.convolution.lessons.figures import figure
from convdemo.ui import page
from convdemo.ui.asking import QUICK
from convdemo.ui.components import Chart, Curves, Example, Line, Numbers, PixelPad, Table, Words
from convdemo.ui.guard import Guard
from convdemo.ui.live import live
from convdemo.ui.tabs.lessons import parts
from convdemo.ui.tabs.lessons.parts import among, whole
from convdemo.ui.text import words
from convdemo.ui.wire import Refused

OFFERED = ("sobel_x", "sobel_y", "blur", "sharpen", "laplacian", "identity")
FARTHEST = 4  # pixels that the picture is moved
LAYERS = ("convolution", "units", "dense")


def answer(
    picture: np.ndarray, kernel: str, down: float, right: float, seed: float, *size: float
) -> tuple[Example, np.ndarray, str]:
    """How both layers follow the (12, 12) picture, the moved picture, and code that does the same;
    `size` is (kernel, filters, channels) of the table.
    """
    if not isinstance(picture, np.ndarray) or picture.shape != (SIDE, SIDE):
        raise Refused("request")
    weights = KERNELS[2][among(kernel, OFFERED)]
    way = (whole(down, -FARTHEST, FARTHEST), whole(right, -FARTHEST, FARTHEST))
    drawn = whole(seed, 0, 9999)
    convolved, full = follow(
        picture, weights, dense_weights(SIDE, drawn), down=way[0], right=way[1]
    )
    verdict = "edge" if convolved.differing else "follows"
    told = (
        f"lessons.dense.{'still' if way == (0, 0) else verdict}",
        {"count": full.differing, "cells": SIDE**2},
    )
    blocks = (
        of_layer("convolution", convolved),
        of_layer("dense", full),
        Words("lessons.dense.measure", "quiet"),
        Words(told, name="verdict", aloud=True),
    )
    written = code.dense(picture, weights, drawn, way, sizes(*size))
    return Example(blocks), moved(picture, *way), written


def of_layer(name: str, found: Followed) -> Numbers:
    """The output of a layer, and in what it differs from the output before, moved along."""
    largest = figure(0 if found.largest < 1e-9 else found.largest)
    lines = (
        Words(("lessons.dense.largest", {"number": largest}), "quiet"),
        Words(("lessons.dense.differing", {"count": found.differing, "cells": SIDE**2}), "quiet"),
    )
    return Numbers(
        tuple(map(tuple, found.after.tolist())),
        f"lessons.dense.{name}",
        written=False,
        peak=float(max(np.abs(found.before).max(), np.abs(found.after).max())),
        lines=lines,
        name=name,
    )


def sizes(kernel: float, filters: float, channels: float) -> tuple[int, int, int]:
    """Those of the layers that are weighed."""
    return whole(kernel, 1, 11), whole(filters, 1, 64), whole(channels, 1, 64)


def weigh(kernel: float, filters: float, channels: float) -> tuple[Example, Chart]:
    """What the layers weigh as pictures grow, as a table and as lines."""
    found = costs(*sizes(kernel, filters, channels))
    heads = tuple(f"lessons.dense.line.{one}" for one in LAYERS)
    rows = tuple((str(one.side), *(f"{getattr(one, name):,}" for name in LAYERS)) for one in found)
    times = f"{round(found[-1].dense / found[-1].convolution):,}"
    blocks = (
        Words("lessons.dense.weights", "title"),
        Words(("lessons.dense.times", {"side": found[-1].side, "times": times}), "quiet"),
        Table(("lessons.dense.side_short", *heads), rows, "lessons.dense.weights", "costs"),
    )
    across = tuple(float(one.side) for one in found)
    lines = tuple(
        Line(head, across, tuple(float(getattr(one, name)) for one in found), colour)
        for colour, (name, head) in enumerate(zip(LAYERS, heads, strict=True))
    )
    title = "lessons.dense.chart"
    return Example(blocks), Chart(lines, title, "lessons.dense.side", read="", y_log=True)


def lay_out(texts: page.Texts, guard: Guard) -> None:
    """The lesson, open, with its numbers."""
    picture, size = SHAPES["seven"], (3, 1, 1)
    told, shown, lines = answer(picture, OFFERED[0], 1, 2, 0, *size)
    table, chart = weigh(*size)
    with parts.lesson(texts, "dense", open=True):
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                shape = parts.choice(texts, "lessons.dense.shape", tuple(SHAPES), "lessons.shape.")
                kernel = parts.choice(texts, "lessons.dense.kernel", OFFERED, "lessons.kernel.")
                ways = [
                    parts.slider(texts, f"lessons.dense.{name}", -FARTHEST, FARTHEST, value, 1)
                    for name, value in (("down", 1), ("right", 2))
                ]
                with parts.folded(texts, "lessons.more"):
                    seed = parts.slider(texts, "lessons.dense.seed", 0, 9999, 0, 1)
            with parts.stage(), gr.Row():
                with gr.Column(scale=0, min_width=200):
                    pad = PixelPad(shown, words=parts.renamed(title="lessons.dense.input"))
                with gr.Column(min_width=280):
                    follows = parts.worked(told)
        with gr.Row(elem_classes="cd-lesson-body"):
            with parts.controls():
                layers = [
                    parts.slider(texts, f"lessons.dense.{name}", 1, most, value, 1)
                    for name, most, value in zip(
                        ("size", "filters", "channels"), (11, 64, 64), size, strict=True
                    )
                ]
            with parts.stage():
                weighs = parts.worked(table)
                curves = Curves(chart, words=words("lessons.dense."))
        written = parts.code(texts, lines)
    kept = PixelPad(picture, visible="hidden")  # before it is moved
    settings = [kernel, *ways, seed, *layers]

    def follow_up(picture: np.ndarray, seen: np.ndarray, *others: Any) -> Any:
        told, shown, lines = answer(picture, *others)
        return told, gr.skip() if np.array_equal(shown, seen) else shown, lines

    def weighed(*given: Any) -> Any:
        return *weigh(*given[-len(layers) :]), answer(*given)[2]

    triggers = [kernel.change, *(one.input for one in (*ways, seed))]
    ask = live(guard, triggers, follow_up, [kept, pad, *settings], [follows, pad, written])
    pixels = json.dumps({name: one.astype(int).tolist() for name, one in SHAPES.items()})
    shape.change(None, shape, kept, js=f"(name) => [({pixels})[name]]", **QUICK).then(**ask)
    pad.input(None, pad, [kept, *ways], js="(pad) => [pad, 0, 0]", **QUICK).then(**ask)
    triggers = [one.input for one in layers]
    live(guard, triggers, weighed, [kept, *settings], [weighs, curves, written])
