"""What a network's outputs say of a picture: its label, or a notice why there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

EMPTY = "empty"  # nothing is drawn
UNKNOWN = "unknown"  # unlike anything the model knows
SEVERAL = "several"  # more than one of what the model knows; also the name of such an output
# How much surer the network has to be of a turned photo: less helps those that lie on a side, and
# makes bags of drawn clothes that lie as they should.
TRUST_IN_THE_PHOTO = 0.5
# How sure it has to be of a picture on its side that is nothing it knows as it lies. Of 3,000
# digits of MNIST's validation part 70 and 76 % are read on their left and right side so (12 and
# 10 % as they lie), and 87.6 % of 1,800 letters, signs and shapes are still noticed (89.2 %).
SURE_ON_A_SIDE = 0.95


def surest_turn(
    read: Callable[[int], np.ndarray], classes: int, turnable: str, threshold: float | None
) -> tuple[int, np.ndarray]:
    """The quarters by which a picture stands upright, and the (outputs,) probabilities of it then.

    `read` gives them by quarters, the extra classes last. "always" turnable: of four directions the
    one in which the network is surest of a class; the picture's own is preferred, since most photos
    are taken upright. "if unknown": a side on which it is very sure of a class, where the extra
    classes reach the threshold; not upside down, where digits are other digits.
    """
    chosen, best = 0, read(0)
    turns, surest = range(1, 4), best[:classes].max() + TRUST_IN_THE_PHOTO
    if turnable == "if unknown":
        unknown = threshold is not None and best[classes:].sum() >= threshold
        turns, surest = range(1, 4 if unknown else 1, 2), SURE_ON_A_SIDE
    for turn in turns if turnable != "never" else ():
        if surest >= 1:
            break  # no other direction could be surer, which spares most photos three readings
        answer = read(turn)
        if answer[:classes].max() > surest:
            chosen, best, surest = turn, answer, answer[:classes].max()
    return chosen, best


def named(
    answer: np.ndarray,
    classes: Sequence[str],
    extra_classes: Sequence[str],
    threshold: float | None,
) -> tuple[str | None, str | None, dict[str, float]]:
    """Label, notice and the probability of each class from the (outputs,) probabilities.

    The extra classes say that the picture is none of the others; from `threshold` on they are
    believed, and the label is None.
    """
    count, notice = len(classes), None
    share = answer[:count] / max(float(answer[:count].sum()), 1e-12)
    if threshold is not None and float(answer[count:].sum()) >= threshold:
        surest = extra_classes[int(answer[count:].argmax())]
        notice = SEVERAL if surest == SEVERAL else UNKNOWN
    return (
        None if notice else classes[int(share.argmax())],
        notice,
        {name: float(value) for name, value in zip(classes, share, strict=True)},
    )
