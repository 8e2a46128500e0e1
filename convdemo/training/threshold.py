"""How probable the outputs after the classes must be for a notice: chosen on held-out digits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convdemo.data.negatives import DIGITS, draw_negatives

if TYPE_CHECKING:
    from torch import nn

    from convdemo.data.dataset import ImageSet


# Of true digits these shares may get the notice: as MNIST has them, and as `other_hands` changes
# them, which is more than most hands do.
MOST_FALSE, MOST_FALSE_CHANGED = 0.002, 0.01
HELD_OUT = 2000  # negatives that no training has seen, of which a card says how many are noticed


def threshold_for(network: nn.Module, digits: ImageSet, seed: int, **about: Any) -> dict[str, Any]:
    """For a card: how probable the outputs after the ten classes must be together for a notice.

    Chosen on digits held out from training, as they are and as other hands write them; `about` is
    what `read_set` is told.
    """
    import torch

    from convdemo.augmentation.handwriting import other_hands
    from convdemo.data.dataset import ImageSet
    from convdemo.training.evaluation import read_set

    generator = torch.Generator().manual_seed(seed)
    device = digits.images.device
    others = other_hands(digits.images.float() / 255, digits.labels, generator)
    others = (others * 255).round().clamp(0, 255).to(torch.uint8)
    drawn = draw_negatives(HELD_OUT, digits, seed + 1_000_000)

    def unlike(images: torch.Tensor) -> torch.Tensor:
        chosen = ImageSet(images, digits.labels.new_zeros(len(images)))
        return read_set(network, chosen.to(device), **about)[:, len(DIGITS) :].sum(dim=1).cpu()

    true = [unlike(digits.images), unlike(others)]
    most = (MOST_FALSE, MOST_FALSE_CHANGED)
    quantiles = (values.quantile(1 - share) for values, share in zip(true, most, strict=True))
    threshold = round(max(map(float, quantiles)), 3)
    negatives = unlike(drawn.images[drawn.labels >= len(DIGITS)])
    return {
        "threshold": threshold,
        "most_false": most,
        "digits_noticed": [float((values >= threshold).float().mean()) for values in true],
        "negatives_noticed": float((negatives >= threshold).float().mean()),
        "n": {"digits": len(digits), "negatives": len(negatives)},
    }
