"""The Augment tab: what a policy or a chain makes of a picture, told operation by operation."""

import time
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import numpy as np
from gradio.events import api

from convdemo.augmentation.preview import COUNTS, POLICY_NAMES, describe
from convdemo.augmentation.problems import ChainError
from convdemo.images.decode import Picture, PictureError
from convdemo.images.render import data_url
from convdemo.training.ablation import NETWORKS, SIZES
from convdemo.ui import answers, augment_request, page, snippet, wire
from convdemo.ui.augment_trial import Trials
from convdemo.ui.context import JOBS, Context
from convdemo.ui.wire import Refused

NAME = "augment"
DRAWS = 1_000  # behind the chart of frequencies


def tiles(context: Context, payload: Any) -> dict[str, Any]:
    """{"n"} tiles of a picture after {"policy"} or {"chain", "fill"}, drawn from {"seed"}, and
    what was done to each.
    """
    request = wire.mapping(payload)
    treatment = augment_request.treatment(request)
    asked = augment_request.picture(context, request)
    started = time.perf_counter()
    made = treatment.tiles(asked.image)
    seconds = time.perf_counter() - started
    return {
        "original": data_url(asked.image, side=320),
        "size": [asked.image.shape[1], asked.image.shape[0]],
        "note": asked.note,
        "label": asked.label,
        "seconds": seconds,
        "tiles": [
            {
                "image": data_url(tile.image, side=320),
                "size": [tile.image.shape[1], tile.image.shape[0]],
                "operations": describe(tile),
                "rule": tile.drawn.rule,
                "original_weight": (
                    None if tile.drawn.weights is None else float(tile.drawn.weights[0][0])
                ),
            }
            for tile in made
        ],
        "code": treatment.code(asked.reading),
    }


def read(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} of {"reader"} reads on the picture and on each tile of the same request."""
    from convdemo.inference.predict import predict_picture

    request = wire.mapping(payload)
    treatment = augment_request.treatment(request)
    trained = _reader(context, request)
    image = augment_request.picture(context, request).image

    def said(pixels: np.ndarray) -> dict[str, Any]:
        prediction = predict_picture(trained, Picture(pixels))
        best = max(prediction.probabilities.values(), default=0.0)
        return {"label": prediction.label, "notice": prediction.notice, "probability": best}

    original = said(image)
    found = [said(tile.image) for tile in treatment.tiles(image)]
    return {
        "model": trained.card.name,
        "original": original,
        "tiles": [{**one, "flipped": one["label"] != original["label"]} for one in found],
    }


def _reader(context: Context, request: Any) -> Any:
    job = wire.text(request, "reader")
    if job not in JOBS:
        raise Refused("request")
    return context.trained(job, wire.text(request, "model"), context.visitor(request))


def sweep(context: Context, payload: Any) -> dict[str, Any]:
    """What {"model"} of {"reader"} reads along {"axis"}, with {"fill"}, on a picture."""
    from convdemo.augmentation.classic_techniques import FILLS
    from convdemo.inference import robustness

    request = wire.mapping(payload)
    axis, fill = wire.text(request, "axis"), wire.text(request, "fill") or "constant"
    if axis not in robustness.AXES or fill not in FILLS:
        raise Refused("request")
    trained = _reader(context, request)
    asked = augment_request.picture(context, request)
    label = asked.label if asked.label in trained.card.classes else None
    try:
        found = robustness.sweep(trained, asked.image, axis, fill, label)
    except ValueError as error:
        raise Refused("augment_sweep_nothing") from error
    about = robustness.AXES[axis]
    return {
        "axis": axis,
        "unit": about.unit,
        "neutral": about.neutral,
        "label": found.label,
        "known": label is not None,  # by the data set, not only read
        "model": trained.card.name,
        "classes": list(trained.card.classes),
        "points": [asdict(point) for point in found.points],
        "flips": {name: asdict(point) for name, point in found.flips.items()},
        "code": sweep_code(asked.reading, trained.card.name, axis, fill, label),
    }


def sweep_code(
    reading: snippet.Reading, model: str, axis: str, fill: str, label: str | None
) -> str:
    """Python that reads the same points."""
    imports, picture = reading
    return (
        f"{imports}from convdemo import load_model, preview_image, read_image, sweep\n\n"
        f"{picture}\n"
        f"trained = load_model({model!r})\n"
        f"found = sweep(trained, preview_image(picture), {axis!r}, {fill!r}, {label!r})\n"
        "for point in found.points:\n"
        "    said = point.label or point.notice\n"
        '    print(f"{point.value:8.2f} {found.label} {point.probability:.4f} read as {said}")\n'
    )


def techniques(context: Context, payload: Any) -> dict[str, Any]:
    """The course's ten techniques on a picture, each as a chain of one step."""
    from convdemo.augmentation.chain import as_json, preview_chain, ten_techniques

    image = augment_request.picture(context, wire.mapping(payload)).image
    found = []
    for name, chain in ten_techniques(*image.shape[:2]).items():
        try:
            (tile,) = preview_chain(image, chain, 1, 0)
        except ChainError:  # too small a picture for this one
            continue
        shown = data_url(tile.image, side=120)
        found.append({"name": name, "image": shown, "step": as_json(chain)[0]})
    return {"techniques": found}


@lru_cache(maxsize=32)
def _table(policy: str) -> dict[str, Any]:
    from convdemo.augmentation.policies import frequencies, table_of

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


def options(context: Context, payload: Any) -> dict[str, Any]:
    """Everything there is to choose from."""
    from convdemo.augmentation.chain import LONGEST, PRESETS, as_json
    from convdemo.augmentation.classic_techniques import FILLS, TECHNIQUES
    from convdemo.inference.robustness import AXES

    visitor = context.visitor(wire.mapping(payload))
    models = {job: [one["name"] for one in context.shelf(job, visitor)] for job in JOBS}
    return {
        "policies": list(POLICY_NAMES),
        "counts": list(COUNTS),
        "highest_seed": augment_request.HIGHEST_SEED,
        "models": {job: names for job, names in models.items() if names},
        "techniques": [
            {
                "name": one.name,
                "fills": one.fills,
                "settings": [
                    {**asdict(setting), "default": list(setting.default)}
                    for setting in one.settings
                ],
            }
            for one in TECHNIQUES.values()
        ],
        "fills": list(FILLS),
        "longest": LONGEST,
        "presets": {
            name: {"chain": as_json(chain), "fill": chain.fill} for name, chain in PRESETS.items()
        },
        "axes": [
            {"name": a.name, "low": a.low, "high": a.high, "unit": a.unit} for a in AXES.values()
        ],
        "samples": list(augment_request.SAMPLED),
        "samples_each": 5_000,
        "trial": {"datasets": list(NETWORKS), "pictures": list(SIZES)},
    }


def build(context: Context) -> None:
    """The tab's part of the page and its endpoint."""

    def augment(
        picture: dict,
        policy: str = "imagenet",
        n: int = 9,
        seed: int = 0,
        language: str = "en",
        chain: list | None = None,
        fill: str = "constant",
    ) -> dict:
        """Augment a picture with a policy: imagenet, cifar10, svhn, rand, trivial or augmix; or
        with a chain, a list of steps such as {"name": "rotate", "degrees": [-45, 45]}.

        Answers {"tiles": [{"image": data URL of a JPEG or PNG, "operations": [...]}], "note"}; an
        operation is {"name", "probability", "applied", "magnitude", "unit"}. {"error": sentence} if
        the picture cannot be read; `language` of the sentences is "en" or "ko".
        """
        try:
            path = wire.mapping(picture).get("path")
            how = {"policy": policy} if chain is None else {"chain": chain, "fill": fill}
            found = tiles(context, {"upload": path, "n": n, "seed": seed, **how})
        except (PictureError, Refused) as error:
            return {"error": answers.sentence(error, language)}
        shown = [{k: tile[k] for k in ("image", "operations")} for tile in found["tiles"]]
        return {"tiles": shown, "note": answers.remark(found["note"], language)}

    guard, trials = context.guard, Trials()
    page.part(
        "augmentation",
        [
            guard.served("options", lambda payload: options(context, payload)),
            guard.served("tiles", lambda payload: tiles(context, payload)),
            guard.served("read", lambda payload: read(context, payload)),
            guard.served("table", table),
            guard.served("techniques", lambda payload: techniques(context, payload)),
            guard.served("sweep", lambda payload: sweep(context, payload)),
            guard.served("trial_start", lambda payload: trials.start(context, payload)),
            guard.served("trial_look", lambda payload: trials.look(context, payload)),
            guard.served("trial_stop", lambda payload: trials.stop(context, payload)),
        ],
        examples={job: page.thumbnails(job) for job in augment_request.EXAMPLES},
    )
    api(augment, api_name="augment", concurrency_limit=2, concurrency_id="prediction")
