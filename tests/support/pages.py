"""What a visitor does on any tab, in a real browser."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import torch
from playwright.sync_api import Locator, Page

from convdemo.training.hardware import processor_name
from convdemo.ui import text

Points = list[tuple[float, float]]
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]


def winner(page: Page) -> Locator:
    """The bar of the likeliest class of the tab that is open."""
    return page.locator(
        ".cd-answer:visible .cd-winner, .bars:visible:not(.cd-compare .bars) .chosen"
    )


def words(page: Page) -> Locator:
    """The answer in words of the tab that is open."""
    return page.locator(
        ".cd-answer:visible .cd-words, .sentence:visible:not(.cd-compare .sentence)"
    )


def along(page: Page, points: Points, steps: int = 8) -> Iterator[tuple[float, float]]:
    """Places on the screen along a line through points of the pad, which are given in 0..1."""
    box = page.locator(".cd-pad canvas, #draw-pad canvas").bounding_box()
    assert box is not None
    corners = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    yield corners[0]
    for (x, y), (to_x, to_y) in zip(corners, corners[1:], strict=False):
        for step in range(1, steps + 1):
            yield x + (to_x - x) * step / steps, y + (to_y - y) * step / steps


def draw(page: Page, points: Points, *, lift: bool = True) -> None:
    for number, (x, y) in enumerate(along(page, points)):
        page.mouse.move(x, y)
        if number == 0:
            page.mouse.down()
        page.wait_for_timeout(10)
    if lift:
        page.mouse.up()


def models_to_draw_for(page: Page, pattern: str, count: int, *, within: float = 10) -> list[str]:
    """What the picker of the Draw tab offers of that name, once they are so many; seconds."""
    picker = page.locator(".cd-draw").get_by_role("combobox")
    deadline = time.monotonic() + within
    while True:
        picker.click()
        page.get_by_role("option").first.wait_for()
        names = page.get_by_role("option").all_inner_texts()
        found = [one for one in names if re.search(pattern, one)]
        picker.blur()
        if len(found) == count:
            return found
        assert time.monotonic() < deadline, names
        page.wait_for_timeout(1000)  # the page looks again only while the list is closed


HANGUL = re.compile("[ㄱ-ㆎ가-힣]")
VISIBLE = """() => [...document.querySelectorAll("body *")]
  .filter((node) => node.checkVisibility() && !node.closest(".cm-content"))
  .flatMap((node) => [
    ...[...node.childNodes].filter(({ nodeType }) => nodeType === 3).map((child) => child.data),
    node.getAttribute("aria-label"), node.title, node.placeholder, node.alt,
  ])
  .filter((found) => typeof found === "string" && found.trim())
  .map((found) => found.trim())"""


def sentences(language: str) -> set[str]:
    """The strings of a language that the other one writes differently."""
    other = text.strings(next(one for one in text.LANGUAGES if one != language))
    return {s for key, s in text.strings(language).items() if s != other[key] and "{" not in s}


def of_the_other_language(page: Page, language: str, known: str = "") -> list[str]:
    """What is to be seen, read aloud or shown on hover and is not in the language of the page, but
    for names that are `known`, a pattern.
    """
    found = [one for one in page.evaluate(VISIBLE) if one not in ("English", "한국어")]
    other = next(one for one in text.LANGUAGES if one != language)
    wrong = {one for one in sentences(other) & set(found) if not re.fullmatch(known, one)}
    if language == "en":
        return [*wrong, *filter(HANGUL.search, found)]
    names = re.compile(
        r"convdemo train|convdemo|\w+-\w*mnist[\w-]*|Fashion-MNIST|MNIST|safetensors|zip|PNG|JPEG|"
        r"WebP|Ctrl|Shift|ResNet|AdamW?|SGD|RMSprop|Adagrad|Adadelta|ImageNet|CIFAR-10|SVHN|AutoAugment|"
        r"RandAugment|TrivialAugment|AugMix|API|JSON|GIF|Grad-CAM|SmoothGrad|DeepLIFT|PCA|FGSM|PGD|ReLU|"
        r"(?:nn|layers)\.\w+\(.*\)|torch\.nn\.functional|floor|ceil|avgpool|pool|convt|conv|"
        r"relu|leaky|sigmoid|tanh|depthwise|nobias|res\(|flatten|dense|linear|softmax|dropout|gap|"
        r"(?<![a-z])(?:valid|same|reflect|replicate|circular)(?![a-z])|"
        r"Page Up|Page Down|Alt(?![a-z])|"
        r"max\(|torch\.\w+|nn\.\w+|EfficientNet[-_]Lite0[a-z-]*|"
        r"VGG-\d+|MobileNet V\d(?:, small)?|Inception V3|Xception|"
        rf"{known or '(?!)'}|CPU|"
        r"compact_resnet[\w-]*|Compact|onnxruntime|ONNX|torch|python -I",
        re.I,
    )
    found = [one.replace(processor_name(torch.device("cpu")), "") for one in found]
    code = re.compile(r"import |predict")
    latin = re.compile(r"[A-Za-z]{3,}")
    return [*wrong, *(o for o in found if latin.search(names.sub("", o)) and not code.search(o))]


def check_language(page: Page, language: str, known: str = "") -> None:
    """Everything but names that are `known` is in that language before a wait is given up."""
    deadline = time.monotonic() + 20
    while found := of_the_other_language(page, language, known):
        assert time.monotonic() < deadline, found
        page.wait_for_timeout(100)
