"""The endpoint of the Convolution tab, for programs."""

from gradio.events import api

from convdemo.convolution.architecture import describe
from convdemo.convolution.operation import OperationError, operation
from convdemo.ui import answers, text
from convdemo.ui.tabs.convolution.work import line_table
from convdemo.ui.wire import Refused
from convdemo.ui.written_line import refused

POOLS = {"max": "max", "avg": "average"}


def build() -> None:
    """/convolve."""

    def convolve(
        dims: int,
        input: list | int,
        kernel: list | int | None = None,
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
        ceil_mode: bool = False,
        line: str | None = None,
    ) -> dict:
        """What `convdemo convolve --json` prints for the same arguments: {"output_shape",
        "parameters", "multiply_adds", "receptive_field", "unread", "formula", "pytorch", "keras",
        "keras_reason"}, or {"error": a sentence}. A list has a number for each axis; `pool` is
        "max" or "avg". With a `line` of layers it is {"input", "rows", "parameters",
        "multiply_adds"}; only the input and its channels count then.
        """
        known = language if language in text.LANGUAGES else text.LANGUAGES[0]
        kind = "transposed" if transposed else "convolution"
        kind = POOLS.get(str(pool), str(pool)) if pool else kind
        size = input if isinstance(input, list) else [input]
        try:
            if dims not in (1, 2, 3):
                raise OperationError("dims", dims=dims)
            size = size * (dims if len(size) == 1 else 1)
            if len(size) != dims:
                off = len(size) - dims
                direction = "too many" if off > 0 else "too few"
                counts = {"setting": "input", "count": len(size), "dims": dims}
                raise OperationError("axes", off=abs(off), direction=direction, **counts)
            if line is not None:
                return line_table({"line": line, "shape": [in_channels, *size]})
            if kernel is None:
                raise TypeError("a kernel or a line is needed")
            made = operation(
                kind,
                size,
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
                ceil_mode=ceil_mode,
            )
            return describe(made)
        except (OperationError, Refused) as error:
            said = error if isinstance(error, Refused) else refused(error)
            return {"error": answers.sentence(said, known)}
        except (TypeError, ValueError):
            return {"error": text.say(known, "problem.request")}

    api(convolve, api_name="convolve", concurrency_limit=2, concurrency_id="prediction")
