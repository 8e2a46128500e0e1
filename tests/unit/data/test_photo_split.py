"""The split of photos: near its share whatever the sizes of bursts, which stay on one side."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convdemo.data.image_folders.split import LEAST, MOST, divide, on_both_sides

Sizes = list[list[int]]  # of the bursts of each class
sizes = st.lists(
    st.one_of(
        st.lists(st.integers(1, 6), min_size=1, max_size=12),
        st.tuples(st.integers(1, 200), st.integers(0, 12)).map(lambda t: [t[0], *[1] * t[1]]),
    ).filter(lambda bursts: sum(bursts) >= 5),
    min_size=1,
    max_size=4,
)
SHARES = ((0.2,), (0.15, 0.15))


def columns(classes: Sizes) -> tuple[np.ndarray, np.ndarray]:
    """Labels and groups, in the order in which photos are read."""
    bursts = [(label, size) for label, sizes in enumerate(classes) for size in sizes]
    labels = [label for label, size in bursts for _ in range(size)]
    groups = [group for group, (_, size) in enumerate(bursts) for _ in range(size)]
    return np.array(labels), np.array(groups)


def divided(classes: Sizes, shares: tuple[float, ...] = (0.2,), seed: int = 0) -> np.ndarray:
    labels, groups = columns(classes)
    return divide(labels, groups, np.zeros(len(labels), int), shares, seed=seed)


@given(classes=sizes, seed=st.integers(0, 5), shares=st.sampled_from(SHARES))
def test_every_class_gives_about_its_share_to_every_part(classes, seed, shares):
    labels, _ = columns(classes)
    parts = divided(classes, shares, seed)
    for label, bursts in enumerate(classes):
        for part, share in enumerate(shares, start=1):
            wanted = share * sum(bursts)
            taken = int(((labels == label) & (parts == part)).sum())
            assert taken >= max(1, LEAST * wanted - 0.5)
            assert taken <= max(1, round(wanted), MOST * wanted)
        assert ((labels == label) & (parts == 0)).any()


@given(classes=sizes, seed=st.integers(0, 5))
def test_bursts_stay_together_wherever_whole_ones_come_near_a_fifth(classes, seed):
    labels, groups = columns(classes)
    parts = divided(classes, seed=seed)
    for label, bursts in enumerate(classes):
        own = labels == label
        torn = {g for g in groups[own] if len(set(parts[own & (groups == g)])) > 1}
        wanted = 0.2 * sum(bursts)
        whole = {0}
        for size in bursts:
            whole |= {n + size for n in whole}
        near = [
            n for n in whole if n == max(1, round(wanted)) or LEAST * wanted <= n <= MOST * wanted
        ]
        possible = bool([n for n in near if 0 < n < sum(bursts)])
        assert len(torn) == (0 if possible else 1)
        if torn:  # the largest gives up its end
            [group] = torn
            members = parts[own & (groups == group)]
            assert len(members) == max(
                size
                for size, g in zip(bursts, np.unique(groups[own]), strict=True)
                if (parts[groups == g] == 0).any()
            )
            assert (np.diff(members) >= 0).all()


@pytest.mark.parametrize(
    ("bursts", "validate"),
    [
        ([60, *[1] * 8], 8),  # all of the others: half of a fifth at least
        ([60, 1, 1], 12),  # too few: the series gives its end as well
        ([60], 12),
        ([5, 5], 2),  # half of the photos would be too many
        ([3, 3, 3], 3),
        ([2, 2], 1),
        ([2], 1),
        ([1, 1], 1),
        ([30, 30, 1, 1], 12),
        ([1] * 50, 10),
        ([7, 7, 7, 7, 7], 7),
        ([100, 20], 20),
    ],
)
def test_a_series_is_no_reason_to_validate_with_half_of_the_photos(bursts, validate):
    for seed in range(5):
        assert int((divided([bursts], seed=seed) == 1).sum()) == validate


def test_where_a_series_is_cut_its_end_validates():
    assert divided([[60]]).tolist() == [0] * 48 + [1] * 12
    assert divided([[20]], (0.15, 0.15)).tolist() == [0] * 14 + [2] * 3 + [1] * 3


def test_another_seed_chooses_others():
    one, other = (divided([[1] * 40], seed=seed) for seed in (0, 1))
    assert (one != other).any()
    assert (one == divided([[1] * 40])).all()


@pytest.mark.parametrize("missing", [1, 2])
def test_of_a_part_that_folders_do_not_name_every_class_gives_a_share(missing):
    labels, groups = columns([[1] * 30, [1] * 20])
    given_parts = np.where(np.arange(50) % 5 == 4, 3 - missing, 0)
    parts = divide(labels, groups, given_parts, (0.15, 0.15))
    assert (parts[given_parts > 0] == 3 - missing).all()
    assert [int(((labels == label) & (parts == missing)).sum()) for label in (0, 1)] == [4, 2]


def test_nothing_is_drawn_where_folders_say_all():
    labels, groups = columns([[4, 4], [8]])
    said = np.arange(16) % 3
    assert (divide(labels, groups, said, (0.15, 0.15)) == said).all()


def test_a_class_with_one_photo_keeps_it_to_train_with():
    labels, groups = columns([[1], [1] * 10])
    assert divide(labels, groups, np.zeros(11, int), (0.2,))[0] == 0


def test_what_lies_on_both_sides_is_known():
    labels, groups = np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 7, 7])
    parts = np.array([0, 1, 0, 2, 1])
    assert on_both_sides(labels, groups, parts).tolist() == [True, True, False, False, False]


def test_the_choice_among_few_bursts_is_the_nearest():
    """Against every choice there is."""
    random = np.random.default_rng(3)
    for _ in range(50):
        bursts = random.integers(1, 9, random.integers(2, 7)).tolist()
        total = sum(bursts)
        wanted = max(1, round(0.2 * total))
        sums = [sum(some) for k in range(1, len(bursts)) for some in combinations(bursts, k)]
        near = [n for n in sums if n == wanted or LEAST * 0.2 * total <= n <= MOST * 0.2 * total]
        best = min((abs(n - wanted) for n in near), default=0)
        taken = int((divided([bursts]) == 1).sum())
        assert abs(taken - wanted) == best
