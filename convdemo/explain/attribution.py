"""A map of the places that speak for a class, and why it may be empty."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch

from convdemo.errors import UserError, choose
from convdemo.explain.attribution_methods import (
    METHODS,
    Method,
    Progress,
    Query,
    Score,
    cam_maps,
    grad_cam,
    no_progress,
    signed_cam,
)
from convdemo.explain.subject import Subject

# What keeps a map from showing anything, and what to do about it: keys of the page's strings.
REASONS = ("nan", "one_place", "dead", "relu", "flat")


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map (H, W) of the input for a class, why there is nothing on it if so, and the time."""

    method: Method
    stage: str | None
    target: str
    against: str | None
    heat: torch.Tensor
    empty: str | None  # one of REASONS
    seconds: float
    query: Query


def attribute(
    subject: Subject,
    method: str,
    *,
    stage: str | None = None,
    target: str | None = None,
    against: str | None = None,
    progress: Progress = no_progress,
) -> Attribution:
    """The map of a method for a class, the one that is read for None, perhaps against another.
    `progress` is told the share that is done, and may raise to end it.

    ValueError for methods, stages and classes that are not there, and for a stage without maps.
    """
    chosen = choose("method", method, METHODS)
    goal = subject.place(target)
    other = None if against is None else subject.place(against)
    if other == goal:
        raise UserError(f"class {against!r} cannot be compared with itself")
    stage = subject.stage_with_maps(stage) if chosen.staged else None
    query = Query(Score(subject.network, goal, other), subject.x, stage, subject.background)
    started = time.perf_counter()
    heat = chosen.compute(replace(query, progress=progress))
    seconds = time.perf_counter() - started
    reason = _why_empty(chosen, query, heat)
    heat = torch.nan_to_num(heat, nan=0.0, posinf=0.0, neginf=0.0)
    return Attribution(chosen, stage, subject.classes[goal], against, heat, reason, seconds, query)


def _why_empty(method: Method, query: Query, heat: torch.Tensor) -> str | None:
    """Why a map shows nothing, as one of REASONS; None where it shows something."""
    if not bool(torch.isfinite(heat).all()):
        return "nan"
    if method.staged:
        maps, gradient = cam_maps(query)
        if maps.shape[2] * maps.shape[3] == 1:
            return "one_place"
        if not bool(maps.any()):
            return "dead"
        if not bool(heat.any()) and bool((signed_cam(maps, gradient) < 0).any()):
            return "relu"
    return None if bool((heat != heat.flatten()[0]).any()) else "flat"


def against_the_class(found: Attribution) -> Attribution:
    """The remedy for a Grad-CAM that its ReLU left empty: what speaks against the class."""
    return replace(found, heat=grad_cam(found.query, sign=-1), empty=None)
