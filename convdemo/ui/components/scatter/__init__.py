"""Scatter: things as points on a plane, coloured by class, and one of one's own among them."""

from __future__ import annotations

from dataclasses import dataclass

from convdemo.ui.components.display import Display


@dataclass(frozen=True)
class Points:
    """Points (x, y), each with its class, the share of the variance in 0..1 that either axis has,
    and one's own point with the class that is read in it.
    """

    classes: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    labels: tuple[str, ...]
    own: tuple[float, float]
    label: str
    explained: tuple[float, float]


class Scatter(Display):
    """A plane as wide as high, and the names of the classes, each a button that singles it out.

    A class is called by what `words` have for "class.NAME", else by its name.
    """
