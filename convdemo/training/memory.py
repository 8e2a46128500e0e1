"""How a process keeps the memory that it has freed."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's numbers of its settings
LARGEST = 2**30  # bytes that are taken from what is kept, instead of from the system
KEPT = 2**28  # bytes that stay with the process though they are free


def keep_freed() -> bool:
    """Whether large tensors come out of memory that this process has had before.

    glibc gives each of them back to the system when it is freed, which then clears every page of
    the next one: up to a third of the time that a convolutional network takes on a processor.
    Other C libraries are left as they are.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # Windows and macOS have none
        return False
    return bool(set_option(_MMAP_THRESHOLD, LARGEST) and set_option(_TRIM_THRESHOLD, KEPT))
