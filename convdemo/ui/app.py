"""The page: `TABS`, and `build_app(context)` that puts them on it."""

import gradio as gr

from convdemo.ui import answers, page, text
from convdemo.ui.context import Context
from convdemo.ui.tabs import augment, clothes, convolution, draw, explain, train, transfer

TABS = (draw, clothes, train, augment, explain, transfer, convolution)


def build_app(context: Context) -> gr.Blocks:
    """The page with all of its tabs, not launched yet."""
    texts = page.Texts()
    with gr.Blocks(
        title="convdemo",
        analytics_enabled=False,
        delete_cache=(3600, 3600),
        fill_width=True,
    ) as app:
        mark = context.guard.served("shelf_mark", lambda payload: answers.mark(context, payload))
        header = page.part("header", [mark])
        # `gr.BrowserState` would keep a key of its own, encrypted; the scripts know this one.
        arrivals = {
            tab.NAME: gr.Textbox(visible="hidden", elem_id=f"convdemo-arrivals-{tab.NAME}")
            for tab in TABS
        }
        visitor, language = gr.Textbox(visible=False), gr.Textbox(visible=False)
        frame = page.Frame(header, visitor, language, gr.Textbox(visible="hidden"), arrivals)
        about = [visitor, language, frame.address]
        known = "() => [convdemo.visitor, convdemo.language, convdemo.opened]"
        app.load(None, None, about, js=known)
        header.input(None, header, frame.language, js="(language) => language")
        with gr.Tabs(elem_id="convdemo-tabs"):
            for tab in TABS:
                key = f"tab.{tab.NAME}"
                with gr.Tab(text.say("en", key), id=tab.NAME) as item:
                    tab.build(context, item, frame)
                texts.add(item, label=key)
        texts.follow(header.input, frame.language)
    return app
