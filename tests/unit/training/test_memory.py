"""Freed memory that a process keeps."""

import ctypes
import resource
import subprocess
import sys

import pytest

from convdemo.training.memory import keep_freed

AGAIN = """
import resource, sys
import numpy as np
from convdemo.training.memory import keep_freed

if sys.argv[1] == "keep":
    assert keep_freed()
np.ones(2**25, np.uint8)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(2**25, np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="needs glibc")
def test_pages_that_were_freed_are_taken_again():
    def faults(how: str) -> int:
        ran = subprocess.run(
            [sys.executable, "-c", AGAIN, how], capture_output=True, text=True, check=True
        )
        return int(ran.stdout)

    pages = 2**25 // resource.getpagesize()
    assert faults("keep") < pages  # of 20 arrays not even one is cleared anew


def test_without_such_a_library_nothing_happens(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not keep_freed()
