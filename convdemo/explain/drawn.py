"""The figure of a map, in the words of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from convdemo.images.figures import explanation
from convdemo.images.look import Look
from convdemo.images.render import picture_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from convdemo.explain.attribution import Attribution
    from convdemo.explain.subject import Subject


def explanation_of(
    subject: Subject,
    found: Attribution,
    classes: Sequence[str],
    say: Mapping[str, str],
    look: Look,
) -> Figure:
    """The figure of a map: what the network sees, the map over it, the likeliest classes."""
    target = subject.place(found.target)
    about = say["explain.why.about"].format(target=classes[target])
    if found.against is not None:
        other = classes[subject.place(found.against)]
        about = say["explain.why.about_against"].format(target=classes[target], against=other)
    method = say[f"explain.method.{found.method.name}"]
    return explanation(
        picture_of(subject.pixels.numpy()),
        found.heat.numpy(),
        subject.probabilities,
        classes,
        target=target,
        about=about,
        has_sign=found.method.signed,
        title=" · ".join(filter(None, (subject.model, method, found.stage))),
        look=look,
    )
