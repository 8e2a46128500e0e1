"""The Convolution tab: a bench on which a kernel moves over a signal, a picture or a block."""

from collections.abc import Callable
from functools import partial
from typing import Any

from convdemo.convolution.inputs import EXAMPLES
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.operation import KINDS, PADDING_MODES
from convdemo.ui import convolution_api, convolution_bench, convolution_kernels, lessons, page
from convdemo.ui import convolution_pictures as pictures
from convdemo.ui.context import Context

NAME = "convolution"


def build(context: Context) -> None:
    """The tab's part of the page, its endpoint, and the lessons below."""
    functions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "bench": convolution_bench.bench,
        "clip": pictures.clip,
        "line": convolution_bench.line_table,
        "photo": convolution_kernels.photo,
        "learned": partial(convolution_kernels.learned, context),
        "options": partial(convolution_kernels.options, context),
    }
    page.part(
        "convolution",
        [context.guard.served(name, do) for name, do in functions.items()],
        kinds=list(KINDS),
        modes=list(PADDING_MODES),
        sources={str(dims): list(named) for dims, named in EXAMPLES.items()},
        kernels={
            str(dims): {name: list(one.shape) for name, one in named.items()}
            for dims, named in KERNELS.items()
        },
        most_pictures=pictures.MOST_PICTURES,
        photos=[{**one, "job": job} for job in pictures.PHOTOS for one in page.thumbnails(job)[:4]],
    )
    convolution_api.build()
    lessons.build(context)
