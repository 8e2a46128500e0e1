"""The endpoint of the Convolution tab, for programs."""

from gradio.events import api

from convdemo.convolve import OperationError, operation
from convdemo.convolve_told import told
from convdemo.ui import text
from convdemo.ui.convolution_asked import refused

POOLS = {"max": "max", "avg": "average"}


def build() -> None:
    """/convolve."""

    def convolve(
        dims: int,
        input: list | int,
        kernel: list | int,
        stride: list | int | None = None,
        padding: list | int | str = "valid",
        padding_mode: str = "zeros",
        dilation: list | int = 1,
        groups: int = 1,
        in_channels: int = 1,
        filters: int | None = None,
        no_bias: bool = False,
        output_padding: list | int = 0,
        transposed: bool = False,
        pool: str | None = None,
        language: str = "en",
    ) -> dict:
        """What `convdemo convolve --json` prints for the same arguments: {"output_shape",
        "parameters", "multiply_adds", "receptive_field", "unread", "formula", "pytorch", "keras",
        "keras_reason"}, or {"error": a sentence}. A list has a number for each axis; `pool` is
        "max" or "avg".
        """
        known = language if language in text.LANGUAGES else text.LANGUAGES[0]
        kind = POOLS.get(pool, pool) if pool else "transposed" if transposed else "convolution"
        size = input if isinstance(input, list) else [input]
        try:
            if dims not in (1, 2, 3):
                raise OperationError("dims", dims=dims)
            made = operation(
                kind,
                size * (dims if len(size) == 1 else 1),
                kernel,
                channels=in_channels,
                filters=filters,
                stride=stride,
                padding=padding,
                padding_mode=padding_mode,
                dilation=dilation,
                groups=groups,
                bias=False if no_bias else None,
                output_padding=output_padding,
            )
            if made.dims != dims:
                counts = {"setting": "input", "count": made.dims, "dims": dims}
                off = made.dims - dims
                raise OperationError(
                    "axes", off=abs(off), direction="too many" if off > 0 else "too few", **counts
                )
            return told(made)
        except OperationError as error:
            said = refused(error)
            return {"error": text.say(known, f"problem.{said.problem}", **said.values)}
        except (TypeError, ValueError):
            return {"error": text.say(known, "problem.request")}

    api(convolve, api_name="convolve", concurrency_limit=2, concurrency_id="prediction")
