"""One training on many GPUs or machines: every process takes its share of every batch.

Started by `torchrun`, whose variables say who is who; without it there is one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

Value = TypeVar("Value")


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this one is; `local` is its place on its own machine."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    def shard(self, whole: torch.Tensor) -> torch.Tensor:
        """Its part of a batch: every `size`-th row."""
        return whole if self.size == 1 else whole[self.rank :: self.size]

    def all_reduce_sum(self, values: torch.Tensor) -> torch.Tensor:
        """The sum over all processes, the same in each."""
        if self.size > 1:
            values = values.clone()
            distributed.all_reduce(values)
        return values

    def broadcast(self, value: Value) -> Value:
        """What the first process has, in all of them."""
        if self.size == 1:
            return value
        box: list[Any] = [value]
        distributed.broadcast_object_list(box, src=0)
        return box[0]

    def wait(self) -> None:
        """Until all are here."""
        if self.size > 1:
            distributed.barrier()

    def wrap(self, network: nn.Module, device: torch.device) -> nn.Module:
        """The network with gradients averaged over all; the weights stay those of `network`.

        Batch normalisation must be synchronised before, by `synchronise`.
        """
        if self.size == 1:
            return network
        indices = [device] if device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=indices)

    def synchronise(self, network: nn.Sequential, device: torch.device) -> None:
        """Batch statistics of the whole batch on GPUs; on the CPU each process uses its own."""
        if self.size > 1 and device.type == "cuda":
            for name, stage in network.named_children():
                setattr(network, name, nn.SyncBatchNorm.convert_sync_batchnorm(stage))


ALONE = Ranks()


@contextmanager
def joined() -> Iterator[Ranks]:
    """The processes that torchrun has started, connected; ALONE without torchrun."""
    if "TORCHELASTIC_RUN_ID" not in os.environ:
        yield ALONE
        return
    # Before there is a group: DistributedDataParallel imports this module, which keeps the group it
    # finds then, and with it Gloo's threads, which now and then abort the exit.
    import torch.distributed.nn

    local = int(os.environ["LOCAL_RANK"])
    if torch.cuda.is_available():
        torch.cuda.set_device(local)
    # NCCL for tensors on GPUs, Gloo for those on the CPU.
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    distributed.init_process_group(backend)
    try:
        yield Ranks(distributed.get_rank(), distributed.get_world_size(), local)
    finally:
        distributed.destroy_process_group()
