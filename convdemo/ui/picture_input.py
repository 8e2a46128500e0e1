"""A picture that a visitor brings: Gradio's own control, which opens no file before we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import ImageData
from gradio.processing_utils import save_img_array_to_cache

from convdemo.images.decode import PictureError, opened, over_white, read_picture
from convdemo.images.render import encode_png
from convdemo.ui import wire
from convdemo.ui.components.display import WithoutStubs

BROWSERS_KNOW = {  # formats, and the endings by which they are served as what they are
    "AVIF": (".avif",),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "JPEG": (".jpg", ".jpeg", ".jfif"),
    "PNG": (".png",),
    "WEBP": (".webp",),
}

# Gradio tells of a removed picture while it still has it: `controls.js` knows whether it was.
UNLESS_REMOVED = "(file, ...others) => [convdemo.brought(file), ...others]"


class PictureInput(gr.Image, metaclass=WithoutStubs):
    """An upload, a photo of the camera or of the clipboard; its value is the file.

    `gr.Image` opens what arrives before our functions see it, and knows fewer kinds of files than
    `images.decode`, which has a sentence for each that cannot be read. `answer` is the id of the
    display in which `controls.js` says that a picture is on its way, or that a drop is none.
    """

    def __init__(self, *, elem_id: str, answer: str, **others: Any) -> None:
        super().__init__(
            type="filepath",
            sources=["upload", "webcam", "clipboard"],
            # The camera at the back of a phone, and as it sees: no mirror image.
            webcam_options=gr.WebcamOptions(
                mirror=False, constraints={"video": {"facingMode": "environment"}}
            ),
            buttons=[],
            interactive=True,
            elem_id=elem_id,
            elem_classes=["cd-picture-input", f"cd-says-in-{answer}"],
            **others,
        )

    def get_block_name(self) -> str:
        """Gradio's page draws it as its own."""
        return "image"

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]
        """The properties of `gr.Image`, which Gradio would look for in our own constructor."""
        return super().get_config(gr.Image)

    def preprocess(self, payload: ImageData | None) -> ImageData | None:  # type: ignore[override]
        """The uploaded file, unopened: its `path`, and what it was called, its `orig_name`."""
        return payload

    def postprocess(self, value: Any) -> ImageData | None:  # type: ignore[override]
        """A file as it is, or a PNG of an image (H, W, 3) uint8."""
        if value is None:
            return None
        if isinstance(value, np.ndarray):
            value = save_img_array_to_cache(value, self.GRADIO_CACHE, format="png")
        return ImageData(path=str(value), orig_name=Path(value).name)


def shown(file: ImageData) -> Any:
    """What the control shows of a file that was read: that, or a PNG where no browser knows it."""
    try:
        path = wire.uploaded(file.path)
        with opened(path) as image:
            if path.suffix.lower() in BROWSERS_KNOW.get(image.format or "", ()):
                return gr.skip()
        copy = path.with_name(f"{path.stem}-shown.png")
        copy.write_bytes(encode_png(over_white(read_picture(path))))
    except (PictureError, wire.Refused):  # whoever reads it says why
        return gr.skip()
    return str(copy)
