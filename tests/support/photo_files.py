"""Small photo-like files for tests: textured discs and stripes, each a little different."""

import io
import shutil
from pathlib import Path

import numpy as np
from gradio.utils import get_upload_folder
from PIL import Image


def photo(kind: str, seed: int, side: int = 96) -> bytes:
    """A JPEG of a "disc" that is red, or of "stripes" that are blue, on a noisy ground."""
    random = np.random.default_rng([seed, len(kind)])
    down, along = np.mgrid[:side, :side] / side
    middle = random.uniform(0.35, 0.65, 2)
    pixels = random.normal(150, 25, (side, side, 3)) + random.uniform(-30, 30, 3)
    if kind == "disc":
        inside = np.hypot(down - middle[0], along - middle[1]) < random.uniform(0.2, 0.35)
        colour = (200, 40, 30)
    else:
        turn, width = random.uniform(0, np.pi), random.uniform(18, 40)
        inside = np.sin(width * (down * np.sin(turn) + along * np.cos(turn))) > 0
        colour = (30, 50, 190)
    pixels[inside] = np.array(colour) + random.normal(0, 15, (int(inside.sum()), 3))
    stream = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def uploaded(data: bytes, name: str) -> str:
    """The path of a file as the page's upload leaves it."""
    folder = Path(get_upload_folder()) / f"test-{np.random.default_rng().integers(2**60):x}"
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)
    return str(folder / name)


def forget(path: str) -> None:
    """Remove what `uploaded` made."""
    shutil.rmtree(Path(path).parent, ignore_errors=True)
