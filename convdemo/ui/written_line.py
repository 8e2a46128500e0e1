"""What is wrong with a line of layers or with an operation, as the page says it."""

from convdemo.convolution.architecture import LineError
from convdemo.convolution.operation import OperationError
from convdemo.ui.wire import Refused


def refused(error: OperationError | LineError) -> Refused:
    """The same as the page says it; of a line's part that cannot be, `cause` is why."""
    values = {name: _spoken(name, value) for name, value in error.values.items()}
    cause = error.__cause__
    if isinstance(cause, OperationError):
        why = refused(cause)
        values = {**why.values, **values, "sentence": "", "cause": why.problem}
    return Refused(f"convolve_{error.problem}", **values)


def _spoken(name: str, value: object) -> object:
    if name in ("setting", "kind"):
        return f"@convolution.{name}.{value}|{value}"
    if name == "direction":
        return f"@convolution.{str(value).replace(' ', '_')}|{value}"
    return " × ".join(map(str, value)) if isinstance(value, tuple) else value
