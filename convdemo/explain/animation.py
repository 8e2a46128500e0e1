"""A map over the epochs of a run, as a moving picture: what a network looked at as it learned."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from convdemo.errors import UserError
from convdemo.explain.attribution import attribute
from convdemo.explain.subject import Subject, subject_from_pixels
from convdemo.images.fonts import Words
from convdemo.images.frames import spread
from convdemo.images.render import enlarged, overlaid, picture_of
from convdemo.inference.library import Trained
from convdemo.training.runs.snapshots import epochs_of, network_at
from convdemo.training.runs.store import RunFolder

SIDE = 224  # pixels of a frame
CAPTION = 22  # pixels below it
MOST = 40  # frames; of longer runs they are spread evenly
MILLISECONDS = 350  # a frame, the last one longer
LETTERS, MARGIN, BASELINE = 13, 6, 15  # pixels, in the caption
STRENGTH = 0.6  # of the map over the picture


def animate(
    folder: RunFolder,
    subject: Subject,
    method: str,
    *,
    stage: str | None = None,
    target: str | None = None,
) -> tuple[bytes, int]:
    """A GIF of the map of a class, by default the one that is read in the end, epoch by epoch, and
    how many frames it has. ValueError for a run of which no epoch is kept, and for a backbone.
    """
    epochs = epochs_of(folder)
    if not epochs or subject.card is None:
        raise UserError("no epoch of this run is kept")
    goal = target or subject.label
    pixels = subject.pixels.numpy()
    frames = []
    for place in spread(len(epochs), min(MOST, len(epochs))):
        trained = Trained(subject.card, network_at(folder, epochs[place]))
        now = subject_from_pixels(trained, pixels)
        found = attribute(now, method, stage=stage, target=goal)
        share = now.probabilities[now.place(goal)]
        caption = caption_of(epochs[place], epochs[-1], goal, share)
        heat = found.heat.numpy()
        frames.append(_frame(pixels, heat, caption, has_sign=found.method.signed))
    waits = [MILLISECONDS] * (len(frames) - 1) + [4 * MILLISECONDS]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=waits, loop=0)
    return stream.getvalue(), len(frames)


def _frame(pixels: np.ndarray, heat: np.ndarray, caption: str, *, has_sign: bool) -> Image.Image:
    large = enlarged(overlaid(picture_of(pixels), heat, has_sign=has_sign, strength=STRENGTH), SIDE)
    frame = Image.new("RGB", (SIDE, SIDE + CAPTION), (20, 20, 24))
    frame.paste(Image.fromarray(large), (0, 0))
    Words(LETTERS).draw(frame, (MARGIN, SIDE + BASELINE), caption, (235, 235, 235))
    return frame


def caption_of(epoch: int, last: int, label: str, share: float) -> str:
    """What stands below a frame, in no language but the class's own; a long name is cut."""
    words, begin, end = Words(LETTERS), f"{epoch}/{last} · ", f" {share:.1%}"
    room = SIDE - 2 * MARGIN - words.width(f"{begin}|{end}")
    return f"{begin}{words.fitted(label, room)}{end}"
