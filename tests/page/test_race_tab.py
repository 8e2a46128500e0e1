"""Races and the search for a rate, as the Train tab has them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.contexts import ALICE, BOB, gaps, make_context
from support.forked import run_python

from convdemo.training.race import Point
from convdemo.training.rate_finder import Tried, proposed
from convdemo.ui import text
from convdemo.ui.components import Example, Table
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import form, race, rates, settings
from convdemo.ui.tabs.train.race import LOCAL, ON_SPACE, RACES, Race, Racer, View
from convdemo.ui.wire import Refused

WHO = ALICE["visitor"]
THERE = 400  # pictures to train with
PICTURES = LOCAL.pictures[0]
TWO = (Racer("plain_sgd", 0.05, 100), Racer("adam", 0.01, 100))


@pytest.fixture
def context(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir)


@pytest.fixture
def space(tmp_path: Path, small_data_dir: Path) -> Context:
    return make_context(tmp_path, small_data_dir, on_space=True)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch):
    """The tests' data set is small: each of its pictures is seen once."""
    monkeypatch.setattr(race, "EPOCHS", 1)


def raced(context: Context, view: View, *racers: Racer, model: str = "simple_ann") -> list[Any]:
    shares: list[float] = []
    asked = ((0, racers or TWO), model, "mnist", PICTURES, WHO)
    found = list(race.raced(context, view, shares.append, *asked))
    assert shares == sorted(shares)
    assert shares[-1] == 1
    return found


def rows(example: Example) -> tuple[tuple[Any, ...], ...]:
    """What stands in the table of who is first."""
    assert example.blocks is not None
    [goals] = example.blocks
    assert isinstance(goals, Table)
    return goals.rows


@pytest.mark.parametrize("name", RACES)
def test_every_ready_race_can_be_run(context: Context, name: str):
    found = race.runners(context, RACES[name], "quick_cnn", "mnist", PICTURES, 55_000, WHO)
    assert len(found) == len(RACES[name])
    told = [str(one) for one in race.names(RACES[name])]
    assert len({*told}) == len(told)
    for language in text.LANGUAGES:
        new = race.offered(context, language, name, 0, RACES[name])
        for part, update in new.items():
            if "choices" in update:
                assert update["value"] in [value for _, value in update["choices"]], part


def test_a_race_is_run_to_its_end(context: Context):
    view = View(race.recorded_race())
    *_, last = raced(context, view)
    line, chart, table, _ = last
    assert line[0] == "race.over"
    assert view.race.racers == TWO
    ends = [view.race.of(place)[-1] for place in range(2)]
    assert all(one.step == one.steps for one in ends)
    assert [name for name, _ in (one.name for one in chart.lines)] == ["race.by_optimizer"] * 2
    assert [one.y[-1] for one in chart.lines] == [one.accuracy for one in ends]
    assert chart.x_range == (0, ends[0].steps)
    assert [row[-1] for row in rows(table)] == [f"{one.accuracy:.1%}" for one in ends]


def test_both_axes_say_who_is_first():
    def points(place: int, *told: tuple[int, float, float]) -> list[Point]:
        return [Point(place, step, 50, sec, None, right) for step, sec, right in told]

    few = points(0, (0, 0, 0.1), (10, 4, 0.91), (50, 20, 0.98))
    many = points(1, (0, 0, 0.1), (20, 2, 0.97), (30, 3, 0.96))
    over = Point(2, 5, 50, 1.0, None, 0, (), True)
    shown = View(Race((Racer(), Racer("adam"), Racer("adagrad")), [*few, *many, over]))
    told = rows(shown.shown()[1])
    assert told[0][1:] == (
        ("race.first_step", {"at": "10"}),
        ("race.at_step", {"at": "50"}),
        "–",
        "98.0%",
    )
    assert told[1][2] == ("race.first_step", {"at": "20"})
    assert told[2][1:] == ("–", "–", "–", "race.diverged")
    shown.axis = "seconds"
    chart, table = shown.shown()
    told = rows(table)
    assert told[0][1:3] == (
        ("race.at_seconds", {"at": "4.00"}),
        ("race.at_seconds", {"at": "20.00"}),
    )
    assert told[1][1] == ("race.first_seconds", {"at": "2.00"})
    assert chart.lines[1].x == (0, 2, 3)
    assert chart.x_range == (0, 20)
    assert chart.lines[2].x == ()


def test_what_ships_was_run():
    found = race.recorded_race()
    assert found.racers == RACES[race.FIRST]
    for place in range(3):
        points = found.of(place)
        assert points[0].accuracy == found.points[0].accuracy  # the same weights
        assert points[-1].step == points[-1].steps == -(-race.LENGTH // 128)
    tried = [Tried(*one) for one in race.recorded()["rates"]]
    rate = proposed(tried)
    chart = rates.chart(tried, rate)
    assert chart.marks[0][0] == chart.at == rate
    assert gaps(race.about_recorded())["pictures"] == "10,000"


@pytest.mark.parametrize("shipped", [True, False])
def test_the_code_runs_the_race(
    context: Context, small_data_dir: Path, tmp_path: Path, shipped: bool
):
    view = View(race.recorded_race())
    if shipped:
        code = race.snippet.for_race(race.recorded_runners(), "mnist")
    else:
        *_, (_, _, _, code) = raced(context, view, TWO[0], Racer("sgd", 0.05, 100, "with"))
    done = run_python(code, cwd=tmp_path, env={"CONVDEMO_DATA": str(small_data_dir)})
    said = re.findall(r"runner (\d): +(\d+) of \d+ steps, .* accuracy (\S+)", done.stdout)
    if shipped:
        assert {place for place, *_ in said} == {"0", "1", "2"}
        return
    wanted = {(p.runner, p.step, f"{p.accuracy:.4f}") for p in view.race.points}
    assert {(int(place), int(step), right) for place, step, right in said} == wanted


def test_a_race_that_nobody_wants_ends(context: Context):
    def tell(_: float) -> None:
        raise KeyboardInterrupt

    asked = ((0, TWO), "simple_ann", "mnist", PICTURES, WHO)
    view = View(race.recorded_race())
    with pytest.raises(KeyboardInterrupt):
        list(race.raced(context, view, tell, *asked))
    assert len(view.race.points) == 1


def test_a_race_ends_when_its_time_is_over(context: Context, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(race, "LOCAL", race.Bounds(6, LOCAL.pictures, -1))
    view = View(race.recorded_race())
    asked = ((0, TWO), "simple_ann", "mnist", PICTURES, WHO)
    [(line, *_)] = race.raced(context, view, lambda _: None, *asked)
    assert line[0] == "race.late"
    assert len(view.race.points) == 1


@pytest.mark.parametrize(
    ("racers", "pictures", "model", "problem"),
    [
        (TWO[:1], PICTURES, "simple_ann", "race_count"),
        (TWO * 4, PICTURES, "simple_ann", "race_count"),
        (TWO, 10**9, "simple_ann", "request"),
        (TWO, PICTURES, "no_such", "request"),
        ((TWO[0], Racer("dance")), PICTURES, "simple_ann", "request"),
        ((TWO[0], Racer(norm="often")), PICTURES, "simple_ann", "request"),
        ((TWO[0], Racer(lr=1e9)), PICTURES, "simple_ann", "train_number"),
        ((TWO[0], Racer(batch=10**6)), PICTURES, "simple_ann", "train_number"),
        ((TWO[0], Racer(batch=1024)), PICTURES, "simple_ann", "train_batch"),
    ],
)
def test_what_cannot_race_gets_a_sentence(
    context: Context, racers: tuple[Racer, ...], pictures: int, model: str, problem: str
):
    with pytest.raises(Refused, match=problem) as refused:
        race.runners(context, racers, model, "mnist", pictures, THERE, WHO)
    for language in text.LANGUAGES:
        text.say(language, f"problem.{problem}", **refused.value.values)


def test_a_network_that_is_no_line_has_its_own_normalisation(context: Context):
    with pytest.raises(Refused, match="race_no_line"):
        race.written(context, "photo_lite", "with", "mnist", WHO)
    assert race.written(context, "photo_lite", "own", "mnist", WHO) == "photo_lite"


def test_a_space_races_less(space: Context, context: Context):
    most = ON_SPACE.pictures[-1]
    with pytest.raises(Refused, match="race_count"):
        race.runners(space, RACES["six"], "simple_ann", "mnist", PICTURES, THERE, WHO)
    with pytest.raises(Refused, match="request"):
        race.runners(space, TWO, "simple_ann", "mnist", LOCAL.pictures[-1], THERE, WHO)
    assert len(race.runners(space, TWO, "simple_ann", "mnist", most, THERE, WHO)) == 2
    names = [name for _, name in race.offered(space, "en", race.FIRST, 0, TWO)["preset"]["choices"]]
    assert "six" not in names
    assert ON_SPACE.seconds < LOCAL.seconds
    with pytest.raises(Refused, match="request"):  # nobody
        race.runners(space, TWO, "simple_ann", "mnist", most, THERE, "")
    with pytest.raises(Refused, match="train_dataset_gone"):  # another's pictures
        race.runners(space, TWO, "simple_ann", "own-00000000", most, THERE, BOB["visitor"])


def test_racers_are_edited(context: Context):
    def edit(what: str, racers: tuple[Racer, ...], at: int, *values: Any) -> Any:
        given = values or ("sgd", 0.05, 128, "own")
        return race.edited(context, what, race.FIRST, at, given, racers)

    first = RACES[race.FIRST]
    assert edit("preset", TWO, 1) == (race.FIRST, 0, first)
    name, at, more = edit("add", first, 1)
    assert (name, at) == (settings.CHANGED, 3)
    assert more == (*first, first[1])
    # Another optimizer comes with its usual rate; no other field is looked at.
    _, _, more = edit("optimizer", more, 3, "adadelta", 7.0, 2, "with")
    assert more[3] == Racer("adadelta", 1.0, first[1].batch)
    _, _, more = edit("lr", more, 3, "adam", 7.0, 2, "with")
    assert more[3] == Racer("adadelta", 7.0, first[1].batch)
    assert edit("remove", more, 3) == (race.FIRST, 2, first)
    assert edit("remove", TWO, 0)[2] == TWO
    assert len(edit("add", first * 2, 0)[2]) == 6
    assert edit("", TWO, 5)[1:] == (1, TWO)


# The search


def fields(context: Context, **chosen: Any) -> list[Any]:
    """The form as it is sent."""
    whole = settings.filled(context, "simple_ann", "mnist", "recipe", "")
    return [settings.coded({**whole, "batch": 20, **chosen}[name]) for name in form.NAMES]


def searched(context: Context, **chosen: Any) -> Iterator[tuple[Any, ...]]:
    return rates.searched(context, lambda _: None, *fields(context, **chosen), WHO)


def test_a_rate_is_searched_and_taken(context: Context, small_data_dir: Path, tmp_path: Path):
    *_, (line, chart, rate, button, code) = searched(context)
    assert line[0] == "race.proposed"
    assert chart.marks[0][0] == rate
    assert chart.x_log
    assert button["interactive"]
    here = '{"language": "ko"}'
    base = settings.filled(context, "simple_ann", "mnist", "recipe", "")
    lr, preset, base, _ = rates.taken(context, rate, *fields(context), base, WHO, here)
    assert lr["value"] == base["lr"] == float(f"{rate:.2g}")
    assert lr["value"] in [value for _, value in lr["choices"]]
    assert preset["value"] == settings.CHANGED
    done = run_python(code, cwd=tmp_path, env={"CONVDEMO_DATA": str(small_data_dir)})
    assert float(done.stdout.split()[-1]) == pytest.approx(rate)


def test_a_search_says_what_cannot_be(context: Context, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(Refused, match="train_number"):
        list(searched(context, lr=0))
    monkeypatch.setattr(race, "LOCAL", race.Bounds(6, LOCAL.pictures, -1))
    *_, (line, _, rate, button, _) = searched(context)
    assert (line, rate) == ("race.no_proposal", None)
    assert not button["interactive"]
