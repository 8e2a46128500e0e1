"""Why this answer, and can I believe it: maps of attribution for the Explain tab."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from convdemo.images.render import picture_of
from convdemo.ui import wire
from convdemo.ui.context import Context
from convdemo.ui.explain_asked import Asked, chosen, packed, stage_of, subject, target_of
from convdemo.ui.wire import Refused

QUICK = 10  # answers of the network that a method may cost and still is made at once

if TYPE_CHECKING:
    from convdemo.explain.attribution import Attribution
    from convdemo.explain.methods import Heed
    from convdemo.training.runs.store import RunFolder


def _found(context: Context, payload: Any, heed: Heed | None = None) -> tuple[Asked, Attribution]:
    from convdemo.explain.attribution import against_the_class, attribute
    from convdemo.explain.methods import DEFAULT_METHOD, METHODS, unheeded

    request = wire.mapping(payload)
    asked = subject(context, request)
    method = chosen({"method": DEFAULT_METHOD, **request}, "method", METHODS)
    target, against = target_of(asked, request), target_of(asked, request, "against")
    if against is not None and against == (target or asked.subject.label):
        raise Refused("explain_same_class")
    stage = None
    if METHODS[method].staged:
        if not asked.subject.stages():
            raise Refused("explain_no_stages", model=asked.subject.model)
        stage = stage_of(asked, request) if request.get("stage") else None
    key = (method, stage, target, against)
    found = asked.made.get(key)
    if found is None:
        named = {"stage": stage, "target": target, "against": against}
        found = attribute(asked.subject, method, **named, heed=heed or unheeded)
        asked.made[key] = found
    if found.empty == "relu" and request.get("remedy") is True:
        found = against_the_class(found)
    return asked, found


def _remedied(payload: Any) -> bool:
    """Whether a map is asked for that shows what speaks against its class."""
    return wire.mapping(payload).get("remedy") is True


def is_quick(payload: Any) -> bool:
    """Whether the map of {"method"} is there in a moment even of a photo."""
    from convdemo.explain.methods import DEFAULT_METHOD, METHODS

    request = {"method": DEFAULT_METHOD, **wire.mapping(payload)}
    return METHODS[chosen(request, "method", METHODS)].cost <= QUICK


def attribution(context: Context, payload: Any, heed: Heed | None = None) -> dict[str, Any]:
    """The map of {"method"} for {"target"}, perhaps {"against"} another class, at {"stage"}."""
    asked, found = _found(context, payload, heed)
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
        "input": wire.data_url(picture_of(asked.subject.pixels.numpy())),
        "code": asked.code + code_of(found, remedied=_remedied(payload)),
    }


def code_of(found: Attribution, *, remedied: bool = False) -> str:
    """Python that makes the same map and writes it down."""
    remedy = "found = against_the_class(found)  # its ReLU left nothing\n" if remedied else ""
    names = "against_the_class, attribute" if remedied else "attribute"
    stage = f", stage={found.stage!r}" if found.stage is not None else ""
    against = f", against={found.against!r}" if found.against is not None else ""
    return f"""
from convdemo import {names}
from convdemo import encode_png
from convdemo.images.render import coloured

found = attribute(subject, {found.method.name!r}{stage}, target={found.target!r}{against})
{remedy}heat = found.heat.numpy()
print(found.target, heat.shape, f"{{heat.min():.4f}} to {{heat.max():.4f}}")
with open("map.png", "wb") as file:
    file.write(encode_png(coloured(heat, has_sign={found.method.signed})))
"""


def film(context: Context, payload: Any) -> dict[str, Any]:
    """The map of {"method" ...} over the epochs of the run that made {"model"}, as a GIF."""
    from convdemo.explain.animation import film as filmed
    from convdemo.explain.methods import METHODS

    request = wire.mapping(payload)
    asked = subject(context, request)
    method = chosen(request, "method", METHODS)
    folder = run_of(context, request)
    if folder is None:
        raise Refused("explain_no_epochs", model=asked.subject.model)
    stage = stage_of(asked, request) if METHODS[method].staged and request.get("stage") else None
    try:
        data, frames = filmed(
            folder, asked.subject, method, stage=stage, target=target_of(asked, request)
        )
    except ValueError as error:
        raise Refused("explain_no_epochs", model=asked.subject.model) from error
    return {"gif": base64.b64encode(data).decode(), "frames": frames}


def run_of(context: Context, request: Mapping[str, Any]) -> RunFolder | None:
    """The visitor's run that put {"model"} on the shelf, if it is still there."""
    name, visitor = wire.text(request, "model"), context.visitor(request)
    for folder in context.runs.all():
        if folder.state.saved == name and folder.run.owner == visitor:
            return folder
    return None


def trust(context: Context, payload: Any, heed: Heed | None = None) -> dict[str, Any]:
    """How far the same map can be believed, in curves, figures and a verdict."""
    from convdemo.explain.faithfulness import MAP_SHARE, STEPS, judge
    from convdemo.explain.methods import part_of, unheeded

    heed = heed or unheeded
    asked, found = _found(context, payload, part_of(heed, 0, MAP_SHARE))
    if found.empty is not None or _remedied(payload):
        raise Refused("explain_nothing_to_trust")
    judged = judge(found.method, found.asked, found.heat, part_of(heed, MAP_SHARE, 1))
    stage = f", stage={found.stage!r}" if found.stage is not None else ""
    against = f", against={found.against!r}" if found.against is not None else ""
    return {
        "method": found.method.name,
        "target": found.target,
        "verdict": judged.verdict,
        "checks": [asdict(check) for check in judged.checks],
        "steps": STEPS,
        "deletion": {name: asdict(curve) for name, curve in judged.deletion.items()},
        "insertion": {name: asdict(curve) for name, curve in judged.insertion.items()},
        "similarity": judged.similarity,
        "infidelity": judged.infidelity,
        "sensitivity": judged.sensitivity,
        "code": asked.code
        + f"""
from convdemo import attribute
from convdemo.explain.faithfulness import judge

found = attribute(subject, {found.method.name!r}{stage}, target={found.target!r}{against})
judged = judge(found.method, found.asked, found.heat)
print(judged.verdict)
for name, curve in judged.deletion.items():
    print(f"deletion {{name:6}} area {{curve.area:.4f}}")
print(f"likeness to the map of an untrained network {{judged.similarity:.3f}}")
""",
    }
