"""From a drawing to a digit as MNIST shows it: 20x20 pixels of ink, bright on black, centre of mass at the centre."""

import cv2
import numpy as np

from convdemo.ingest import Picture
from convdemo.preprocess import Prepared, Step, centre_by_box, centre_by_mass, fit_into_box, make_step

DIGIT_STEPS: tuple[str, ...] = ("grey", "polarity", "background", "box", "stroke", "size", "centre")


def prepare_digit(picture: Picture, *, skip: frozenset[str] = frozenset()) -> Prepared:
    """The network's input for the drawing in this picture, with each step of DIGIT_STEPS; `skip` names those to leave out."""
    unknown = skip - set(DIGIT_STEPS)
    if unknown:
        raise ValueError(f"skip={sorted(unknown)} is not among {DIGIT_STEPS}")
    rgb = picture.rgb
    if picture.alpha is not None:
        rgb = (rgb * (picture.alpha[:, :, None] / 255) + 255 - picture.alpha[:, :, None]).astype(np.uint8)
    ink = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    steps: list[Step] = [make_step("grey", ink, "grey" not in skip)]
    if "polarity" not in skip and ink.mean() > 127:
        ink = 255 - ink
    steps.append(make_step("polarity", ink, "polarity" not in skip))
    empty = int(ink.max()) - int(ink.min()) < 16
    if "background" not in skip and not empty:
        level, _ = cv2.threshold(ink, 0, 255, cv2.THRESH_OTSU)
        ink = np.clip((ink.astype(np.float32) - level / 2) * (255 / max(ink.max() - level / 2, 1)), 0, 255).astype(np.uint8)
    steps.append(make_step("background", ink, "background" not in skip))
    if "box" not in skip and not empty:
        x, y, width, height = cv2.boundingRect((ink > 64).astype(np.uint8))
        ink = ink[y : y + height, x : x + width]
    steps.append(make_step("box", ink, "box" not in skip))
    steps.append(make_step("stroke", ink, "stroke" not in skip))
    ink = fit_into_box(ink, 20 if "size" not in skip else 28)
    steps.append(make_step("size", ink, "size" not in skip))
    ink = centre_by_mass(ink) if "centre" not in skip else centre_by_box(ink)
    steps.append(make_step("centre", ink, "centre" not in skip))
    return Prepared(tuple(steps), steps[-1].pixels, empty)
