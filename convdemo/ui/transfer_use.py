"""A network of the visitor's own classes in use: a photo or the camera read, a file handed out."""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from convdemo.images.decode import Picture, over_white, read_picture
from convdemo.images.render import data_url, picture_of
from convdemo.ui import guard, wire
from convdemo.ui.context import Context
from convdemo.ui.explain_request import trained_of
from convdemo.ui.picture_request import requested_picture
from convdemo.ui.transfer_photos import owner_of, served_file
from convdemo.ui.transfer_results import Results
from convdemo.ui.wire import Refused

FORMS = ("zip", "onnx")
MOST_FRAME = 400_000  # characters of a frame of the camera
KEPT = 100


def read(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} says of {"upload", "name"}, {"example", "job"} or a camera's {"frame"}."""
    from convdemo.inference.predict import predict_picture

    request = wire.mapping(payload)
    picture = _picture(request)
    prediction = predict_picture(trained_of(context, request), picture)
    reply = {
        "label": prediction.label,
        "probabilities": prediction.probabilities,
        "model": prediction.model,
        "seconds": prediction.seconds,
    }
    if "frame" in request:
        return reply
    return {
        **reply,
        "note": prediction.note,
        "picture": data_url(over_white(picture), side=320),
        "seen": data_url(picture_of(prediction.prepared.pixels), side=224),
    }


def _picture(request: Mapping[str, Any]) -> Picture:
    frame = request.get("frame")
    if frame is None:
        return requested_picture(request, "clothes")[0]
    if not isinstance(frame, str) or len(frame) > MOST_FRAME:
        raise Refused("request")
    try:
        return read_picture(base64.b64decode(frame, validate=True))
    except (binascii.Error, ValueError) as error:
        raise Refused("request") from error


@dataclass(eq=False)
class Export:
    """A model that is being written as a file, and proven."""

    owner: str
    started: float = field(default_factory=time.monotonic)
    file: dict[str, Any] | None = None
    refused: Refused | None = None


class Exports:
    """What is handed out: one file is made at a time."""

    def __init__(self, context: Context, results: Results) -> None:
        self.context = context
        self.results = results
        self._known: dict[str, Export] = {}
        self._one = threading.Lock()

    def begin(self, payload: Any) -> dict[str, Any]:
        """Start to write {"model"} as {"form"} "zip" or "onnx"."""
        request = wire.mapping(payload)
        owner, form = owner_of(self.context, request), wire.text(request, "form")
        if form not in FORMS:
            raise Refused("request")
        trained = trained_of(self.context, request)
        name = trained.card.name
        if any(e.owner == owner and not (e.file or e.refused) for e in self._known.values()):
            raise Refused("busy")
        path = served_file(f"{name}.{form}")
        for key in list(self._known)[: max(0, len(self._known) - KEPT)]:
            del self._known[key]
        export = self._known[path.parent.name] = Export(owner)
        # The photos of a visitor stay out of a zip, which goes on to others.
        result = next((one for one in self.results.of(owner) if one.name == name), None)
        pictures = result.pictures if result is not None and form == "onnx" else None

        def work() -> None:
            from convdemo.export.exporter import export as write

            try:
                with self._one:
                    told = write(trained, path, form, pictures=pictures)
                export.file = {**told, "path": str(path), "name": path.name}
            except ValueError as error:
                export.refused = Refused("transfer_export", error=error)
            except Exception as error:  # a thread has nobody else to tell
                export.refused = Refused("internal")
                raise RuntimeError(f"{path.name} was not written") from error

        threading.Thread(target=work, daemon=True).start()
        return {"export": path.parent.name}

    def state(self, payload: Any) -> dict[str, Any]:
        """How the file {"export"} stands: its address once it is there, or why it is not."""
        request = wire.mapping(payload)
        export = self._known.get(wire.text(request, "export") or "")
        if export is None or export.owner != owner_of(self.context, request):
            raise Refused("request")
        if export.refused is not None:
            return {"over": True, "file": None, "refused": guard.problem(export.refused)}
        return {"over": export.file is not None, "file": export.file, "refused": None}
