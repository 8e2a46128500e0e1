"""The lessons on layers: dense against convolution, one neuron, the end of a network."""

from dataclasses import asdict
from typing import Any

import numpy as np

from convdemo.convolution.kernels import KERNELS
from convdemo.convolution.lessons import losses
from convdemo.convolution.lessons import neuron as neurons
from convdemo.convolution.lessons.equivariance import SIDE, costs, dense_weights, follow, moved
from convdemo.ui import lesson_code, wire
from convdemo.ui.lesson_request import choice, numbers, whole

KERNELS_OFFERED = ("sobel_x", "sobel_y", "blur", "sharpen", "laplacian", "identity")
FARTHEST = 4  # pixels that the picture is moved
REACH = 6.0  # of a curve, to both sides of zero
TERMS = range(1, 5)
CLASSES = range(2, 7)


def dense(payload: Any) -> dict[str, Any]:
    """How a convolution and a dense layer follow the moved picture, and what both weigh."""
    request = wire.mapping(payload)
    picture = np.array(numbers(request, "picture", range(SIDE**2, SIDE**2 + 1), 0, 1))
    picture = picture.reshape(SIDE, SIDE)
    name = choice(request, "kernel", KERNELS_OFFERED)
    down, right = (whole(request, axis, -FARTHEST, FARTHEST) for axis in ("down", "right"))
    seed = whole(request, "seed", 0, 9999)
    size = {name: whole(request, name, 1, most) for name, most in (("size", 11), ("filters", 64))}
    channels = whole(request, "channels", 1, 64)
    kernel = KERNELS[2][name]
    both = follow(picture, kernel, dense_weights(SIDE, seed), down=down, right=right)
    convolution, full = (
        {
            "after": one.after.tolist(),
            "largest": one.largest,
            "differing": one.differing,
            "peak": float(max(np.abs(one.before).max(), np.abs(one.after).max())),
        }
        for one in both
    )
    weighed = costs(size["size"], size["filters"], channels)
    return {
        "moved": moved(picture, down, right).tolist(),
        "kernel": kernel.tolist(),
        "cells": SIDE**2,
        "convolution": convolution,
        "dense": full,
        "costs": [asdict(one) for one in weighed],
        "code": lesson_code.dense(
            picture, kernel, seed, (down, right), (size["size"], size["filters"], channels)
        ),
    }


def neuron(payload: Any) -> dict[str, Any]:
    """One neuron: products, sum, output, slope, and the curve of its activation."""
    request = wire.mapping(payload)
    inputs = numbers(request, "inputs", TERMS, -5, 5)
    weights = numbers(request, "weights", range(len(inputs), len(inputs) + 1), -5, 5)
    bias = wire.number(request, "bias", -5, 5)
    name = choice(request, "activation", neurons.ACTIVATIONS)
    found = neurons.neuron(inputs, weights, bias, name)
    reach = max(REACH, float(np.ceil(abs(found.total))))
    # ReLU's slope leaps just behind zero.
    across = np.sort(np.append(np.linspace(-reach, reach, 121), 1e-9))
    return {
        **asdict(found),
        "curve": {
            "x": across.tolist(),
            "value": neurons.activate(name, across).tolist(),
            "slope": neurons.slope(name, across).tolist(),
        },
        "code": lesson_code.neuron(inputs, weights, bias, name),
    }


def scores(payload: Any) -> dict[str, Any]:
    """Softmax and log-softmax of some scores, and of the same with a constant added."""
    request = wire.mapping(payload)
    given = np.array(numbers(request, "scores", CLASSES, -20, 20))
    added = wire.number(request, "added", -1000, 1000)
    shares, later = neurons.softmax(given), neurons.softmax(given + added)
    return {
        "shares": shares.tolist(),
        "logarithms": neurons.log_softmax(given).tolist(),
        "later": later.tolist(),
        "difference": float(np.abs(shares - later).max()),
        "code": lesson_code.scores(given.tolist(), added),
    }


def output(payload: Any) -> dict[str, Any]:
    """The end of a network by its task, as it should be and with an activation too many."""
    request = wire.mapping(payload)
    task = choice(request, "task", losses.TASKS)
    count = CLASSES if task == "classes" else range(1, 2)
    given = np.array(numbers(request, "scores", count, -10, 10))
    target = (
        float(whole(request, "target", 0, len(given) - 1))
        if task == "classes"
        else wire.number(request, "target", *((0, 1) if task == "binary" else (-10, 10)))
    )
    place = int(target) if task == "classes" else 0
    across = np.linspace(-10, 10, 121)
    right, trapped = losses.along(task, given, target, place, across)
    return {
        "right": asdict(losses.outcome(task, given, target)),
        "trapped": asdict(losses.outcome(task, given, target, trapped=True)),
        "place": place,
        "curve": {"x": across.tolist(), "right": right.tolist(), "trapped": trapped.tolist()},
        "code": lesson_code.output(task, given.tolist(), target),
    }
