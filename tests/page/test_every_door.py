"""A Space with two visitors: whatever the page calls, no name of the one opens it for the other.

The doors are the events and server functions of the page as it is built, so that a new one is
tried as well.
"""

from __future__ import annotations

import base64
import dataclasses
import inspect
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.utils import get_type_hints, get_upload_folder
from matplotlib.figure import Figure
from support.contexts import ALICE, BOB, make_context, train
from support.in_process import Session, built, called
from support.small_data import members, picture, write_zip

from convdemo.data.custom import OwnData
from convdemo.explain import feature_visualization
from convdemo.inference import library
from convdemo.training import rate_finder
from convdemo.ui.context import Context
from convdemo.ui.tabs.train import own, runs
from convdemo.ui.tabs.transfer.bench import Bench
from convdemo.ui.wire import Refused

KINDS = ("clothes", "run", "data", "taught", "file", "class", "photo")
QUICK = {"epochs": 1, "batch": 10, "lr": 2e-3, "device": "cpu", "augment": "none"}
INK = np.zeros((28, 28), np.uint8)
INK[4:24, 12:16] = 255
ACTIONS = ("show", "remove_class", "remove_photo", "rename_class", "keep", "clear")
PAD = {"ink": {"width": 28, "height": 28, "bytes": base64.b64encode(INK.tobytes()).decode()}}


@dataclasses.dataclass
class Space:
    """The page, what one visitor has by kind, and what nobody else is to read."""

    context: Context
    app: gr.Blocks
    alice: Session
    names: dict[str, str]
    secrets: tuple[str, ...]

    def told(self, answer: Any, given: str = "") -> list[str]:
        """What of it is in an answer, but for what was given."""
        text = json.dumps(answer, default=repr)
        mine = (*self.secrets, *self.names.values())
        return [one for one in mine if one in text and one not in given]

    def kept(self) -> list[Any]:
        """All that the one has, as it stands."""
        folders = (self.context.model_dirs[0], self.context.runs_dir, self.context.own_data_dir(""))
        files = [one for folder in folders for one in folder.rglob("*")]
        files = [one for one in files if ALICE["visitor"] in str(one)]
        files += (self.context.runs_dir / self.names["run"]).rglob("*")
        seen = [(str(one), one.read_bytes()) for one in sorted(set(files)) if one.is_file()]
        return [seen, drawings(self.alice), album(self.alice)["classes"]]


def drawings(session: Session) -> list[Any]:
    """What a visitor has collected in the Draw tab."""
    return session.ask(door(session, "teach.fill.<locals>.looked"))


def album(session: Session, **asked: Any) -> dict[str, Any]:
    """What a visitor has in the Transfer tab, once that is done."""
    change = door(session, "transfer.wire_up.<locals>.changed")
    return session.ask(change, data={"action": "show", "photos": [], **asked})[0]


def door(session: Session, ending: str) -> Any:
    return next(one for one in session.events if called(one).endswith(ending))


def uploaded(folder: Path, path: Path) -> str:
    """The path of a file as the page's upload leaves it."""
    there = Path(get_upload_folder()) / folder.name
    there.mkdir(parents=True, exist_ok=True)
    return str(shutil.move(path, there / path.name))


def model(context: Context, name: str, after: str, **changes: Any) -> str:
    """The name of a model of the one's, a copy of one that ships."""
    entry = library.find(after, library.list_models(library.model_dirs()))
    path = context.model_dirs[0] / ALICE["visitor"] / f"{name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(entry.path, path)
    library.recard(path, dataclasses.replace(entry.card, name=name, default_for=None, **changes))
    return name


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory, small_data_dir: Path) -> Iterator[Space]:
    tmp_path = tmp_path_factory.mktemp("doors")
    patch = pytest.MonkeyPatch()
    patch.setenv("CONVDEMO_HOME", str(tmp_path / "home"))

    def refused(*_: Any) -> Any:
        raise Refused("busy")

    # What trains for long, on what its visitor has on the screen.
    patch.setattr(Bench, "train", refused)
    patch.setattr("convdemo.ui.tabs.augment.trial._process", refused)
    # What takes long once it is known whose things it is about: a step or two of it.
    patch.setattr(feature_visualization, "MOST", 2)
    patch.setattr(feature_visualization, "STEPS", 1)
    patch.setattr(feature_visualization, "SHOWN", 1)
    patch.setattr(rate_finder, "STEPS", 2)
    patch.setattr(Figure, "savefig", lambda *_, **more: None)
    context = make_context(tmp_path, small_data_dir, on_space=True)
    names = {
        "digits": model(context, "alices-digits", "cnn-mnist"),
        "clothes": model(context, "alices-clothes", "photo_lite-fashion_mnist_photos"),
    }
    files = {f"alices-class-{name}": data for name, data in members(8).items()}
    zipped = uploaded(tmp_path, write_zip(tmp_path / "alices-title.zip", files))
    *_, data = own.brought(context, zipped, ALICE["visitor"])
    assert isinstance(data, OwnData)
    asked = {"model": "simple_ann", "dataset": data.name, "config": QUICK, **ALICE}
    folder = train(context, {"id": runs.start(context, asked)})
    names |= {"data": data.name, "run": folder.path.name}
    names["photos"] = str(folder.state.saved)
    names["taught"] = model(context, "digit_resnet-mnist-hand-7", "digit_resnet-mnist")
    names["file"] = str(context.model_dirs[0] / ALICE["visitor"] / "alices-digits.safetensors")

    app = built(context)
    alice = Session(app, ALICE["visitor"])
    alice.ask(door(alice, "build_row.<locals>.kept"), {0: PAD})
    for name in ("alices-class-mugs", "alices-class-cups"):
        album(alice, action="add_class", name=name)
    group = album(alice)["classes"][-1]["id"]
    (tmp_path / "mine.png").write_bytes(picture((9, 99, 9), 5))
    photo = {"upload": uploaded(tmp_path, tmp_path / "mine.png"), "name": "mine.png"}
    photos = album(alice, **{"action": "add", "class": group}, uploads=[photo])["classes"]
    names |= {"class": group, "photo": photos[-1]["photos"][0]}
    yield Space(context, app, alice, names, ("alices-class", "alices-title"))
    patch.undo()


def asked(name: str) -> dict[str, Any]:
    """Everything that a request may say, each of them that name."""
    keys = ("model", "run", "dataset", "network", "left", "right", "base", "reader", "class", "id")
    more = ("example", "upload", "photo", "value", "result", "chosen", "source")
    return {
        **dict.fromkeys((*keys, *more), name),
        "index": [0, 0],
        "actual": 0,
        "predicted": 0,
        "sample": 0,
        "split": "test",
        "place": 1,
        "picture": {"dataset": name, "split": "test", "sample": 0},
        "photos": [name],
        "about": {"model": name, "skip": [], **BOB},
        **BOB,
    }


def hostile(value: Any, name: str) -> Iterator[Any]:
    """What somebody could send in place of a control's value."""
    told = asked(name)
    alone = {"dataset": name, "split": "test", "sample": 0}
    if isinstance(value, str) and value.startswith("{"):
        whole = json.loads(value)
        names = (key for key, one in whole.items() if one is None or isinstance(one, str))
        yield from (json.dumps({**whole, key: name}) for key in names)
        yield from map(json.dumps, ({**whole, **told}, alone))
    elif isinstance(value, Mapping):
        yield from ({**value, key: name} for key in value)
    elif isinstance(value, list):
        yield [name]
    elif value is None or isinstance(value, str):
        yield name
    if value is None:
        yield from map(json.dumps, (told, alone))


def takes_data(event: Any) -> bool:
    """Whether an event gets what its display says of it."""
    try:
        hints = get_type_hints(event.fn)
    except TypeError:
        return False
    return any(inspect.isclass(one) and issubclass(one, gr.EventData) for one in hints.values())


def tries(session: Session, name: str) -> Iterator[tuple[str, Any]]:
    """(door, answer) of everything that the page can call, with that name in every place."""
    for event in session.events:
        ways: list[tuple[dict[int, Any], Any]] = []
        for place, one in enumerate(event.inputs):
            if not one.stateful and one._id not in session._frame:
                value = session.value(one)
                ways += [({place: new}, asked(name)) for new in hostile(value, name)]
        if takes_data(event) or not ways:
            actions = ACTIONS if takes_data(event) else ("",)
            ways += [({}, {**asked(name), "action": action}) for action in actions]
        for given, data in ways:
            try:
                answer: Any = session.ask(event, given, data)
            except Exception as error:  # no answer; what an error says is for the fuzz
                answer = str(error)
            yield called(event), answer
    for function in session.functions:
        for payload in (asked(name), {**asked(name), "value": PAD}, {"value": asked(name)}):
            yield function.name, function.ask(payload)


@pytest.mark.parametrize("kind", KINDS)
def test_no_name_of_somebody_elses_opens_anything(space: Space, kind: str):
    name, mine = space.names[kind], space.kept()
    library._loaded.clear()
    bob = Session(space.app, BOB["visitor"])  # whose page remembers no other name
    found = [
        (where, told) for where, answer in tries(bob, name) if (told := space.told(answer, name))
    ]
    assert found == []
    assert not [path for path in library._loaded if ALICE["visitor"] in str(path)]
    assert space.kept() == mine


def test_the_one_whose_names_they_are_is_answered(space: Space):
    """So that the test above asks for what there is."""
    alice = Session(space.app, ALICE["visitor"])
    answers = tries(alice, space.names["data"])
    doors = {w.split()[-1] for w, one in answers if "alices-class" in json.dumps(one, default=repr)}
    assert doors >= {
        "tabs.explain.wire_up.<locals>.answered",
        "tabs.train.form.filled",
        "tabs.train.form.shown",
        "tabs.transfer.wire_up.<locals>.changed",
    }
