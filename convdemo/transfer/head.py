"""A linear head on features that are already there: convex, so that it ends where it must."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional

from convdemo.training.loop import Record
from convdemo.transfer.features import Features, scored

DECAY = 1e-2  # of the squared weights, for features of spread one; from cross-validation
ROUNDS = 30  # each of which ends in a record
ITERATIONS = 5  # of L-BFGS in a round
FLAT = 1e-5  # by how much the loss must fall in a round to go on


def train_head(head: nn.Linear, features: Features) -> Iterator[Record]:
    """Train the head in place from zero by L-BFGS, a round and its record each time.

    The features are brought to mean 0 and spread 1 while it trains; what that takes is then put
    into the weights, so that the head reads the features as they are.
    """
    device, started = head.weight.device, time.perf_counter()
    x, y = features.training.to(device), features.training_labels.to(device)
    val_x, val_y = features.validation.to(device), features.validation_labels.to(device)
    mean, spread = x.mean(dim=0), x.std(dim=0)
    spread = torch.where(spread > 1e-6, spread, 1.0)  # a feature that never changes says nothing
    x, val_x = (x - mean) / spread, (val_x - mean) / spread
    weight = torch.zeros_like(head.weight, requires_grad=True)
    bias = torch.zeros_like(head.bias, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias], max_iter=ITERATIONS, history_size=20, line_search_fn="strong_wolfe"
    )

    def objective() -> torch.Tensor:
        optimizer.zero_grad()
        value = functional.cross_entropy(x @ weight.T + bias, y) + DECAY * weight.square().sum()
        value.backward()
        return value

    before = float("inf")
    for turn in range(1, ROUNDS + 1):
        now = float(optimizer.step(objective).detach())
        with torch.no_grad():
            scaled = weight / spread
            head.weight.copy_(scaled)
            head.bias.copy_(bias - scaled @ mean)
            loss, accuracy = scored(x @ weight.T + bias, y)
            val_loss, val_accuracy = scored(val_x @ weight.T + bias, val_y)
        yield Record(
            step=turn,
            steps=ROUNDS,
            epoch=turn,
            epochs=ROUNDS,
            loss=loss,
            accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            lr=0.0,  # a line search finds its own steps
            seconds=(seconds := time.perf_counter() - started),
            samples_per_second=turn * len(x) / seconds,
        )
        if before - now < FLAT:  # LBFGS gives the loss at the start of a round
            return
        before = now
