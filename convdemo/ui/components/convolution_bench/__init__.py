"""ConvolutionBench: a kernel that moves over numbers, with the products and the sum behind each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convdemo.convolution.inputs import EXAMPLES
from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.presets import Bench
from convdemo.ui.components.display import Display


class ConvolutionBench(Display):
    """A layer in one, two or three dimensions, played cell by cell; numbers of the input and
    weights can be typed and painted. Its value is a `Bench` for another beginning, or the mapping
    `changed` for a part of it.

    `work_out` answers what the script asks, past the queue, whenever something has changed: see
    `convdemo.ui.tabs.convolution.work.bench`. `input` is triggered when controls around the bench
    have to follow it, which are then in its value, {"controls": {name: value}}. `select` is
    triggered when the chosen kernel has changed, which is then its value, {"values", "shape"} with
    the channels first, None where it is none for pictures; while the element with the id `seen_by`
    is in view only, if there is one. Whatever is of the class `sets-NAME` lights up with the term
    of the formula that it sets.
    """

    def __init__(
        self,
        value: Bench | dict[str, Any] | None = None,
        work_out: Callable[..., Any] | None = None,
        *,
        seen_by: str = "",
        **others: Any,
    ) -> None:
        functions = [] if work_out is None else [work_out]
        super().__init__(
            value,
            server_functions=functions,
            asks=getattr(work_out, "__name__", ""),
            sources={str(dims): list(named) for dims, named in EXAMPLES.items()},
            kernels={
                str(dims): {name: list(one.shape) for name, one in named.items()}
                for dims, named in KERNELS.items()
            },
            seen_by=seen_by,
            **others,
        )

    def preprocess(self, payload: Any) -> dict[str, Any] | None:
        """The chosen kernel, {"values", "shape"}."""
        return payload.get("chosen") if isinstance(payload, dict) else None

    def postprocess(self, value: Bench | dict[str, Any] | None) -> Any:
        """A whole bench, or what of it changes."""
        return beginning(value) if isinstance(value, Bench) else value


def beginning(bench: Bench) -> dict[str, Any]:
    """A bench as the script takes it."""
    ones, zeros = (1,) * len(bench.size), (0,) * len(bench.size)
    numbers = bench.padding if not isinstance(bench.padding, str) else None
    return {
        "settings": {
            "kind": bench.kind,
            "size": bench.size,
            "channels": bench.channels,
            "kernel": bench.kernel,
            "stride": bench.stride or ones,
            "padding": bench.padding if numbers is None else "number",
            "pads": numbers or zeros,
            "padding_mode": bench.padding_mode,
            "dilation": bench.dilation or ones,
            "filters": bench.filters,
            "groups": bench.groups,
            "output_padding": bench.output_padding or zeros,
            "bias": bench.bias,
        },
        "input": {"source": bench.source},
        "filters": [
            {"name": one} if isinstance(one, str) else {"name": "random", "seed": one}
            for one in bench.kernels
        ],
        "biases": [],
    }
