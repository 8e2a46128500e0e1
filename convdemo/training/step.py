"""One step of training: forward, backward, optimizer; on a GPU as one graph of kernels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from convdemo.training.config import TrainConfig
from convdemo.training.faults import Fault
from convdemo.training.optimizer import autocast

WARM_UP = 3  # steps before a graph is captured, in which libraries choose their kernels
EMPTY = -1  # the label of a picture with nothing on it
Body = Callable[[], None]


def shares(labels: torch.Tensor, classes: int) -> torch.Tensor:
    """(N, classes) the share of each class in labels (N,); the same for all where it is `EMPTY`."""
    known = functional.one_hot(labels.clamp(min=0), classes).float()
    return torch.where((labels == EMPTY).unsqueeze(1), 1 / classes, known)


class TrainingStep:
    """Moves the weights by one batch of normalised pictures (N, C, H, W) and labels (N,).

    Labels may be `EMPTY` where the configuration empties pictures.
    """

    def __init__(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        config: TrainConfig,
        fault: Fault,
        device: torch.device,
    ):
        self.network, self.optimizer, self.config, self.fault = network, optimizer, config, fault
        self.device = device

    def __call__(
        self, x: torch.Tensor, labels: torch.Tensor, weight: float = 1.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """(mean loss, logits) from before the step; the gradient counts `weight` times."""
        loss, logits = self._forward(x, labels)
        self.optimizer.zero_grad(set_to_none=True)
        (loss if weight == 1.0 else loss * weight).backward()
        self.optimizer.step()
        return loss.detach(), logits.detach()

    def _forward(self, x: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with autocast(self.device, self.config.precision):
            logits = self.network(x)
            answers = self.fault.logits(logits)
            loss = functional.cross_entropy(
                answers,
                shares(labels, answers.shape[1]) if self.config.empty else labels,
                label_smoothing=self.config.label_smoothing,
            )
        return loss, logits


def captured_on_gpu(body: Body) -> Body:
    """What replays the kernels that `body` starts; they are recorded here and not run."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        body()
    return graph.replay


class GraphedStep(TrainingStep):
    """The same step recorded once and replayed, so that a GPU need not wait for Python.

    The first `WARM_UP` steps, and batches of another size than the recorded one, go the plain way.
    What it returns is overwritten by the next step.
    """

    def __init__(self, *about: Any, capture: Callable[[Body], Body] = captured_on_gpu):
        super().__init__(*about)
        self.capture = capture
        self.taken = 0
        self.replay: Body | None = None
        nothing = torch.empty(0)  # until a graph has its places to read from and to write to
        self.x = self.labels = self.loss = self.logits = nothing

    def __call__(
        self, x: torch.Tensor, labels: torch.Tensor, weight: float = 1.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        self.taken += 1
        if self.taken <= WARM_UP:
            return self._aside(x, labels, weight)
        if self.replay is None and weight == 1.0:
            self._record(x, labels)
        if self.replay is None or x.shape != self.x.shape or weight != 1.0:
            return super().__call__(x, labels, weight)
        self.x.copy_(x)
        self.labels.copy_(labels)
        self.replay()
        return self.loss, self.logits

    def _aside(
        self, x: torch.Tensor, labels: torch.Tensor, weight: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A plain step on a stream of its own, as what is captured later runs on one, too."""
        if self.device.type != "cuda":
            return super().__call__(x, labels, weight)
        stream = torch.cuda.Stream(self.device)
        stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(stream):
            found = super().__call__(x, labels, weight)
        torch.cuda.current_stream(self.device).wait_stream(stream)
        return found

    def _record(self, x: torch.Tensor, labels: torch.Tensor) -> None:
        self.x, self.labels = torch.empty_like(x), torch.empty_like(labels)

        # Gradients are born inside of the graph, which writes them anew in every replay.
        self.optimizer.zero_grad(set_to_none=True)
        self.replay = self.capture(self._body)

    def _body(self) -> None:
        loss, logits = self._forward(self.x, self.labels)
        loss.backward()
        self.optimizer.step()
        self.loss, self.logits = loss.detach(), logits.detach()
