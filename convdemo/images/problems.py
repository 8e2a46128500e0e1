"""What is said of a picture that cannot be used, and of one that is used otherwise than it is."""

from convdemo.errors import Problem
from convdemo.images.signatures import KINDS

PROBLEMS: dict[str, str] = {
    "missing": "There is no file at this place.",
    "folder": "This is a folder, not a picture.",
    "unreadable": "This file cannot be opened.",
    "empty_file": "This file is empty.",
    "too_many_bytes": "This file has {megabytes} MB; at most {limit} MB are read.",
    "too_large": "This picture has {width} x {height} pixels; at most {limit} megapixels are read.",
    "kind": "This is {kind}, which cannot be read here; please save it as PNG or JPEG.",
    "not_a_picture": "This file is not a picture of a kind that is read here: "
    "PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF.",
    "damaged": "This picture is damaged or incomplete and cannot be read.",
    "clip_kind": "This is {kind}, which cannot be read here; please save it as an animated "
    "GIF, WebP or PNG.",
    "clip_still": "This picture does not move. A block needs at least two frames: an animated GIF, "
    "WebP or PNG, or several pictures chosen at once.",
    "clip_long": "This clip is too long: at most {frames} frames with {limit} megapixels together "
    "are read.",
    "array_shape": "An array of shape {shape} is no picture; (H, W), (H, W, 3), (H, W, 4) are.",
    "array_values": "This picture holds no values that are numbers.",
}

NOTES: dict[str, str] = {
    "reduced": "This picture is very large; it was reduced while reading.",
    "first_frame": "This picture moves or has several pages; the first was taken.",
    "turned": "This picture does not stand upright; it was turned to be read.",
}


class PictureError(Problem):
    """A picture that cannot be used: `problem` is a key of PROBLEMS, `values` what it needs."""

    sentences = PROBLEMS

    def __init__(self, problem: str, **values: object) -> None:
        described = {name: KINDS.get(str(value), value) for name, value in values.items()}
        super().__init__(problem, **described)
        self.values = values
