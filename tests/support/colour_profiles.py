"""Small ICC profiles made from primaries, and the sRGB values that colours in them stand for."""

import struct

import numpy as np

D50, D65 = (0.9642, 1.0, 0.8249), (0.3127, 0.3290)
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
DISPLAY_P3 = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
ADOBE_GAMMA = 2.19921875  # 563 / 256, as its definition has it
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)  # of sRGB, as a profile says it
Curve = float | tuple[float, ...]  # a gamma, or the five numbers
Primaries = tuple[tuple[float, float], ...]


def colorants(primaries: Primaries) -> np.ndarray:
    """(3, 3): from linear red, green and blue under D65 to XYZ under D50."""
    spots = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
    seen = BRADFORD @ np.array(D50) / (BRADFORD @ white)
    return (
        np.linalg.inv(BRADFORD) @ np.diag(seen) @ BRADFORD @ spots * np.linalg.solve(spots, white)
    )


def linear(values: np.ndarray, curve: Curve) -> np.ndarray:
    """Light from values in 0..1."""
    if isinstance(curve, int | float):
        return values**curve
    gamma, a, b, c, d = curve
    return np.where(values >= d, (a * values + b) ** gamma, c * values)


def srgb_of_xyz(xyz: np.ndarray) -> np.ndarray:
    """(..., 3) in 0..255 from XYZ under D50."""
    light = (xyz @ np.linalg.inv(colorants(SRGB)).T).clip(0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def srgb_of(pixels: np.ndarray, primaries: Primaries, curve: Curve) -> np.ndarray:
    """(..., 3) in 0..255 from (..., 3) uint8 in the colours of these primaries."""
    return srgb_of_xyz(linear(pixels / 255, curve) @ colorants(primaries).T)


def srgb_of_lab(lab: np.ndarray) -> np.ndarray:
    """(..., 3) in 0..255 from CIELAB under D50."""
    y = (lab[..., 0] + 16) / 116
    roots = np.stack((y + lab[..., 1] / 500, y, y - lab[..., 2] / 200), axis=-1)
    light = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29))
    return srgb_of_xyz(light * D50)


def rgb_profile(primaries: Primaries, curve: Curve) -> bytes:
    """The profile of a screen."""
    columns = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), colorants(primaries).T, strict=True))
    spots = {name: b"XYZ \0\0\0\0" + _fixed(*column) for name, column in columns.items()}
    return _profile(b"RGB ", {**spots, **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(curve))})


def grey_profile(curve: Curve) -> bytes:
    """The profile of grey levels."""
    return _profile(b"GRAY", {b"kTRC": _curve(curve)})


def ink_profile(corners: np.ndarray) -> bytes:
    """The profile of a press, from (2, 2, 2, 2, 3): CIELAB of none or all of each of four inks."""
    lut = np.rint(corners / (100, 255, 255) * 255 + (0, 128, 128)).astype(np.uint8)
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + _fixed(*np.eye(3).ravel())
    return _profile(
        b"CMYK", {b"A2B0": table + ramp * 4 + lut.tobytes() + ramp * 3}, b"prtr", b"Lab "
    )


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def _curve(curve: Curve) -> bytes:
    if isinstance(curve, int | float):
        return b"curv" + struct.pack(">IIH", 0, 1, round(curve * 256))
    return b"para" + struct.pack(">IHH", 0, 3, 0) + _fixed(*curve)


def _profile(
    space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr", between: bytes = b"XYZ "
) -> bytes:
    """ICC.1: a header of 128 bytes, the directory of tags, and the tags."""
    tags = {b"wtpt": b"XYZ \0\0\0\0" + _fixed(*D50), **tags}
    directory, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        place = 128 + 4 + 12 * len(tags) + len(body)
        directory += name + struct.pack(">II", place, len(data))
        body += data + bytes(-len(data) % 4)
    size = 128 + len(directory) + len(body)
    head = struct.pack(">I4xI4s4s4s", size, 0x04200000, kind, space, between)
    head += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp") + _fixed(*D50)
    return head.ljust(128, b"\0") + directory + body
