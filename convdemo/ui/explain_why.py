"""Why this answer, and can I believe it: maps of attribution for the Explain tab."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convdemo.images.render import data_url, picture_of
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.explain_request import ExplainRequest, chosen, packed, stage_of, subject, target_of
from convdemo.ui.wire import Refused

QUICK = 10  # answers of the network that a method may cost and still is made at once

if TYPE_CHECKING:
    from convdemo.explain.attribution import Attribution
    from convdemo.explain.attribution_methods import Progress
    from convdemo.training.runs.store import RunFolder


def _found(
    context: Context, payload: Any, progress: Progress | None = None
) -> tuple[ExplainRequest, Attribution]:
    from convdemo.explain.attribution import against_the_class, attribute
    from convdemo.explain.attribution_methods import DEFAULT_METHOD, METHODS, no_progress

    request = wire.mapping(payload)
    query = subject(context, request)
    method = chosen({"method": DEFAULT_METHOD, **request}, "method", METHODS)
    target, against = target_of(query, request), target_of(query, request, "against")
    if against is not None and against == (target or query.subject.label):
        raise Refused("explain_same_class")
    stage = None
    if METHODS[method].staged:
        if not query.subject.stages():
            raise Refused("explain_no_stages", model=query.subject.model)
        stage = stage_of(query, request) if request.get("stage") else None
    key = (method, stage, target, against)
    found = query.made.get(key)
    if found is None:
        named = {"stage": stage, "target": target, "against": against}
        found = attribute(query.subject, method, **named, progress=progress or no_progress)
        query.made[key] = found
    if found.empty == "relu" and request.get("remedy") is True:
        found = against_the_class(found)
    return query, found


def _remedied(payload: Any) -> bool:
    """Whether a map is asked for that shows what speaks against its class."""
    return wire.mapping(payload).get("remedy") is True


def is_quick(payload: Any) -> bool:
    """Whether the map of {"method"} is there in a moment even of a photo."""
    from convdemo.explain.attribution_methods import DEFAULT_METHOD, METHODS

    request = {"method": DEFAULT_METHOD, **wire.mapping(payload)}
    return METHODS[chosen(request, "method", METHODS)].cost <= QUICK


def attribution(context: Context, payload: Any, progress: Progress | None = None) -> dict[str, Any]:
    """The map of {"method"} for {"target"}, perhaps {"against"} another class, at {"stage"}."""
    query, found = _found(context, payload, progress)
    heat = found.heat
    return {
        "method": found.method.name,
        "stage": found.stage,
        "target": found.target,
        "against": found.against,
        "signed": found.method.signed,
        "map": packed(heat.unsqueeze(0), most=max(heat.shape)),
        "min": float(heat.min()),
        "max": float(heat.max()),
        "empty": found.empty,
        "seconds": found.seconds,
        "input": data_url(picture_of(query.subject.pixels.numpy())),
        "code": query.code + code_of(found, remedied=_remedied(payload)),
    }


def code_of(found: Attribution, *, remedied: bool = False) -> str:
    """Python that makes the same map and writes it down."""
    remedy = "found = against_the_class(found)  # its ReLU left nothing\n" if remedied else ""
    names = "against_the_class, attribute" if remedied else "attribute"
    stage = f", stage={found.stage!r}" if found.stage is not None else ""
    against = f", against={found.against!r}" if found.against is not None else ""
    return f"""
from convdemo import {names}, colour_heat, encode_png

found = attribute(subject, {found.method.name!r}{stage}, target={found.target!r}{against})
{remedy}heat = found.heat.numpy()
print(found.target, heat.shape, f"{{heat.min():.4f}} to {{heat.max():.4f}}")
with open("map.png", "wb") as file:
    file.write(encode_png(colour_heat(heat, has_sign={found.method.signed})))
"""


def animate(context: Context, payload: Any) -> dict[str, Any]:
    """The map of {"method" ...} over the epochs of the run that made {"model"}, as a GIF."""
    from convdemo.explain.animation import animate as animated
    from convdemo.explain.attribution_methods import METHODS

    request = wire.mapping(payload)
    query = subject(context, request)
    method = chosen(request, "method", METHODS)
    folder = run_of(context, request)
    if folder is None:
        raise Refused("explain_no_epochs", model=query.subject.model)
    stage = stage_of(query, request) if METHODS[method].staged and request.get("stage") else None
    try:
        data, frames = animated(
            folder, query.subject, method, stage=stage, target=target_of(query, request)
        )
    except ValueError as error:
        raise Refused("explain_no_epochs", model=query.subject.model) from error
    return {"gif": base64.b64encode(data).decode(), "frames": frames}


def run_of(context: Context, request: Mapping[str, Any]) -> RunFolder | None:
    """The visitor's run that put {"model"} in the model library, if it is still there."""
    name, visitor = wire.text(request, "model"), context.visitor(request)
    for folder in context.runs.all():
        if folder.state.saved == name and folder.run.owner == visitor:
            return folder
    return None


def trust(context: Context, payload: Any, progress: Progress | None = None) -> dict[str, Any]:
    """How far the same map can be believed, in curves, figures and a verdict."""
    from convdemo.explain.attribution_methods import no_progress, part_of
    from convdemo.explain.faithfulness import MAP_SHARE, STEPS, evaluate_map

    progress = progress or no_progress
    query, found = _found(context, payload, part_of(progress, 0, MAP_SHARE))
    if found.empty is not None or _remedied(payload):
        raise Refused("explain_nothing_to_trust")
    faithfulness = evaluate_map(
        found.method, found.query, found.heat, part_of(progress, MAP_SHARE, 1)
    )
    stage = f", stage={found.stage!r}" if found.stage is not None else ""
    against = f", against={found.against!r}" if found.against is not None else ""
    return {
        "method": found.method.name,
        "target": found.target,
        "verdict": faithfulness.verdict,
        "checks": [asdict(check) for check in faithfulness.checks],
        "steps": STEPS,
        "deletion": {name: asdict(curve) for name, curve in faithfulness.deletion.items()},
        "insertion": {name: asdict(curve) for name, curve in faithfulness.insertion.items()},
        "similarity": faithfulness.similarity,
        "infidelity": faithfulness.infidelity,
        "sensitivity": faithfulness.sensitivity,
        "code": query.code
        + f"""
from convdemo import attribute, evaluate_map

found = attribute(subject, {found.method.name!r}{stage}, target={found.target!r}{against})
faithfulness = evaluate_map(found.method, found.query, found.heat)
print(faithfulness.verdict)
for name, curve in faithfulness.deletion.items():
    print(f"deletion {{name:6}} area {{curve.area:.4f}}")
print(f"likeness to the map of an untrained network {{faithfulness.similarity:.3f}}")
""",
    }
