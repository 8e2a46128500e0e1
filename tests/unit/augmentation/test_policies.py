"""Policies taken apart: the pictures are torchvision's, and so is what is said of them."""

import numpy as np
import pytest
import torch

from convdemo.augmentation.policies import (
    POLICIES,
    apply,
    draw,
    frequencies,
    preview,
    table_of,
    transform_of,
)

DRAWS = 1_000


def picture(height: int = 24, width: int = 36) -> np.ndarray:
    generator = np.random.default_rng(5)
    return generator.integers(0, 256, (height, width, 3)).astype(np.uint8)


def watched(policy: str):
    """torchvision's transform, and the list into which it tells what it applies."""
    transform = transform_of(policy)
    told: list[tuple[str, float]] = []
    applied = transform._apply_image_or_video_transform

    def tell(image, name, magnitude, interpolation, fill):
        told.append((name, magnitude))
        return applied(image, name, magnitude, interpolation, fill)

    transform._apply_image_or_video_transform = tell
    return transform, told


@pytest.mark.parametrize("policy", POLICIES)
def test_a_thousand_tiles_are_those_of_torchvision(policy):
    image = picture()
    tensor = torch.from_numpy(image).permute(2, 0, 1)
    transform, told = watched(policy)
    state = torch.get_rng_state()
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        told.clear()
        expected = transform(tensor)
        drawn = draw(policy, 24, 36, seed)
        assert list(drawn.steps) == told
        applied = [operation.name for operation in drawn.operations if operation.applied]
        assert applied == [name for name, _ in told]
        assert torch.equal(apply(policy, tensor, drawn), expected)
    torch.set_rng_state(state)


@pytest.mark.parametrize("policy", ["imagenet", "cifar10", "svhn"])
def test_the_rule_that_was_drawn_is_one_of_the_table(policy):
    table = table_of(policy)
    assert len(table) == 25
    seen = set()
    for seed in range(300):
        drawn = draw(policy, 40, 60, seed)
        assert drawn.rule is not None
        seen.add(drawn.rule)
        rule = table[drawn.rule]
        assert [(one.name, one.probability) for one in drawn.operations] == [
            (name, probability) for name, probability, _ in rule
        ]
    assert len(seen) == 25


def test_coins_fall_as_often_as_their_probability_says():
    drawn = [draw("imagenet", 40, 60, seed) for seed in range(4_000)]
    for wanted in (0.4, 0.6, 0.8):
        coins = [one.applied for d in drawn for one in d.operations if one.probability == wanted]
        error = (wanted * (1 - wanted) / len(coins)) ** 0.5
        assert abs(np.mean(coins) - wanted) < 4 * error


@pytest.mark.parametrize(
    ("policy", "name", "unit", "lowest", "highest"),
    [
        ("imagenet", "Rotate", "degrees", -30, 30),
        ("rand", "ShearX", "degrees", -16.7, 16.7),
        ("trivial", "TranslateX", "pixels", -32, 32),
        ("rand", "Brightness", "factor", 0.1, 1.9),
        ("trivial", "Posterize", "bits", 2, 8),
        ("imagenet", "Solarize", "threshold", 0, 255),
        ("augmix", "TranslateY", "pixels", -40 / 3, 40 / 3),
    ],
)
def test_strengths_are_in_real_units(policy, name, unit, lowest, highest):
    found = [
        one
        for seed in range(1_500)
        for one in draw(policy, 40, 60, seed).operations
        if one.name == name and one.applied
    ]
    assert {one.unit for one in found} == {unit}
    values = [one.magnitude for one in found if one.magnitude is not None]
    assert len(values) == len(found) > 5
    assert lowest - 1e-3 <= min(values) <= max(values) <= highest + 1e-3


def test_what_was_not_let_through_has_no_strength():
    seen = [one for seed in range(50) for one in draw("svhn", 40, 60, seed).operations]
    refused = [one for one in seen if not one.applied]
    assert refused
    assert all(one.magnitude is None for one in refused)


def test_a_mixture_tells_its_chains_and_their_weights():
    for seed in range(50):
        drawn = draw("augmix", 40, 60, seed)
        assert [one.chain for one in drawn.operations] == [
            chain for chain, depth in enumerate(drawn.depths) for _ in range(depth)
        ]
        assert drawn.weights is not None
        original, chains = drawn.weights
        assert float(original.sum() + chains.sum()) == pytest.approx(1, abs=1e-5)
        for one in drawn.operations:
            assert one.chain is not None
            assert one.weight == pytest.approx(float(chains[0, one.chain]))


@pytest.mark.parametrize("policy", POLICIES)
def test_the_same_seed_gives_the_same_bytes(policy):
    state = torch.get_rng_state()
    first = preview(picture(), policy, 9, 7)
    torch.manual_seed(1)  # of no concern to it
    again = preview(picture(), policy, 9, 7)
    other = preview(picture(), policy, 9, 70)
    torch.set_rng_state(state)
    assert [tile.image.tobytes() for tile in first] == [tile.image.tobytes() for tile in again]
    assert [tile.image.tobytes() for tile in first] != [tile.image.tobytes() for tile in other]


def test_frequencies_are_those_of_the_draws():
    found = frequencies("trivial", 1_000, 40, 60, 0)
    assert sum(found.values()) == pytest.approx(1)  # one operation a picture
    assert len(found) == 14
    assert max(found.values()) < 2.2 * min(found.values())
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_an_unknown_policy_is_named():
    with pytest.raises(ValueError, match="'magic' is none of imagenet, cifar10"):
        draw("magic", 10, 10, 0)
