"""What follows a hand while it moves a control: a function that is asked past the queue."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from convdemo.ui import wire
from convdemo.ui.asking import QUICK
from convdemo.ui.components import Display
from convdemo.ui.guard import Guard
from convdemo.ui.wire import Refused


def live(
    guard: Guard,
    triggers: Sequence[Any],
    compute: Callable[..., Any],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
) -> dict[str, Any]:
    """At each of the triggers show in `outputs` what `compute` makes of `inputs`: one call at a
    time, the newest last. What comes back makes any other event a trigger: `then(**live(...))`.

    `compute` answers a value or a `gr.update` for each output, two or more. Only displays are
    preprocessed; it checks itself what controls are. What it refuses is said by the first output, a
    `Worked`.
    """

    asking = gr.HTML(
        html_template="",
        js_on_load="convdemo.live({ props, server, trigger, watch }); // 'input'",
        server_functions=[guard.served("answer", answering(compute, inputs, outputs))],
        visible="hidden",
    )
    asking.input(None, asking, [*outputs], js="({ answers = [] }) => answers", **QUICK)
    js = "(...asked) => ({ asked })"
    ask: dict[str, Any] = {"fn": None, "inputs": [*inputs], "outputs": asking, "js": js, **QUICK}
    gr.on([*triggers], **ask)
    return ask


def answering(
    compute: Callable[..., Any], inputs: Sequence[Any], outputs: Sequence[Any]
) -> Callable[[Any], dict[str, Any]]:
    """What {"asked"} of the page is answered, {"answers"}: for each output what it draws."""

    def answer(payload: Any) -> dict[str, Any]:
        asked = wire.mapping(payload).get("asked")
        if not isinstance(asked, list) or len(asked) != len(inputs):
            raise Refused("request")
        pairs = zip(inputs, asked, strict=True)
        given = [one.preprocess(it) if isinstance(one, Display) else it for one, it in pairs]
        found = zip(outputs, compute(*given), strict=True)
        return {"answers": [it if _is_update(it) else one.postprocess(it) for one, it in found]}

    return answer


def _is_update(value: Any) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"
