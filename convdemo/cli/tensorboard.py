"""The curves of a training for TensorBoard, as it goes on: --tensorboard DIR."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from convdemo.errors import UserError
from convdemo.files import check_place

if TYPE_CHECKING:
    from convdemo.training.loop import Record

# The curves by the fields of a record that they are of.
SCALARS = {
    "loss": "loss/training",
    "val_loss": "loss/validation",
    "accuracy": "accuracy/training",
    "val_accuracy": "accuracy/validation",
    "lr": "learning_rate",
}


@contextmanager
def board(folder: Path | None) -> Iterator[Callable[[Record], None]]:
    """What writes a record's values at its step into a folder's event file; nothing without one.

    PlaceError where the folder cannot be written to, UserError without TensorBoard's package.
    """
    if folder is None:
        yield lambda record: None
        return
    check_place(folder / "events.out")
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError(
            "--tensorboard needs the package tensorboard: pip install 'convdemo[tensorboard]'"
        ) from error

    with SummaryWriter(str(folder)) as writer:

        def write(record: Record) -> None:
            for field, curve in SCALARS.items():
                value = getattr(record, field)
                if value is not None:
                    writer.add_scalar(curve, value, record.step)

        yield write
