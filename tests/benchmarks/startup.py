"""How soon the demo answers and what memory it takes: prints one JSON object.

    python tests/benchmarks/startup.py [--starts 5]

One start that is not counted warms the disk cache. Memory is the proportional set size of the
server's process after a prediction in each tab.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from gradio_client import Client, handle_file
from served import hardware, serving


def start(picture: Path) -> dict[str, float]:
    """Seconds to the page and to the first prediction, megabytes after a prediction in each tab."""
    with serving() as server:
        client = Client(server.url, verbose=False)
        answer = client.predict(handle_file(picture), api_name="/predict_digit")
        predicted = time.monotonic() - server.started
        assert answer["probabilities"], answer
        client.predict(handle_file(picture), api_name="/predict_clothes")
        rollup = Path(f"/proc/{server.process}/smaps_rollup").read_text().splitlines()
        kilobytes = next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return {"page": server.seconds, "prediction": predicted, "memory": kilobytes / 1000}


def measure(starts: int) -> dict[str, object]:
    """The medians of that many starts."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder) / "seven.png"
        paper = np.full((200, 200), 255, np.uint8)
        cv2.polylines(paper, [np.array([[50, 40], [150, 40], [90, 170]])], False, 0, 14)
        cv2.imwrite(str(picture), paper)
        found = [start(picture) for _ in range(starts + 1)][1:]
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
