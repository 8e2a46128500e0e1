"""Does the label survive? One technique along its strengths, read by a model: a curve and words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from convdemo.ui import snippet, text
from convdemo.ui.components import Answer, Chart, Line, Span
from convdemo.ui.components.probability_bars import Sentence
from convdemo.ui.context import Context
from convdemo.ui.tabs.augment.making import class_of, reader_of, reads
from convdemo.ui.tabs.augment.request import picture
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    from convdemo.inference.robustness import Axis, Point, Sweep

FILLING = ("rotate", "shift_x", "shift_y", "shear", "zoom")  # what moves the picture bares an edge
UNITS = {  # strengths in words
    "degrees": lambda value: f"{value:g}°",
    "share": lambda value: f"{round(value * 100, 1):g}%",
    "factor": lambda value: f"×{value:g}",
    "pixels": lambda value: f"{value:g} px",
}


def follow(
    context: Context, request: Mapping[str, Any], reader: str, axis: str, fill: str
) -> tuple[Answer, Chart, str]:
    """In words how far the label stays, the curve with its strip, and Python that reads it."""
    from convdemo.augmentation.classic_techniques import FILLS
    from convdemo.inference import robustness

    fill = fill if axis in FILLING else "constant"
    if axis not in robustness.AXES or fill not in FILLS:
        raise Refused("request")
    trained = reader_of(context, reader, context.visitor(request))
    asked = picture(context, request)
    label = asked.label if asked.label in trained.card.classes else None
    try:
        found = robustness.sweep(trained, asked.image, axis, fill, label)
    except ValueError as error:
        raise Refused("augment_sweep_nothing") from error
    about, model = robustness.AXES[axis], trained.card.name
    # Where nothing is read, the likeliest class is followed.
    nearest = found.points[_unchanged(found, about)].label is None
    whose = "known" if label is not None else "nearest" if nearest else "own"
    first, *more = _words(found, about)
    flips = (
        reads(point, "sweep.flip", how=f"@sweep.{name}", percent=f"{point.best:.1%}")
        for name, point in found.flips.items()
    )
    origin = (f"sweep.{whose}", {"label": class_of(found.label), "model": model})
    hint = "sweep.flip_hint"
    answer = Answer({}, sentence=first, notes=(*more, origin), details=(*flips, hint))
    return answer, _chart(found, about), _code(asked.reading, model, axis, fill, label)


def _unchanged(found: Sweep, axis: Axis) -> int:
    """The place of the strength that changes nothing."""
    values = [point.value for point in found.points]
    return min(range(len(values)), key=lambda place: abs(values[place] - axis.neutral))


def _words(found: Sweep, axis: Axis) -> tuple[Sentence, ...]:
    """How far the label stays, going both ways from the unchanged picture."""
    points, label = found.points, found.label
    middle, wanted = _unchanged(found, axis), {"wanted": class_of(label)}
    if points[middle].label != label:
        return (reads(points[middle], "sweep.misread", **wanted),)
    first = last = middle
    while first > 0 and points[first - 1].label == label:
        first -= 1
    while last < len(points) - 1 and points[last + 1].label == label:
        last += 1
    # Whether it comes to an end: below, above.
    ends = first > 0, last < len(points) - 1
    if not any(ends):
        return (("sweep.always", wanted),)
    low, high = (_strength(axis, points[place].value) for place in (first, last))
    key = {(True, False): "from", (False, True): "up_to"}.get(ends, "between")
    said: list[Sentence] = [
        ("sweep.only" if first == last else f"sweep.{key}", {**wanted, "low": low, "high": high})
    ]
    for there, place in zip(ends, (first - 1, last + 1), strict=True):
        if there:
            value = _strength(axis, points[place].value)
            said.append(reads(points[place], "sweep.becomes", value=value))
    if any(one.label == label for one in (*points[:first], *points[last + 1 :])):
        said.append(("sweep.again", wanted))
    return tuple(said)


def _strength(axis: Axis, value: float) -> str:
    return UNITS[axis.unit](value).replace("-", "−")


def _chart(found: Sweep, axis: Axis) -> Chart:
    """The probability of the label over the strengths, and below what is read where."""
    values = [point.value for point in found.points]
    name = ("sweep.probability", {"label": class_of(found.label)})
    line = Line(name, tuple(values), tuple(point.probability for point in found.points))
    runs = [
        (key, [place for place, _ in points])
        for key, points in groupby(enumerate(found.points), lambda one: _read_as(one[1]))
    ]
    edges = [(values[places[0]] + values[places[0] - 1]) / 2 for _, places in runs[1:]]
    starts, stops = (values[0], *edges), (*edges, values[-1])
    spans = (
        Span(start, stop, said, strong=said == _named(found.label))
        for (said, _), start, stop in zip(runs, starts, stops, strict=True)
    )
    return Chart(
        (line,),
        x_title=f"sweep.along.{axis.name}",
        x_unit=axis.unit,  # type: ignore[arg-type]
        y_unit="share",
        y_range=(0, 1),
        marks=((axis.neutral, "sweep.unchanged"),),
        strip=tuple(spans),
        at=axis.neutral,
    )


def _read_as(point: Point) -> str:
    if point.label is not None:
        return _named(point.label)
    return f"sweep.strip_{'empty' if point.notice == 'empty' else 'unknown'}"


def _named(label: str) -> str:
    """A class as a sentence: its key, or itself where it is called the same everywhere."""
    return f"class.{label}" if f"class.{label}" in text.strings("en") else label


def _code(reading: snippet.Reading, model: str, axis: str, fill: str, label: str | None) -> str:
    """Python that reads the same points."""
    imports, picture = reading
    return (
        f"{imports}from convdemo import load_model, preview_image, read_image, sweep\n\n"
        f"{picture}\n"
        f"trained = load_model({model!r})\n"
        f"found = sweep(trained, preview_image(picture), {axis!r}, {fill!r}, {label!r})\n"
        "for point in found.points:\n"
        "    said = point.label or point.notice\n"
        '    print(f"{point.value:8.2f} {found.label} {point.probability:.4f} read as {said}")\n'
    )
