"""What is ink in a grey picture, and what is paper, print, shadow and table."""

import cv2
import numpy as np

from convdemo.images.resize import resize, shrink_to_fit

# Grey levels of 255 by which ink must differ from its ground.
FAINTEST = 10
# The least size of a digit, as a share of its picture's longer side.
SMALLEST = 0.02
# The widest stroke of a pen, as a share of the picture's shorter side.
THIN = 0.08
# The least light in a shadow, of 1 around it, and how much further from lit paper its ink must be.
DARKEST_SHADE, OVER_SHADE = 0.3, 1.25
# Shares of the strongest ink: what is ink, what may go on from it, and what may be a printed line.
STRONG, WEAK, FAINT = 0.4, 0.2, 0.1


def contrast(image: np.ndarray) -> float:
    """The brightest level less the darkest one."""
    low, high, _, _ = cv2.minMaxLoc(image)
    return high - low


def square(side: int) -> np.ndarray:
    return np.ones((side, side), np.uint8)


def quantile(image: np.ndarray, share: float) -> int:
    """The level that this share of a uint8 image's pixels do not exceed."""
    counts = np.bincount(image.ravel(), minlength=256)
    return int(np.searchsorted(np.cumsum(counts), share * image.size))


def bright_ink(grey: np.ndarray) -> np.ndarray:
    """The picture, turned to its negative if its ink is darker than its ground."""
    return 255 - grey if _ink_is_dark(grey) else grey


def _ink_is_dark(grey: np.ndarray) -> bool:
    small = shrink_to_fit(grey, 96).astype(np.float32)
    low, high = float(small.min()), float(small.max())
    middle = (low + high) / 2
    border = np.concatenate((small[0], small[-1], small[:, 0], small[:, -1]))
    ground = float(np.median(border))
    if (abs(border - ground) < 0.1 * (high - low)).mean() > 0.9:
        return ground > middle
    # A thick digit that fills its picture leaves most of the border and nearly all corners free.
    corners = small[np.ix_((0, -1), (0, -1))]
    border_is_bright = (border > middle).mean() + (corners > middle).mean() > 1
    # Pens differ from the middle level around them, and edges of shadows do not.
    fine = shrink_to_fit(grey, 192)
    if min(fine.shape) > 64:
        difference = fine.astype(np.int16) - cv2.medianBlur(fine, 15)
        dark, bright = ((sign * difference).clip(FAINTEST, None) - FAINTEST for sign in (-1, 1))
        dark, bright = (float((side.astype(np.float32) ** 3).sum()) for side in (dark, bright))
        if max(dark, bright) > 3 * min(dark, bright):
            return dark > bright
    if _has_two_levels(grey):
        return bool(border_is_bright)
    # Light differs from its surroundings to both sides, ink to one: first pens, then brushes.
    for share in (0.04, 0.15):
        difference = small - cv2.GaussianBlur(small, (0, 0), max(1.0, share * min(small.shape)))
        dark = float((np.maximum(-difference, 0) ** 3).sum())
        bright = float((np.maximum(difference, 0) ** 3).sum())
        if max(dark, bright) > 2 * min(dark, bright):
            return dark > bright
    return bool(border_is_bright)


def _has_two_levels(grey: np.ndarray) -> bool:
    """Whether nearly every pixel has one of two levels, as on a canvas and never on a photo."""
    sample = grey[:: max(1, grey.shape[0] // 128), :: max(1, grey.shape[1] // 128)]
    level, _ = cv2.threshold(
        np.ascontiguousarray(sample), 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU
    )
    tolerance = 0.04 * contrast(sample)
    near = 0
    for group in (sample[sample <= level], sample[sample > level]):
        if group.size:
            near += int((abs(group.astype(np.int16) - np.median(group)) <= tolerance).sum())
    return near > 0.85 * sample.size


def find_ink(bright: np.ndarray) -> np.ndarray:
    """(H, W) uint8: how much each pixel is ink; 0 for paper, print, specks and shadows.

    All 0 if there is no ink.
    """
    relief, noise = above_ground(bright)
    peak = quantile(relief, 1 - 1 / 5000)
    if peak < max(FAINTEST, 6 * noise):
        return np.zeros_like(bright)
    weak = (relief > max(WEAK * peak, 3 * noise)).astype(np.uint8)
    strong = (relief > max(STRONG * peak, 4 * noise)).astype(np.uint8)
    print_ = np.zeros_like(strong)
    for lines in ruled_lines((relief > max(FAINT * peak, 3 * noise)).astype(np.uint8)):
        if lines.any():
            # Ink on a printed line stands out more than the line; a margin more than a ruling.
            print_ |= lines & (relief < (peak + np.percentile(relief[lines > 0], 80)) / 2)
    mask = whole_strokes(main_parts(strong & ~print_), weak & ~print_)
    if not mask.any():
        return np.zeros_like(bright)
    edge = cv2.dilate(mask, square(3)) > 0
    edge &= (print_ == 0) | (mask > 0)
    paper = np.full_like(relief, min(255, round(noise)))
    return full_strength(cv2.subtract(relief, paper) * edge, mask)


def full_strength(ink: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The ink with its strokes, which the mask marks, at 255, those too where the pen ran dry."""
    level = max(1.0, float(np.percentile(ink[mask > 0], 80)))
    # In a small picture the grey of an edge cannot be told from that of a faint stroke.
    if max(ink.shape) > 64:
        depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
        width = round(4 * float(depth[mask > 0].mean()))
        nearby = cv2.dilate(ink, square(width | 1))
        level = cv2.blur(nearby, (width | 1, width | 1)).clip(0.3 * level, level)
    return np.rint((ink * (255 / level)).clip(0, 255)).astype(np.uint8)


def above_ground(bright: np.ndarray) -> tuple[np.ndarray, float]:
    """How far each pixel rises above the paper, of 255 that it could rise, and the paper's noise.

    Being a share, ink in a shadow is as strong as in the light.
    """
    ground = ground_level(bright)
    rise = (bright - ground) * (255 / np.maximum(255 - ground, 24))
    relief = np.rint(rise.clip(0, 255)).astype(np.uint8)
    # The ground is a lower bound. Of normal noise above it the lower quarter ends 0.67 deviations
    # under the middle, the lower twentieth 1.64.
    quarter = quantile(relief, 0.25)
    noise = (quarter - quantile(relief, 0.05)) / 0.97
    paper = np.full_like(relief, min(255, round(quarter + 0.67 * noise)))
    return cv2.subtract(relief, paper), noise


def ground_level(bright: np.ndarray) -> np.ndarray | np.float32:
    """The paper's level under the ink: one number for even paper, else one for each pixel.

    A grey opening takes away whatever is narrower than its window. Of four windows the smallest
    that still takes away the ink is used, as it follows the edges of shadows best.
    """
    small = shrink_to_fit(bright, 256)
    wide = _opened(small, 0.5)
    if contrast(wide) <= 8:
        return np.float32(np.median(wide))
    # Where shadows are broad and strokes thin, the ground of the strokes follows the shadows.
    thin = _opened(small, THIN)
    if _is_shade(_relief(small, wide, wide), _relief(small, thin, wide)):
        return _smooth_ground(thin, bright)
    # The bright side of the sharpest edges is ink, whatever the light.
    sharpness = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square(3))
    sharpest = quantile(sharpness, 0.9995)
    if sharpest <= 3 * quantile(sharpness, 0.5):  # grain only: all of it is paper
        return bright.astype(np.float32)
    edges = sharpness > 0.5 * sharpest
    relief = small - wide
    core = edges & (relief >= np.median(relief[edges] if edges.any() else relief))
    for share in (0.1, 0.2, 0.3):
        narrow = _opened(small, share)
        kept = (small - narrow)[core] > 0.65 * relief[core]
        if kept.sum() > 0.9 * kept.size:
            wide = narrow
            break
    return _smooth_ground(wide, bright)


def _relief(bright: np.ndarray, ground: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """How far each pixel rises above the ground, of 255 that the light there lets it rise.

    Ink in a shadow is as strong as in the light, and what would be too dark for a shadow is not.
    """
    light = np.maximum(255.0 - ground, DARKEST_SHADE * np.maximum(255.0 - lit, 24))
    return np.rint(((bright - ground) * (255 / light)).clip(0, 255)).astype(np.uint8)


def _smooth_ground(ground: np.ndarray, bright: np.ndarray) -> np.ndarray:
    # One pixel more of the brighter side hides the steps that the reduction leaves along a shadow.
    smooth = cv2.blur(cv2.dilate(ground, square(3)), (3, 3))
    return resize(smooth, bright.shape[1], bright.shape[0]).astype(np.float32)


def _is_shade(wide: np.ndarray, thin: np.ndarray) -> bool:
    """Whether most of what rises above the wide ground is broad, and strokes above the thin one.

    A pen rises as far above a thin ground, its whole stroke; a brush leaves corners, and pale ones.
    """
    if min(wide.shape) < 96:
        return False
    highest, height = (quantile(relief, 1 - 1 / 5000) for relief in (wide, thin))
    if height < max(FAINTEST, 0.7 * highest):
        return False
    window = round(THIN * min(wide.shape)) | 1
    strong = (wide > STRONG * highest).astype(np.uint8)
    broad = cv2.morphologyEx(strong, cv2.MORPH_OPEN, square(window))
    strokes = (thin > STRONG * height).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    sides = stats[1:, cv2.CC_STAT_WIDTH : cv2.CC_STAT_HEIGHT + 1].max(axis=1)
    longest = 1 + int(sides.argmax())
    if broad.sum() <= 2 * stats[longest, cv2.CC_STAT_AREA] or sides[longest - 1] <= 1.2 * window:
        return False
    # What is left of a brush is no stronger than the rest of its stroke, a pen is than the shade.
    stroke = (np.asarray(labels) == longest).astype(np.uint8)
    around = cv2.dilate(stroke, square(window)) > cv2.dilate(stroke, square(3))
    near = wide[around & (broad > 0)]
    return not near.size or bool(np.median(wide[stroke > 0]) > OVER_SHADE * np.median(near))


def _opened(image: np.ndarray, share: float) -> np.ndarray:
    side = round(share * min(image.shape)) | 1
    return cv2.morphologyEx(image, cv2.MORPH_OPEN, square(side))


def ruled_lines(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of printed lines, across and down, that belong to no stroke that crosses them."""
    across = _lines_across(mask)
    down = _lines_across(np.ascontiguousarray((mask & ~across).T)).T
    # A single margin is only told from a bar of the digit when the other lines are gone.
    if down.any() and not across.any():
        across = _lines_across(mask & ~down)
    return across, down


def _lines_across(mask: np.ndarray) -> np.ndarray:
    height, width = mask.shape
    nothing = np.zeros_like(mask)
    length = max(9, width // 20)
    if height < 64 or width < 64:
        return nothing
    # A slanting line of a pixel or two is in one row for a few pixels only.
    thicker = cv2.dilate(mask, np.ones((5, 1), np.uint8))
    pieces = cv2.morphologyEx(thicker, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    pieces = cv2.bitwise_and(pieces, mask)
    # Pieces of a slanting or broken line meet when they are made longer.
    joined = cv2.dilate(pieces, np.ones((3, length), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    long_enough = stats[:, cv2.CC_STAT_WIDTH] > 0.8 * width
    flat = stats[:, cv2.CC_STAT_HEIGHT] < 0.15 * height
    chosen = long_enough & flat
    chosen[0] = False
    if not chosen.any():
        return nothing
    lines = (chosen[labels] & (pieces > 0)).astype(np.uint8)
    thickness = lines.sum() / (chosen.sum() * width)
    if thickness > 0.03 * height:
        return nothing
    # A stroke that crosses a line makes it thicker there.
    tall = max(3, round(2.5 * thickness)) | 1
    crossed = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    lines = (cv2.dilate(lines, square(3)) & mask) * (crossed == 0)
    # A bar of the digit itself may be as long as its picture; then the rest is as high as that.
    rest = main_parts(mask & ~lines)
    fills = cv2.boundingRect(rest)[3] > 0.8 * height
    return nothing if not rest.any() or (fills and chosen.sum() < 3) else lines


def whole_strokes(strong: np.ndarray, weak: np.ndarray) -> np.ndarray:
    """The strong parts and the weak ones next to them, if the digit's box stays about the same."""
    if not strong.any():
        return strong
    _, labels = cv2.connectedComponents(weak, connectivity=8)
    chosen = np.unique(labels[strong > 0])
    grown = np.isin(labels, chosen[chosen > 0]).astype(np.uint8) | strong
    _, _, width, height = cv2.boundingRect(strong)
    _, _, new_width, new_height = cv2.boundingRect(grown)
    reach = 0.35 * max(width, height)
    calm = new_width <= width + reach and new_height <= height + reach
    return grown if calm and grown.sum() < 3 * strong.sum() else strong


def main_parts(mask: np.ndarray) -> np.ndarray:
    """The mask's largest part, those big and near enough to belong to the same digit, and those as
    high beside it: a number is not to be read as one of its digits.
    """
    reach = max(mask.shape) // 100
    joined = cv2.dilate(mask, square(2 * reach + 1)) if reach else mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if len(stats) < 2:
        return mask
    left, top, width, height = (stats[1:, column] for column in range(4))
    area = np.bincount(labels[mask > 0], minlength=len(stats))[1:]
    right, bottom = left + width, top + height
    touches = (left == 0) | (top == 0) | (right == mask.shape[1]) | (bottom == mask.shape[0])
    main = int(np.argmax(area * np.where(touches, 0.3, 1.0)))
    extent = max(width[main], height[main])
    if extent - 2 * reach < SMALLEST * max(mask.shape):
        return np.zeros_like(mask)
    gap = np.maximum(
        np.maximum(left - right[main], left[main] - right),
        np.maximum(top - bottom[main], top[main] - bottom),
    )
    keep = (area >= 0.02 * area[main]) & (gap <= 0.4 * extent)
    level = np.minimum(bottom, bottom[main]) - np.maximum(top, top[main])
    as_high = level > 0.6 * np.maximum(height, height[main])
    keep |= as_high & ~touches & ~touches[main] & (gap <= 2 * extent)
    keep[main] = True
    chosen = np.concatenate(([False], keep))
    return chosen[np.asarray(labels, np.intp)].astype(np.uint8) * mask
