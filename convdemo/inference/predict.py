"""From a trained model and a picture to probabilities, and to the input that the network saw."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from convdemo.images.decode import Picture
from convdemo.inference.answer import EMPTY, named, surest_turn
from convdemo.inference.inputs import prepare
from convdemo.inference.library import Trained
from convdemo.preprocessing.steps import Prepared


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says of a picture.

    `label` is None where there is a `notice` (EMPTY, UNKNOWN or SEVERAL); `probabilities` is by
    class name, empty when nothing is drawn; `step_predictions` are (label, probability) had the
    preprocessing ended at each step; `note` is a key of NOTES where the reader should know how the
    picture was read.
    """

    label: str | None
    notice: str | None
    probabilities: dict[str, float]
    model: str
    seconds: float
    prepared: Prepared
    step_predictions: tuple[tuple[str, float], ...] = ()
    note: str | None = None


def probabilities(trained: Trained, pixels: np.ndarray, quarters: int = 0) -> np.ndarray:
    """(N, outputs) float32 probabilities of inputs (N, C, H, W) in 0..1, the extra classes last;
    the network sees views of them as they are when turned counter-clockwise by quarters. Single
    inputs of several threads are read together."""
    import torch

    from convdemo.inference.batching import batching_of
    from convdemo.inference.tta import probabilities_of

    card = trained.card
    about = {"mean": card.mean, "std": card.std, "views": card.views, "quarters": quarters}

    @torch.inference_mode()
    def read(x: torch.Tensor) -> torch.Tensor:
        return probabilities_of(trained.network, x, **about)

    x = torch.from_numpy(np.ascontiguousarray(pixels, np.float32))
    if len(x) > 1:
        return read(x).numpy()
    return batching_of(trained.network).read(x, read, tuple(about.values())).numpy()


def read_upright(trained: Trained, prepared: Prepared) -> tuple[Prepared, np.ndarray]:
    """The input as it stands upright, and the (outputs,) probabilities of it over all its views."""

    def read(quarters: int) -> np.ndarray:
        return probabilities(trained, prepared.pixels[None], quarters)[0]

    card = trained.card
    turn, answer = surest_turn(read, len(card.classes), prepared.turnable, card.threshold)
    return prepared.turned(turn), answer


def predict_prepared(trained: Trained, prepared: Prepared, *, steps: bool = False) -> Prediction:
    """The prediction for an input that is ready; with `steps` also what each step leads to."""
    started = time.perf_counter()
    card = trained.card
    if prepared.empty:
        return Prediction(None, EMPTY, {}, card.name, time.perf_counter() - started, prepared)
    count = len(card.classes)
    prepared, answer = read_upright(trained, prepared)
    # A network takes the pictures of the steps only where they have its own shape.
    shown = [step.pixels for step in prepared.steps] if steps else []
    shown = shown if all(pixels.shape == prepared.pixels.shape for pixels in shown) else []
    read = probabilities(trained, np.stack(shown)) if shown else ()
    label, notice, found = named(answer, card.classes, card.extra_classes, card.threshold)
    step_predictions = tuple(
        (card.classes[int(row[:count].argmax())], float(row[:count].max())) for row in read
    )
    return Prediction(
        label=label,
        notice=notice,
        probabilities=found,
        model=card.name,
        seconds=time.perf_counter() - started,
        prepared=prepared,
        step_predictions=step_predictions,
        note="turned" if prepared.quarters else None,
    )


def predict_picture(
    trained: Trained,
    picture: Picture,
    *,
    skip: frozenset[str] = frozenset(),
    steps: bool = False,
) -> Prediction:
    """The prediction for a picture as it arrives; `seconds` counts the preprocessing too."""
    started = time.perf_counter()
    prepared = prepare(trained.card, picture, skip=skip)
    prediction = predict_prepared(trained, prepared, steps=steps)
    note = picture.note or prediction.note
    return replace(prediction, seconds=time.perf_counter() - started, note=note)
