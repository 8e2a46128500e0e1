"""The picture that a request of the page is about, and the code that reads the same one."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from convdemo.data.dataset import DataMissingError
from convdemo.images.decode import Picture, picture_from_ink, read_picture
from convdemo.images.render import encode_png
from convdemo.ui import page, snippet, wire
from convdemo.ui.context import Context
from convdemo.ui.snippet import Reading
from convdemo.ui.wire import Refused

if TYPE_CHECKING:
    import numpy as np

    from convdemo.data.dataset import DatasetSpec


def requested_picture(request: Mapping[str, Any], *jobs: str) -> tuple[Picture, Reading]:
    """The picture of {"upload": path, "name"}, {"example", "job"} or {"ink"}.

    Examples are those of `jobs`, of the first one where no job is named.
    """
    if "upload" in request:
        name = wire.text(request, "name") or "picture.png"
        return read_picture(wire.uploaded(request["upload"])), snippet.from_file(name)
    if "example" in request:
        job, name = wire.text(request, "job") or jobs[0], wire.text(request, "example")
        files = page.examples(job) if job in jobs else {}
        if name not in files:
            raise Refused("request")
        return read_picture(files[name]), snippet.from_example(job, name)
    picture = picture_from_ink(wire.grey(request.get("ink")))
    return picture, snippet.from_drawing(encode_png(picture.rgb[:, :, 0]))


def requested_sample(
    context: Context, request: Mapping[str, Any], source: "DatasetSpec", split: str
) -> "tuple[np.ndarray, str, int]":
    """The picture {"sample"} of a data set (C, H, W) float32 in 0..1, its class and its place."""
    try:
        images = context.images(source.name, split)
    except DataMissingError as error:
        raise Refused("train_no_data", dataset=f"@dataset.{source.name}", error=error) from error
    place = int(wire.number(request, "sample", 0, len(images) - 1))
    pixels = images.images[place].float().numpy() / 255
    return pixels, source.classes[int(images.labels[place])], place
