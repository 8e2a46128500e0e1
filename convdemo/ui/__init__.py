"""The demo in the browser.

`app.py` puts the tabs on one page, `launch.py` serves it. A tab is a module with its functions, its
layout and its events; `components/` holds the displays that change under the eye.
"""

import os

# Gradio reads these when it is imported or first used. The second is how often its queue builds a
# table of its own past, which takes longer than most of our answers. Without the third it has
# matplotlib look for a screen at the first event, which loads pyplot for a second or two.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000")
os.environ.setdefault("MPLBACKEND", "agg")

from convdemo.ui import proxies  # noqa: F401 (imports Gradio)
