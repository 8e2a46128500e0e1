"""The endpoints of the Explain tab, for programs."""

from collections.abc import Callable
from typing import Any

from gradio.events import api

from convdemo.images.decode import PictureError
from convdemo.ui import answers, wire
from convdemo.ui.components.feature_maps import MOST
from convdemo.ui.components.maps import packed
from convdemo.ui.context import Context
from convdemo.ui.explain_request import subject
from convdemo.ui.tabs.explain import maps, why
from convdemo.ui.tabs.explain import trust as believing
from convdemo.ui.wire import Refused

Reply = dict[str, Any]


def _answered(language: str, compute: Callable[[], Reply]) -> Reply:
    """What is computed, or {"error": a sentence} in that language."""
    try:
        return compute()
    except (PictureError, Refused) as error:
        return {"error": answers.sentence(error, language)}


def build(context: Context) -> None:
    """/feature_maps, /attribute and /trust."""

    def query(picture: dict, model: str, **more: Any) -> Reply:
        given = {name: value for name, value in more.items() if value is not None}
        return {"upload": wire.mapping(picture).get("path"), "model": model, **given}

    def feature_maps(
        picture: dict, model: str, stage: str | None = None, language: str = "en"
    ) -> dict:
        """What every stage of a model makes of a picture: {"label", "note", "stages": [{"name",
        "shape", "statistics"}]}; with a stage also "maps": {"count", "height", "width", "bytes",
        "peaks"}, base64 of int8, where 127 stands for the map's peak. {"error": sentence} if that
        cannot be.
        """

        def compute() -> Reply:
            asked = subject(context, query(picture, model))
            found, _ = maps.look(asked)
            stages = [
                {
                    "name": one.name,
                    "layers": list(one.layers),
                    "shape": list(one.values.shape),
                    "spatial": one.values.ndim == 3,
                    "statistics": one.statistics,
                }
                for one in found.stages
            ]
            note = answers.remark(asked.note, language)
            reply: Reply = {"label": asked.subject.label, "note": note, "stages": stages}
            if stage is not None:
                opened = maps.stage(context, query(picture, model, stage=stage))
                reply |= {"stage": stage, "maps": packed(opened.maps[:MOST])}
            return reply

        return _answered(language, compute)

    def attribute(
        picture: dict,
        model: str,
        method: str | None = None,
        stage: str | None = None,
        target: str | None = None,
        against: str | None = None,
        language: str = "en",
    ) -> dict:
        """The map of a method, by default the one that finds most: {"method", "target", "stage",
        "map": {"height", "width", "bytes", "peaks"}, "min", "max", "empty", "seconds"}; base64 of
        int8, where 127 stands for the peak.
        """
        chosen = {"method": method, "stage": stage, "target": target, "against": against}
        asked = query(picture, model, **chosen)
        return _answered(language, lambda: why.told(why.attribute(context, asked)[1]))

    def trust(
        picture: dict,
        model: str,
        method: str | None = None,
        stage: str | None = None,
        target: str | None = None,
        against: str | None = None,
        language: str = "en",
    ) -> dict:
        """How far the map of a method can be believed: {"verdict": "trust", "doubt" or "distrust",
        "checks", "deletion", "insertion", "similarity", "infidelity", "sensitivity"}.
        """
        chosen = {"method": method, "stage": stage, "target": target, "against": against}
        asked = query(picture, model, **chosen)
        return _answered(language, lambda: believing.told(*believing.judged(context, asked)[1:]))

    for endpoint in (feature_maps, attribute, trust):
        api(endpoint, api_name=endpoint.__name__, **answers.POOL)
