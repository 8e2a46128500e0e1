"""Python that reproduces what is on the page, to be run anywhere convdemo is installed."""

import base64
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from convdemo.training.command import python_of

if TYPE_CHECKING:
    from convdemo.training.config import TrainConfig
    from convdemo.training.race import Runner
    from convdemo.training.runs.store import Run

Reading = tuple[str, str]  # imports, and the lines that make `picture`

_CODE = """\
{imports}from convdemo import load_model, predict, read_image

{picture}
trained = load_model({model!r})
prediction = predict(trained, picture{skip})
print(prediction.label or prediction.notice)
for name, probability in prediction.probabilities.items():
    print(f"{{name:12}} {{probability:.4f}}")
"""

_AUGMENTING = """\
{imports}{libraries}import torch
from torchvision.transforms import v2

from convdemo import preview_image, read_image

{classes}{picture}
image = torch.from_numpy(preview_image(picture)).permute(2, 0, 1)
transform = {transform}
for place in range({count}):
    torch.manual_seed({seed} + place)
    tile = transform(image)
    v2.functional.to_pil_image(tile).save(f"tile{{place}}.png")
"""

_RACING = """\
from convdemo import Runner, TrainConfig, default_data_dir, find_dataset, race

source = find_dataset({dataset!r})
training = source.load(default_data_dir(), "train").take({limit})
validation = source.load(default_data_dir(), "validation")
runners = [
{runners}
]
for point in race(runners, source, training, validation):
    where = f"{{point.step:5}} of {{point.steps}} steps, {{point.seconds:6.2f}} s"
    print(f"runner {{point.runner}}: {{where}}, accuracy {{point.accuracy:.4f}}")
"""

_FINDING = """\
from convdemo import TrainConfig, default_data_dir, find_dataset, propose_rate, try_rates

source = find_dataset({dataset!r})
training = source.load(default_data_dir(), "train").take({limit})
config = {config}
tried = list(try_rates({model!r}, config, source, training))
for one in tried:
    print(f"{{one.rate:.2e}} {{one.loss:.4f}}")
print(propose_rate(tried))
"""

_TRANSFORMS = {
    "rand": "v2.RandAugment()",
    "trivial": "v2.TrivialAugmentWide()",
    "augmix": "v2.AugMix()",
}


def for_run(run: "Run", *, changed: bool) -> str:
    """Code that trains what a run trains, all of its settings spelled out.

    `changed` is True for a run whose learning rate was changed on the way.
    """
    code = python_of(run.model, run.dataset, run.config)
    note = "# The learning rate was changed on the way, which this does not repeat.\n"
    return code.replace("config = ", f"{note}config = ", 1) if changed else code


def _config(config: "TrainConfig", indent: str) -> str:
    """A TrainConfig with what is not as it would be anyway."""
    values = ((one.name, getattr(config, one.name), one.default) for one in fields(config))
    settings = [f"{name}={value!r}" for name, value, usual in values if value != usual]
    inside = f",\n{indent}    ".join(settings)
    return f"TrainConfig(\n{indent}    {inside},\n{indent})" if settings else "TrainConfig()"


def for_race(runners: Sequence["Runner"], dataset: str) -> str:
    """Code that runs a race and says its points."""
    indent = " " * 8
    each = [
        f"    Runner(\n{indent}{one.model!r},\n{indent}{_config(one.config, indent)},\n    ),"
        for one in runners
    ]
    limit = runners[0].config.limit
    return _RACING.format(dataset=dataset, limit=limit, runners="\n".join(each))


def for_rates(model: str, dataset: str, config: "TrainConfig") -> str:
    """Code that searches for a learning rate."""
    shown = _config(config, "")
    return _FINDING.format(model=model, dataset=dataset, limit=config.limit, config=shown)


def from_drawing(png: bytes) -> Reading:
    """(imports, lines) that read the drawing itself."""
    lines = "\n".join(textwrap.wrap(base64.b64encode(png).decode(), 88))
    picture = f'drawing = """\n{lines}\n"""\npicture = read_image(base64.b64decode(drawing))'
    return "import base64\n\n", picture


def from_file(name: str) -> Reading:
    """(imports, lines) that read the visitor's own file."""
    return "", f"picture = read_image({name!r})"


def from_example(folder: str, name: str) -> Reading:
    """(imports, lines) that read one of the examples that come with the package, or with Gradio."""
    if folder == "photos":
        return (
            "from gradio.media import get_image\n\n",
            f"picture = read_image(get_image({name!r}))",
        )
    path = f'files("convdemo") / "ui" / "examples" / {folder!r} / {name!r}'
    picture = f"with as_file({path}) as file:\n    picture = read_image(file)"
    return "from importlib.resources import as_file, files\n\n", picture


def from_sample(dataset: str, place: int) -> Reading:
    """(imports, lines) that take a picture from what networks are validated with."""
    imports = "from convdemo import Picture, default_data_dir, find_dataset\n\n"
    picture = (
        f'images = find_dataset({dataset!r}).load(default_data_dir(), "validation").images\n'
        f"picture = Picture(images[{place}].expand(3, -1, -1).permute(1, 2, 0).numpy().copy())"
    )
    return imports, picture


def for_prediction(reading: Reading, model: str, skip: Collection[str]) -> str:
    """Code in which a model reads the picture without some of the steps."""
    imports, picture = reading
    skipped = f", skip=frozenset({sorted(skip)!r})" if skip else ""
    return _CODE.format(imports=imports, picture=picture, model=model, skip=skipped)


def for_policy(reading: Reading, policy: str, count: int, seed: int) -> str:
    """Code in which torchvision itself makes the tiles that are on the page."""
    named = f'v2.AutoAugment(v2.AutoAugmentPolicy("{policy}"))'
    return for_transform(reading, _TRANSFORMS.get(policy, named), count, seed)


def for_transform(
    reading: Reading, transform: str, count: int, seed: int, libraries: str = "", classes: str = ""
) -> str:
    """Code in which a transform makes the tiles; the imports and the classes that it needs."""
    imports, picture = reading
    return _AUGMENTING.format(
        imports=imports,
        libraries=libraries,
        classes=classes,
        picture=picture,
        transform=transform,
        count=count,
        seed=seed,
    )
