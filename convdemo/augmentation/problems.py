"""What is said of a chain that cannot be applied."""

from __future__ import annotations

from convdemo.errors import Problem

LONGEST = 12  # steps of a chain
PROBLEMS = {
    "chain_steps": "This chain has {steps} steps; at most {limit} are taken.",
    "chain_crop": "Step {place} cannot be: it cuts {width} × {height} pixels out of a picture that "
    "has {wide} × {tall} there.",
    "chain_blur": "Step {place} cannot be: this blur looks {reach} pixels to each side, and the "
    "picture has {wide} × {tall} there.",
}


class ChainError(Problem):
    """A chain that cannot be applied to a picture; `problem` is a key of PROBLEMS."""

    sentences = PROBLEMS
