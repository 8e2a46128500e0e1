"""Python in which torchvision itself applies a chain, OpenCV where torchvision has no such fill."""

from convdemo.augmentation.chain import Chain, ChainStep
from convdemo.augmentation.classic_techniques import TECHNIQUES, blur_kernel
from convdemo.ui.snippet import Reading, for_transform

_BORDERS = {
    "nearest": "cv2.BORDER_REPLICATE",
    "reflect": "cv2.BORDER_REFLECT",
    "wrap": "cv2.BORDER_WRAP",
}

_FILLED = '''\
class Filled(v2.RandomAffine):
    """torchvision fills with a colour only; OpenCV can go on with the picture."""

    def transform(self, image, params):
        height, width = image.shape[-2:]
        turn, slant = math.radians(params["angle"]), math.tan(math.radians(params["shear"][0]))
        cosine, sine = params["scale"] * math.cos(turn), params["scale"] * math.sin(turn)
        linear = np.array([[cosine, -cosine * slant - sine], [sine, cosine - sine * slant]])
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        matrix = np.column_stack((linear, middle + params["translate"] - linear @ middle))
        pixels = np.ascontiguousarray(image.permute(1, 2, 0).numpy())
        how = {{"flags": cv2.INTER_LINEAR, "borderMode": {border}}}
        moved = cv2.warpAffine(pixels, matrix, (width, height), **how)
        return torch.from_numpy(moved).permute(2, 0, 1)


'''


def for_chain(reading: Reading, chain: Chain, count: int, seed: int) -> str:
    """Code that makes the tiles that are on the page."""
    fills = any(TECHNIQUES[step.name].fills for step in chain.steps) and chain.fill in _BORDERS
    steps = [line for step in chain.steps for line in _lines(step, filled=fills)]
    lines = "\n".join(f"    {line}," for line in steps or ["v2.Identity()"])
    transform = f"v2.Compose([\n{lines}\n])"
    if not fills:
        return for_transform(reading, transform, count, seed)
    libraries = "import math\n\nimport cv2\nimport numpy as np\n"
    filled = f"\n{_FILLED.format(border=_BORDERS[chain.fill])}"
    return for_transform(reading, transform, count, seed, libraries, filled)


def _lines(step: ChainStep, *, filled: bool) -> list[str]:
    """The transforms of a step."""
    chosen = {k: v if isinstance(v, int) else _short(v) for k, v in step.settings.items()}
    size = f"({chosen.get('height')}, {chosen.get('width')})"
    if step.name == "noise":
        return [
            "v2.ToDtype(torch.float32, scale=True)",
            f"v2.GaussianNoise(sigma={chosen['sigma']})",
            "v2.ToDtype(torch.uint8, scale=True)",
        ]
    geometry = {
        "rotate": f"{chosen.get('degrees')}",
        "shift_x": f"0, translate=({chosen.get('share')}, 0)",
        "shift_y": f"0, translate=(0, {chosen.get('share')})",
        "shear": f"0, shear={chosen.get('degrees')}",
        "zoom": f"0, scale={chosen.get('factor')}",
    }
    if step.name in geometry:
        if filled:
            return [f"Filled({geometry[step.name]})"]
        how = "interpolation=v2.InterpolationMode.BILINEAR"
        return [f"v2.RandomAffine({geometry[step.name]}, {how})"]
    jitter = f"v2.ColorJitter(brightness={chosen.get('factor')})"
    most = step.settings["sigma"][1] if step.name == "blur" else 0
    others = {
        "hflip": f"v2.RandomHorizontalFlip({chosen.get('chance')})",
        "vflip": f"v2.RandomVerticalFlip({chosen.get('chance')})",
        "blur": f"v2.GaussianBlur({blur_kernel(most)}, sigma={chosen.get('sigma')})",
        "brighter": jitter,
        "darker": jitter,
        "grayscale": f"v2.RandomGrayscale({chosen.get('chance')})",
        "crop": f"v2.RandomCrop({size})",
        "resize": f"v2.Resize({size})",
        "resized_crop": f"v2.RandomResizedCrop({size}, scale={chosen.get('area')})",
    }
    return [others[step.name]]


def _short(value: float | tuple[float, float]) -> str:
    """A number or a range as one would write it."""
    if isinstance(value, tuple):
        return f"({_short(value[0])}, {_short(value[1])})"
    return repr(int(value)) if value == int(value) else repr(round(value, 6))
