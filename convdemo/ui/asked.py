"""The picture that a request of the page is about, and the code that reads the same one."""

from collections.abc import Mapping
from typing import Any

from convdemo.ingest import Picture, encode_png, picture_from_ink, read_picture
from convdemo.ui import page, snippet, wire


def picture_and_code(
    request: Mapping[str, Any], *, job: str, model: str, skip: frozenset[str]
) -> tuple[Picture, str]:
    """The picture of {"upload": path, "name"}, {"example": name} or {"ink"}, and the code."""
    if "upload" in request:
        name = wire.text(request, "name") or "picture.png"
        picture = read_picture(wire.uploaded(request["upload"]))
        return picture, snippet.for_file(name, model, skip)
    if "example" in request:
        files = page.examples(job)
        name = wire.text(request, "example")
        if name not in files:
            raise wire.Refused("request")
        return read_picture(files[name]), snippet.for_example(job, name, model, skip)
    picture = picture_from_ink(wire.grey(request.get("ink")))
    return picture, snippet.for_drawing(encode_png(picture.rgb[:, :, 0]), model, skip)
