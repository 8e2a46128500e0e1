"""What the Train tab says of a set of pictures; the Transfer tab has sentences of its own."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from convdemo.data.image_folders.findings import NAMED, Finding, PhotoSetError
from convdemo.ui.wire import Refused


def refused_set(error: PhotoSetError) -> Refused:
    """Why photos make no set, in words that the page knows."""
    values = dict(error.values)
    if "part" in values:
        values["part"] = f"@transfer.part.{values['part']}"
    return Refused(error.problem, **values)


def found_of(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """What is to be known of photos, as the page gets it."""
    return [asdict(one) | {"names": list(one.names[: NAMED + 1])} for one in findings]
