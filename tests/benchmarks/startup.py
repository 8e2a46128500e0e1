"""How soon the demo answers and what memory it takes: prints one JSON object.

    python tests/benchmarks/startup.py [--starts 5]

One start that is not counted warms the disk cache. Memory is the proportional set size of the
server's process after a digit, a garment, nine tiles, the map of a photo, a convolution and a
transfer from forty photos. A run of the Train tab is a process of its own.
"""

import argparse
import json
import statistics
import tempfile
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
from gradio_client import Client, handle_file
from served import hardware, serving

from convdemo.networks.backbones import PACKAGED
from convdemo.ui import page


def start(picture: Path, photo: Path, classes: Path) -> dict[str, float]:
    """Seconds to the page and to the first prediction, megabytes after a prediction in each tab."""
    with (
        tempfile.TemporaryDirectory() as home,
        serving(variables={"CONVDEMO_HOME": home}) as server,
    ):
        client = Client(server.url, verbose=False)
        answer = client.predict(handle_file(picture), api_name="/predict_digit")
        predicted = time.monotonic() - server.started
        assert answer["probabilities"], answer
        client.predict(handle_file(picture), api_name="/predict_clothes")
        client.predict(handle_file(photo), api_name="/augment")
        found = client.predict(handle_file(photo), PACKAGED, "grad_cam", api_name="/attribute")
        assert "map" in found, found
        client.predict(2, [28, 28], 3, api_name="/convolve")
        learned = client.predict(handle_file(classes), {"name": "two"}, api_name="/transfer")
        assert "val_accuracy" in learned, learned
        rollup = Path(f"/proc/{server.process}/smaps_rollup").read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return {"page": server.seconds, "prediction": predicted, "memory": kilobytes / 1000}


def pack(path: Path) -> None:
    """Forty photos of two things, drawn: stripes that lie and stripes that stand."""
    rng = np.random.default_rng(0)
    with zipfile.ZipFile(path, "w") as file:
        for number in range(40):
            stripes = np.repeat(rng.integers(0, 256, (40, 1, 3), np.uint8), 240, axis=1)
            image = cv2.resize(stripes, (240, 240), interpolation=cv2.INTER_NEAREST)
            name = ("lying", "standing")[number % 2]
            data = cv2.imencode(".png", image if number % 2 == 0 else image.transpose(1, 0, 2))[1]
            file.writestr(f"{name}/{number}.png", data.tobytes())


def measure(starts: int) -> dict[str, object]:
    """The medians of that many starts."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "seven.png"
        paper = np.full((200, 200), 255, np.uint8)
        cv2.polylines(paper, [np.array([[50, 40], [150, 40], [90, 170]])], False, 0, 14)
        cv2.imwrite(str(picture), paper)
        photo = next(iter(page.examples("photos").values()))
        classes = Path(folder) / "classes.zip"
        pack(classes)
        found = [start(picture, photo, classes) for _ in range(starts + 1)][1:]
    return {
        "what": "medians: seconds from the start to the page and to a prediction, MB of memory",
        "n": starts,
        **{name: round(statistics.median(one[name] for one in found), 2) for name in found[0]},
        "hardware": hardware(),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Start-up time and memory")
    parser.add_argument("--starts", type=int, default=5)
    print(json.dumps(measure(parser.parse_args().starts)))
