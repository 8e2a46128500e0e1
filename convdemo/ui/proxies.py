"""Gradio is imported here first, whatever proxies the environment names.

It makes a client for the web while it is imported, which fails for a SOCKS proxy without a package
of its own and for an address that is none. The page needs no proxy; who downloads weights through
one finds the variables as they were.
"""

import importlib
import os

import httpx


def _understood() -> bool:
    try:
        httpx.Client(verify=False).close()
    except (ImportError, ValueError, httpx.InvalidURL):
        return False
    return True


_names = [] if _understood() else [name for name in os.environ if name.lower().endswith("_proxy")]
_hidden = {name: os.environ.pop(name) for name in _names}
try:
    importlib.import_module("gradio")
finally:
    os.environ.update(_hidden)
