"""What the lessons are asked for: numbers and choices out of a payload, checked."""

from collections.abc import Collection, Mapping
from typing import Any

from convdemo.ui.wire import Refused


def numbers(
    request: Mapping[str, Any], name: str, count: range, low: float, high: float
) -> list[float]:
    """The list of that name: so many numbers, each between the two."""
    values = request.get(name)
    if not isinstance(values, list) or len(values) not in count:
        raise Refused("request")
    for value in values:
        if (
            not isinstance(value, int | float)
            or isinstance(value, bool)
            or not low <= value <= high
        ):
            raise Refused("request")
    return [float(value) for value in values]


def choice(request: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    """The string of that name, which has to be one of those allowed."""
    value = request.get(name)
    if not isinstance(value, str) or value not in allowed:
        raise Refused("request")
    return value


def whole(request: Mapping[str, Any], name: str, low: int, high: int) -> int:
    """The whole number of that name, between the two."""
    value = request.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refused("request")
    return value
