"""Python that reproduces what is on the page, to be run anywhere convdemo is installed."""

import base64
import textwrap
from collections.abc import Collection
from typing import TYPE_CHECKING

from convdemo.training.command import python_of

if TYPE_CHECKING:
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
