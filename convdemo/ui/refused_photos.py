"""Why somebody's photos make no set, for the tabs that take them."""

from convdemo.data.image_folders.findings import PhotoSetError
from convdemo.ui.wire import Refused


def refused_set(error: PhotoSetError) -> Refused:
    """Why photos make no set, in words that the page knows."""
    values = dict(error.values)
    if "part" in values:
        values["part"] = f"@transfer.part.{values['part']}"
    return Refused(error.problem, **values)
