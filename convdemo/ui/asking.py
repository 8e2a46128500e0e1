"""How an event of the page asks Python: `gr.on(..., **QUICK)`."""

from typing import Any

# Answered within a moment, and no endpoint.
QUICK: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
# Of quick changes the last one counts.
LAST: dict[str, Any] = {**QUICK, "trigger_mode": "always_last", "concurrency_limit": 8}
# Each counts, one after the other. Whatever a display tells along with its event asks so: where
# the last one counts, Gradio asks again with what the first one told.
EACH: dict[str, Any] = {**QUICK, "trigger_mode": "multiple", "concurrency_limit": 1}
