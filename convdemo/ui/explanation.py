"""The Explain tab: look inside a network, and know how far to trust what one sees."""

from collections.abc import Callable
from functools import partial
from typing import Any

from convdemo.networks.backbones import BACKBONES, PACKAGED
from convdemo.networks.hub import is_cached
from convdemo.ui import explain_api, explain_maps, explain_more, explain_why, page, wire
from convdemo.ui.context import JOBS, Context
from convdemo.ui.explain_efforts import Efforts
from convdemo.ui.explain_request import EXAMPLES

NAME = "explain"
SAMPLED = ("mnist", "fashion_mnist", "cifar10")


def options(context: Context, payload: Any) -> dict[str, Any]:
    """The models of the visitor, grouped by what they read, and the methods."""
    from convdemo.explain.attribution_methods import METHODS

    request = wire.mapping(payload)
    visitor = context.visitor(request)
    others = {entry.card.name for entry in context.every_entry(visitor)}
    models = []
    for job in ("digits", *JOBS, "custom"):
        for one in context.shelf(job, visitor):
            if one["name"] in others:
                others.discard(one["name"])
                models.append({**one, "job": job})
    return {
        "models": models,
        "packaged": is_cached(BACKBONES[PACKAGED]),
        "backbones": context.backbones.offers(),
        "methods": [
            {"name": one.name, "signed": one.signed, "staged": one.staged}
            for one in METHODS.values()
        ],
        "samples": list(SAMPLED),
        "samples_each": 5_000,
    }


def build(context: Context) -> None:
    """The tab's part of the page."""
    crowd, efforts = explain_more.Crowd(), Efforts()
    followed = efforts.followed("attribution", partial(explain_why.attribution, context))

    def attribution(payload: Any) -> dict[str, Any]:
        if explain_why.is_quick(payload):
            return explain_why.attribution(context, payload)
        return followed(payload)

    functions: dict[str, Callable[[Any], dict[str, Any]]] = {
        "options": partial(options, context),
        "fetch": context.backbones.fetch,
        "fetching": context.backbones.fetching,
        "stop_fetching": context.backbones.stop,
        "look": partial(explain_maps.look, context),
        "stage": partial(explain_maps.stage, context),
        "one_map": partial(explain_maps.one_map, context),
        "cell": partial(explain_maps.cell, context),
        "filters": partial(explain_maps.filters_of, context),
        "attribution": attribution,
        "film": partial(explain_why.animate, context),
        "trust": efforts.followed("trust", partial(explain_why.trust, context)),
        "dream": efforts.followed("dream", partial(explain_more.dream, context)),
        "important": efforts.followed("important", partial(explain_more.important, context)),
        "switched": partial(explain_more.switched, context),
        "fooled": efforts.followed("fooled", partial(explain_more.fooled, context)),
        "neighbours": partial(crowd.neighbours, context),
        "working": efforts.look,
        "stop_working": efforts.stop,
        "embedding": partial(crowd.embedding, context),
    }
    page.part(
        "explanation",
        [context.guard.served(name, do) for name, do in functions.items()],
        examples={job: page.thumbnails(job) for job in EXAMPLES},
    )
    explain_api.build(context)
