"""Lists whose choices follow something else, such as the classes of the chosen network.

Gradio ends an event with an error where a value is none of the choices that there are by then. Who
clicks quickly sends what was chosen before: whoever takes the value checks it.
"""

from typing import Any

import gradio as gr

from convdemo.ui.components.display import WithoutStubs


class AnyRadio(gr.Radio, metaclass=WithoutStubs):
    """A `gr.Radio` whose value may be none of its choices."""

    def get_block_name(self) -> str:
        """Gradio's page draws it as its own."""
        return "radio"

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]
        """The properties of `gr.Radio`, which Gradio would look for in our own constructor."""
        return super().get_config(gr.Radio)

    def preprocess(self, payload: Any) -> Any:
        """The value as it was sent."""
        return payload


class AnyDropdown(gr.Dropdown, metaclass=WithoutStubs):
    """A `gr.Dropdown` whose value may be none of its choices."""

    def get_block_name(self) -> str:
        """Gradio's page draws it as its own."""
        return "dropdown"

    def get_config(self) -> dict[str, Any]:  # type: ignore[override]
        """The properties of `gr.Dropdown`."""
        return super().get_config(gr.Dropdown)

    def preprocess(self, payload: Any) -> Any:
        """The value as it was sent."""
        return payload
