"""What a question about convolution is, and its English."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convdemo.convolution.operation import Operation

# The English of each kind; a page says it in its own words, from the same values.
SENTENCES = {
    "output_size": "Input {size}, kernel {kernel}, stride {stride}, padding {padding}, dilation "
    "{dilation}: how large is the output?",
    "parameters": "A {dims}D convolution with biases: {channels} channels, {filters} filters, "
    "kernel {kernel} along each axis, groups {groups}. How many parameters has it?",
    "multiply_adds": "A {dims}D convolution: input {size} and kernel {kernel} along each axis, "
    "stride {stride}, padding {padding}, {channels} channels, {filters} filters. How many "
    "multiply-adds does it take?",
    "unread": "Input {size}, kernel {kernel}, stride {stride}, padding {padding}: how many inputs "
    "at the end are never read?",
    "receptive_field": "How many inputs along an axis does one cell see after {layers}?",
    "pool_size": "Pooling ({kind}): input {size}, kernel {kernel}, stride {stride}, padding "
    "{padding}. How large is the output?",
    "transposed_size": "A transposed convolution: input {size}, kernel {kernel}, stride {stride}, "
    "padding {padding}, output padding {output_padding}. How large is the output?",
    "keeping_padding": "Kernel {kernel}, dilation {dilation}, stride 1: which padding on each side "
    "keeps the size?",
    "keras_padding": "Keras, padding 'same': input {size}, kernel {kernel}, stride {stride}. How "
    "many zeros are added at the end?",
    "cells": "A 3D convolution of an input of {size}, kernel {kernel}, stride {stride}, padding "
    "{padding}, {filters} filters: how many numbers come out?",
    "cell_value": "The signal {signal}, the kernel {weights}, stride {stride}, no padding: what is "
    "the output at place {place}, counted from 0?",
    "max_value": "Max pooling of {kernel} × {kernel}, stride {stride}, on {picture}: what is the "
    "output in row {row}, column {column}, counted from 0?",
    "kernel_of": "Which kernel made {output} out of {picture}?",
    "stride_of": "Input {size}, kernel {kernel}, padding {padding}, and the output is {output}: "
    "which stride was it?",
}


@dataclass(frozen=True)
class Question:
    """One question: `kind` is the key of its text, `values` what is put into it.

    `answer` is a number, or with `choices` the index of the right one. `explanation` is what the
    answer comes from. `operations` can be put on the bench: one, or the layers of a stack.
    """

    kind: str
    seed: int
    values: dict[str, Any]
    answer: int
    operations: tuple[Operation, ...]
    explanation: dict[str, Any]
    choices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The question in English."""
        return SENTENCES[self.kind].format(**self.values)
