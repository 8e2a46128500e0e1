"""The demo, as `convdemo serve` starts it and as a Hugging Face Space does."""

import os

from convdemo.inference.library import model_dirs
from convdemo.ui.context import Context
from convdemo.ui.guard import Guard
from convdemo.ui.launch import serve

if __name__ == "__main__":
    on_space = os.environ.get("SYSTEM") == "spaces"
    context = Context(
        model_dirs=model_dirs(), on_space=on_space, guard=Guard(behind_proxy=on_space)
    )
    serve(context, host="0.0.0.0" if on_space else "127.0.0.1", port=None)
