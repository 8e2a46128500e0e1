"""The lab report of how a picture was read, the same for both tabs that read pictures."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from convdemo.augmentation.preview import ground
from convdemo.images.decode import Picture
from convdemo.images.render import picture_of
from convdemo.inference.predict import Prediction
from convdemo.ui import lab_report, text


def report_reading(
    language: str,
    job: str,
    tab: str,
    picture: Picture,
    prediction: Prediction,
    about: Mapping[str, object],
    code: str,
) -> Path:
    """The lab report of a prediction: the picture, every step of its preparation, and the bars."""
    from convdemo.export.report import Seen, write_seen
    from convdemo.images.figures import shares, tiles

    speech = lab_report.speech(language)
    likeliest = {speech.name(name): one for name, one in prediction.probabilities.items()}
    images, captions = [_square(ground(picture))], [[speech.say("picture")]]
    for step in prediction.prepared.steps:
        off = [] if step.active else [text.say(language, "train.off")]
        images.append(_square(step.image))
        captions.append([text.say(language, f"step.{job}.{step.name}"), *off])
    images.append(picture_of(prediction.prepared.pixels))
    captions.append([text.say(language, "seen.title")])
    figures = {speech.say("preparation"): tiles(images, captions, look=speech.look)}
    lines = []
    if likeliest:
        figures[speech.say("reading")] = shares(likeliest, look=speech.look)
        label = max(likeliest, key=lambda name: likeliest[name])
        told = {"label": label, "share": f"{min(likeliest[label], 0.999):.1%}"}
        lines.append(speech.say("read", model=prediction.model, **told))
    if prediction.notice:
        lines.append(text.say(language, f"answer.{job}.{prediction.notice}"))
    settings = {"model": prediction.model, "notice": prediction.notice, **about}
    seen = Seen(text.say(language, f"tab.{tab}"), lines, settings, figures, code)
    return write_seen(lab_report.place(tab), speech, seen)


def _square(image: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 of a picture (H, W) or (H, W, 3), on grey: some pictures are white."""
    image = np.repeat(image[..., None], 3, axis=2) if image.ndim == 2 else image[..., :3]
    height, width = image.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    edges = (top, side - height - top), (left, side - width - left), (0, 0)
    return np.pad(image, edges, constant_values=190)
