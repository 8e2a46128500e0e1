"""Whether an ONNX file answers as the app did; a script that needs nothing of the app.

python onnx_check.py FILE.onnx reads what the file itself says it has to answer.
"""

import base64
import json
import sys
import zlib
from pathlib import Path

import numpy as np

TOLERANCE = 1e-4  # of a probability


def packed(inputs: np.ndarray, expected: np.ndarray) -> str:
    """Inputs (N, C, H, W) uint8 and the probabilities (N, outputs) of them / 255, as text."""
    squeezed = base64.b64encode(zlib.compress(inputs.tobytes(), 9)).decode()
    described = {"shape": inputs.shape, "inputs": squeezed, "expected": expected.tolist()}
    return json.dumps(described)


def unpacked(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The inputs (N, C, H, W) float32 in 0..1 and the probabilities (N, outputs)."""
    described = json.loads(text)
    values = zlib.decompress(base64.b64decode(described["inputs"]))
    inputs = np.frombuffer(values, np.uint8).reshape(described["shape"])
    return inputs.astype(np.float32) / 255, np.array(described["expected"], np.float32)


def difference(path: str | Path, inputs: np.ndarray, expected: np.ndarray) -> float:
    """The largest between the file's probabilities and these, asked together and one by one."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batches = [inputs, *(one[None] for one in inputs)]
    found = [np.asarray(session.run(None, {"pixels": batch})[0]) for batch in batches]
    wanted = np.concatenate((expected, expected))
    return float(np.abs(np.concatenate(found) - wanted).max())


def main(path: str) -> int:
    """0 where the file answers as it says it has to; prints the figures as JSON."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    described = session.get_modelmeta().custom_metadata_map
    if "check" not in described:
        print("there is nothing in it to check it with", file=sys.stderr)
        return 1
    inputs, expected = unpacked(described["check"])
    largest = difference(path, inputs, expected)
    print(json.dumps({"largest_difference": largest, "pictures": len(inputs)}))
    return 0 if largest <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
