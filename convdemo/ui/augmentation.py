"""The Augment tab: what a policy makes of a picture, told operation by operation."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from gradio.events import api

from convdemo.augment import COUNTS, POLICY_NAMES, ground, told
from convdemo.ingest import Picture, PictureError, encode_png, picture_from_ink, read_picture
from convdemo.ui import page, snippet, text, wire
from convdemo.ui.context import Context
from convdemo.ui.wire import Refused

NAME = "augment"
JOBS = ("clothes", "digits")  # whose examples are offered, and whose models may read the tiles
HIGHEST_SEED = 999_999
DRAWS = 1_000  # behind the chart of frequencies


def _picture(request: Mapping[str, Any]) -> tuple[np.ndarray, tuple[str, str], str | None]:
    """The picture of {"upload", "name"}, {"example", "job"} or {"ink"}; the code that reads it."""
    if "upload" in request:
        picture = read_picture(wire.uploaded(request["upload"]))
        name = wire.text(request, "name") or "picture.png"
        return ground(picture), snippet.from_file(name), picture.note
    if "example" in request:
        job, name = wire.text(request, "job"), wire.text(request, "example")
        files = page.examples(job) if job in JOBS else {}
        if job is None or name not in files:
            raise Refused("request")
        picture = read_picture(files[name])
        return ground(picture), snippet.from_example(job, name), picture.note
    picture = picture_from_ink(wire.grey(request.get("ink")))
    return ground(picture), snippet.from_drawing(encode_png(picture.rgb[:, :, 0])), None


def _asked(request: Mapping[str, Any]) -> tuple[str, int, int]:
    """Policy, number of tiles and seed."""
    policy = wire.text(request, "policy")
    count = int(wire.number(request, "n", 1, max(COUNTS)))
    seed = int(wire.number(request, "seed", 0, HIGHEST_SEED))
    if policy not in POLICY_NAMES:
        raise Refused("request")
    return policy, count, seed


def tiles(context: Context, payload: Any) -> dict[str, Any]:
    """{"n"} tiles of a picture after {"policy"}, drawn from {"seed"}, and what was done to each."""
    from convdemo.policies import preview

    request = wire.mapping(payload)
    policy, count, seed = _asked(request)
    image, reading, note = _picture(request)
    started = time.perf_counter()
    made = preview(image, policy, count, seed)
    seconds = time.perf_counter() - started
    return {
        "original": wire.data_url(image, side=320),
        "size": [image.shape[1], image.shape[0]],
        "note": note,
        "seconds": seconds,
        "tiles": [
            {
                "image": wire.data_url(tile.image, side=320),
                "operations": told(tile),
                "rule": tile.drawn.rule,
                "original_weight": (
                    None if tile.drawn.weights is None else float(tile.drawn.weights[0][0])
                ),
            }
            for tile in made
        ],
        "code": snippet.for_policy(reading, policy, count, seed),
    }


def read(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} of {"job"} reads on the picture and on each tile of the same request."""
    from convdemo.policies import preview
    from convdemo.predict import predict_picture

    request = wire.mapping(payload)
    policy, count, seed = _asked(request)
    job = wire.text(request, "reader")
    if job not in JOBS:
        raise Refused("request")
    trained = context.trained(job, wire.text(request, "model"), context.visitor(request))
    image, _, _ = _picture(request)

    def said(pixels: np.ndarray) -> dict[str, Any]:
        prediction = predict_picture(trained, Picture(pixels))
        best = max(prediction.probabilities.values(), default=0.0)
        return {"label": prediction.label, "notice": prediction.notice, "probability": best}

    original = said(image)
    found = [said(tile.image) for tile in preview(image, policy, count, seed)]
    return {
        "model": trained.card.name,
        "original": original,
        "tiles": [{**one, "flipped": one["label"] != original["label"]} for one in found],
    }


@lru_cache(maxsize=32)
def _table(policy: str) -> dict[str, Any]:
    from convdemo.policies import frequencies, table_of

    return {
        "table": [
            [{"name": name, "probability": probability} for name, probability, _ in rule]
            for rule in table_of(policy)
        ],
        "frequencies": frequencies(policy, DRAWS, 400, 600, 0),
        "draws": DRAWS,
    }


def table(payload: Any) -> dict[str, Any]:
    """The sub-policies of {"policy"}, and how many times a picture gets each operation."""
    policy = wire.text(wire.mapping(payload), "policy")
    if policy not in POLICY_NAMES:
        raise Refused("request")
    return _table(policy)


def build(context: Context) -> None:
    """The tab's part of the page and its endpoint."""

    def augment(
        picture: dict, policy: str = "imagenet", n: int = 9, seed: int = 0, language: str = "en"
    ) -> dict:
        """Augment a picture with a policy: imagenet, cifar10, svhn, rand, trivial or augmix.

        Answers {"tiles": [{"image": data URL of a JPEG or PNG, "operations": [...]}]}; an operation
        is {"name", "probability", "applied", "magnitude", "unit"}. {"error": sentence} if the
        picture cannot be read; `language` of the sentence is "en" or "ko".
        """
        try:
            path = wire.mapping(picture).get("path")
            asked = {"upload": path, "policy": policy, "n": n, "seed": seed}
            found = tiles(context, asked)["tiles"]
        except (PictureError, Refused) as error:
            known = language if language in text.LANGUAGES else text.LANGUAGES[0]
            return {"error": text.say(known, f"problem.{error.problem}", **error.values)}
        return {"tiles": [{k: tile[k] for k in ("image", "operations")} for tile in found]}

    def options(payload: Any) -> dict[str, Any]:
        visitor = context.visitor(wire.mapping(payload))
        return {
            "policies": list(POLICY_NAMES),
            "counts": list(COUNTS),
            "highest_seed": HIGHEST_SEED,
            "models": {job: [one["name"] for one in context.shelf(job, visitor)] for job in JOBS},
        }

    guard = context.guard
    page.part(
        "augmentation",
        [
            guard.served("options", options),
            guard.served("tiles", lambda payload: tiles(context, payload)),
            guard.served("read", lambda payload: read(context, payload)),
            guard.served("table", table),
        ],
        examples={job: page.thumbnails(job) for job in JOBS},
    )
    api(augment, api_name="augment", concurrency_limit=2, concurrency_id="prediction")
