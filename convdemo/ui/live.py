"""What follows a hand while it moves a control: a function that is asked past the queue."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from convdemo.ui import wire
from convdemo.ui.components import Display
from convdemo.ui.guard import Guard
from convdemo.ui.wire import Refused

QUICK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def live(
    guard: Guard, compute: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any]
) -> dict[str, Any]:
    """The arguments of any event, so that it shows in `outputs` what `compute` makes of `inputs`:
    one call at a time, the newest last.

    `compute` answers a value or a `gr.update` for each output, two or more. Only displays are
    preprocessed; it checks itself what controls are. What it refuses is said by the first output, a
    `Worked`.
    """

    def answer(payload: Any) -> dict[str, Any]:
        asked = wire.mapping(payload).get("asked")
        if not isinstance(asked, list) or len(asked) != len(inputs):
            raise Refused("request")
        pairs = zip(inputs, asked, strict=True)
        given = [one.preprocess(it) if isinstance(one, Display) else it for one, it in pairs]
        found = zip(outputs, compute(*given), strict=True)
        return {"answers": [it if _is_update(it) else one.postprocess(it) for one, it in found]}

    asking = gr.HTML(
        html_template="",
        js_on_load="convdemo.live({ props, server, trigger, watch }); // 'input'",
        server_functions=[guard.served("answer", answer)],
        visible="hidden",
    )
    asking.input(None, asking, [*outputs], js="({ answers = [] }) => answers", **QUICK)
    js = "(...asked) => ({ asked })"
    return {"fn": None, "inputs": [*inputs], "outputs": asking, "js": js, **QUICK}


def _is_update(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"
