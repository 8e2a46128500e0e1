"""The lessons on descent: an optimizer step by step, and inputs raw and normalised."""

from dataclasses import asdict
from typing import Any

import numpy as np

from convdemo.convolution.lessons import normalisation, optimizers
from convdemo.ui import lesson_code, wire
from convdemo.ui.lesson_request import choice, whole
from convdemo.ui.wire import Refused

CELLS = 41  # of a surface along each side
EDGE = 3.0  # of the surface of two weights
STEPS = 60
MODES = ("own", "same")


def optimizer(payload: Any) -> dict[str, Any]:
    """The first steps of an optimizer with all of their numbers, and the loss around them."""
    request = wire.mapping(payload)
    name = choice(request, "optimizer", optimizers.SETTINGS)
    loss_name = choice(request, "loss", optimizers.LOSSES)
    loss = optimizers.LOSSES[loss_name]
    rate = wire.number(request, "rate", 0.001, 1)
    steps = whole(request, "steps", 1, STEPS)
    settings = {
        one: float(wire.number(request, one, 0, 0.9999)) for one in optimizers.SETTINGS[name]
    }
    start = loss.start
    if "start" in request:
        given = request["start"]
        if not isinstance(given, list) or len(given) != 2:
            raise Refused("request")
        pair = {"first": given[0], "second": given[1]}
        start = (wire.number(pair, "first", -EDGE, EDGE), wire.number(pair, "second", -EDGE, EDGE))
    moves = optimizers.descend(loss, name, rate, settings, start=start, steps=steps)
    heights = optimizers.surface(loss.value, (-EDGE, -EDGE), (EDGE, EDGE), CELLS)
    last = moves[-1].ended
    return {
        "moves": [asdict(move) for move in moves],
        "steps": steps,
        "lost": len(moves) < steps or max(map(abs, last)) > optimizers.FARTHEST,
        "loss": float(loss.value(np.array(last))),
        "path": [list(move.weights) for move in moves] + [list(last)],
        "best": list(loss.best),
        "plane": _plane(heights, (-EDGE, -EDGE), (EDGE, EDGE)),
        "code": lesson_code.optimizer(loss_name, name, rate, settings, start, len(moves)),
    }


def scaled(payload: Any) -> dict[str, Any]:
    """Gradient descent on raw and on normalised inputs: limits, paths and losses of both."""
    request = wire.mapping(payload)
    scale = wire.number(request, "scale", 1, 30)
    mean = wire.number(request, "mean", 0, 3)
    share = wire.number(request, "share", 0.02, 1.2)
    mode = choice(request, "mode", MODES)
    steps = whole(request, "steps", 1, STEPS)
    both = normalisation.problems(scale, mean)
    told = []
    for problem in both:
        rate = share * (problem.limit if mode == "own" else both[0].limit)
        path = problem.path(rate, steps)
        low, high = _around(problem)
        told.append(
            {
                "limit": problem.limit,
                "curvatures": list(problem.curvatures),
                "rate": rate,
                "path": path.tolist(),
                "losses": [float(problem.loss(one)) for one in path],
                "least": float(problem.loss(problem.best)),
                "lost": len(path) <= steps or float(np.abs(path[-1]).max()) > optimizers.FARTHEST,
                "best": problem.best.tolist(),
                "plane": _plane(optimizers.surface(problem.loss, low, high, CELLS), low, high),
            }
        )
    return {
        "raw": told[0],
        "normal": told[1],
        "code": lesson_code.scaled(scale, mean, share, mode, steps),
    }


def _around(problem: normalisation.NormalisationProblem) -> tuple[optimizers.Pair, optimizers.Pair]:
    """Corners of a plane with the start and, in its middle, the best weights; both weights have
    the same scale, so that a narrow valley looks narrow.
    """
    best = problem.best
    reach = 1.6 * float(np.abs(best).max())
    low, high = best - reach, best + reach
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def _plane(heights: np.ndarray, low: optimizers.Pair, high: optimizers.Pair) -> dict[str, Any]:
    """What the page draws of a surface: its heights row by row, and its corners."""
    return {
        "cells": CELLS,
        "heights": [float(f"{one:.4g}") for one in heights.ravel()],
        "low": list(low),
        "high": list(high),
    }
