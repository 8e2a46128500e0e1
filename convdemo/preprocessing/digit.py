"""From a drawing to a digit as MNIST shows it: bright on black, its mass in the middle of 28x28.

The framing is that of http://yann.lecun.com/exdb/mnist: the digit's box goes into 20x20 pixels with
its aspect kept and grey levels from the reduction, and its centre of mass into the centre of 28x28.
MNIST's pens were alike and its paper clean; what else differs in a drawing, its paper, polarity and
stroke, is taken away before.
"""

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from convdemo.images.decode import Picture
from convdemo.images.resize import fit_into_box, is_grey, shrink_to_fit
from convdemo.preprocessing.centring import centre_by_box, centre_by_mass
from convdemo.preprocessing.ink import bright_ink, find_ink, quantile
from convdemo.preprocessing.paper import sheet
from convdemo.preprocessing.steps import SIDE, Prepared, PreprocessingStep, check_skipped

DIGIT_STEPS: tuple[str, ...] = (
    "paper",
    "grey",
    "polarity",
    "background",
    "box",
    "stroke",
    "size",
    "centre",
    "contrast",
)
BOX_SIDE = 20
# Strokes are measured and changed at this many pixels per pixel of the 20x20 box.
FINE = 4
# MNIST's strokes are 2 to 3.5 pixels wide; thinner and thicker ones are brought to these.
THIN, THICK = 2.0, 3.6
# Larger pictures are reduced to this; a thirtieth of the page still fills the box of 20 pixels.
LONGEST = 640
# The pixels at which the colour of the ink is looked for, and the window that is its surroundings.
COLOUR_DETAIL, COLOUR_WINDOW = 256, 31


def prepare_digit(picture: Picture, *, skip: frozenset[str] = frozenset()) -> Prepared:
    """The network's input for the drawing in this picture, with the steps that led to it.

    `skip` names the steps of DIGIT_STEPS to leave out; ValueError for any other name.
    """
    check_skipped(skip, DIGIT_STEPS)
    state = picture.rgb if picture.alpha is None else on_paper(picture.rgb, picture.alpha)
    steps = []
    empty = False
    for name in DIGIT_STEPS:
        done = _STEPS[name](state)
        if name == "background":
            empty = not done.any()
        active = name not in skip
        if active:
            state = done
        elif name in _INSTEAD:
            state = _INSTEAD[name](state)
        steps.append(PreprocessingStep(name, state, active))
    # A sheet on a table is photographed from any side; who draws on the pad sits before it.
    turnable = "never" if picture.drawn else "if unknown"
    return Prepared(tuple(steps), steps[-1].pixels, empty, turnable)


def frame_ink(ink: np.ndarray) -> np.ndarray:
    """(28, 28) uint8: ink (H, W), bright on black, as the steps after "background" leave it."""
    for name in DIGIT_STEPS[DIGIT_STEPS.index("background") + 1 :]:
        ink = _STEPS[name](ink)
    return ink


def to_grey(rgb: np.ndarray) -> np.ndarray:
    """(H, W) uint8: the picture's brightness, or the channel in which ink stands out much more."""
    if is_grey(rgb):
        return shrink_to_fit(cv2.extractChannel(rgb, 0), LONGEST)
    small = shrink_to_fit(rgb, COLOUR_DETAIL)
    shades = [cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), *cv2.split(small)]
    # What differs from its surroundings is ink, and a shadow does not.
    window = min(COLOUR_WINDOW, (min(small.shape[:2]) - 1) | 1)
    strengths = [
        quantile(cv2.absdiff(shade, cv2.medianBlur(shade, window)), 0.999) for shade in shades
    ]
    best = int(np.argmax(strengths))
    # Only a clear gain counts: in a single channel the print on lined paper may stand out, too.
    gains = strengths[best] > 1.4 * strengths[0]
    grey = cv2.extractChannel(rgb, best - 1) if gains else cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return shrink_to_fit(grey, LONGEST)


def on_paper(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """The transparent picture laid on a ground on which its ink can be seen.

    Where only ink is visible, that is white under dark ink and black under bright ink; where a
    drawing with its own paper is visible, that paper's brightness.
    """
    visible = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[alpha > 127]
    if visible.size == 0:
        return np.full_like(rgb, 255)
    low, middle, high = np.percentile(visible, (2, 50, 98))
    ground = middle if high - low > 80 else 255 * (middle < 128)
    weight = alpha[:, :, None].astype(np.float32) / 255
    return np.rint(rgb * weight + ground * (1 - weight)).astype(np.uint8)


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """The part of the image within the box of its ink."""
    left, top, width, height = cv2.boundingRect((ink > 0.3 * int(ink.max())).astype(np.uint8))
    if width == 0:
        return ink
    return ink[top : top + height, left : left + width]


def even_stroke(ink: np.ndarray) -> np.ndarray:
    """The digit with strokes as wide as MNIST's, unchanged where they are already."""
    side = FINE * BOX_SIDE
    height, width = ink.shape
    # A stroke thinner than a fine pixel would fade in the reduction: first as wide as that pixel.
    factor = max(height, width) // side
    if factor > 1:
        ink = cv2.dilate(ink, np.ones((factor, factor), np.uint8))
    fine = fit_into_box(ink, side)
    fine = cv2.copyMakeBorder(fine, side // 8, side // 8, side // 8, side // 8, cv2.BORDER_CONSTANT)
    mask = (fine > 127).astype(np.uint8)
    if not mask.any():
        return ink
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    stroke = 4 * (float(inside[mask > 0].mean()) - 0.5)
    wanted = min(max(stroke, THIN * FINE), THICK * FINE)
    if wanted == stroke:
        return ink
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    grown = (wanted - stroke) / 2 + 0.5 + inside - outside
    return crop_to_ink(np.rint(grown.clip(0, 1) * 255).astype(np.uint8))


def full_contrast(ink: np.ndarray) -> np.ndarray:
    """The digit with its strokes as bright as they can be."""
    if not ink.any():
        return ink
    level = max(1.0, float(np.percentile(ink[ink > 0], 90)))
    return np.rint((ink * (255 / level)).clip(0, 255)).astype(np.uint8)


_STEPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "paper": sheet,
    "grey": to_grey,
    "polarity": bright_ink,
    "background": find_ink,
    "box": crop_to_ink,
    "stroke": even_stroke,
    "size": partial(fit_into_box, side=BOX_SIDE),
    "centre": centre_by_mass,
    "contrast": full_contrast,
}
# What a step does where it is switched off, if not nothing: the input must get its size.
_INSTEAD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "grey": lambda rgb: rgb.mean(axis=2).astype(np.uint8),
    "size": partial(fit_into_box, side=SIDE),
    "centre": centre_by_box,
}
