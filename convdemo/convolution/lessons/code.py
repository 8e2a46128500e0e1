"""PyTorch that gives the numbers of a lesson, to be run anywhere."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from convdemo.convolution.lessons.autograd import Graph

_DENSE = """\
import numpy as np
import torch
from torch import nn
from torch.nn import functional

picture = torch.tensor([
{picture}
], dtype=torch.float64)
kernel = torch.tensor({kernel}, dtype=torch.float64)
drawn = np.random.default_rng({seed}).standard_normal(({cells}, {cells})) / {side}
weights = torch.from_numpy(drawn)


def moved(image):
    return functional.pad(image, ({right}, {left}, {down}, {up}))


def convolution(image):
    return functional.conv2d(image[None, None], kernel[None, None], padding=1)[0, 0]


def dense(image):
    return functional.linear(image.flatten(), weights).reshape(image.shape)


for layer in (convolution, dense):
    difference = (layer(moved(picture)) - moved(layer(picture))).abs()
    print(layer.__name__, f"{{difference.max():.4f}}", int((difference > 1e-6).sum()))

for side in (28, 64, 128, 224, 512):
    layers = (
        nn.Conv2d({channels}, {filters}, {size}, padding="same", device="meta"),
        nn.Linear({channels} * side**2, 128, device="meta"),
        nn.Linear({channels} * side**2, {filters} * side**2, device="meta"),
    )
    print(side, *(sum(one.numel() for one in layer.parameters()) for layer in layers))
"""

_NEURON = """\
import torch

x = torch.tensor({inputs}, dtype=torch.float64)
w = torch.tensor({weights}, dtype=torch.float64)
total = (w @ x + {bias}).requires_grad_()
output = torch.{activation}(total)
output.backward()
print(f"{{total.item():.4f}} {{output.item():.4f}} {{total.grad.item():.4f}}")
"""

_SCORES = """\
import torch

scores = torch.tensor({scores}, dtype=torch.float64)
for numbers in (scores.softmax(0), scores.log_softmax(0), (scores + {added}).softmax(0)):
    print(*(f"{{number:.4f}}" for number in numbers))
"""

_OUTPUT = """\
import torch
from torch import nn

loss = nn.{loss}()
target = torch.tensor({target})
for trap in (nn.Identity(), nn.{trap}):
    scores = torch.tensor([{scores}], {kind}requires_grad=True)
    found = loss(trap(scores), target)
    found.backward()
    print(f"{{found.item():.4f}}", *(f"{{one:.4f}}" for one in scores.grad[0]))
"""
_ENDS = {
    "regression": ("MSELoss", "ReLU()"),
    "binary": ("BCEWithLogitsLoss", "Sigmoid()"),
    "classes": ("CrossEntropyLoss", "Softmax(dim=1)"),
}

_OPTIMIZER = """\
import torch

weights = torch.tensor({start}, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.{made}
for step in range(1, {steps} + 1):
    optimizer.zero_grad()
{loss}
    loss.backward()
    optimizer.step()
    print(step, f"{{loss.item():.4f}}", *(f"{{one:.4f}}" for one in weights.tolist()))
"""
_OPTIMIZERS = {
    "sgd": "SGD([weights], lr={rate})",
    "momentum": "SGD([weights], lr={rate}, momentum={momentum})",
    "rmsprop": "RMSprop([weights], lr={rate}, alpha={alpha})",
    "adam": "Adam([weights], lr={rate}, betas=({beta1}, {beta2}))",
}
_LOSSES = {
    "valley": "    loss = 0.25 * (weights[0] - 1.5) ** 2 + 4 * (weights[1] + 0.5) ** 2",
    "bowl": "    loss = 0.5 * (weights[0] - 1) ** 2 + (weights[1] + 0.5) ** 2",
    "neuron": """\
    scores = weights[0] * torch.tensor([-2.0, -0.5, 0.3, 1.0, 2.0]) + weights[1]
    labels = torch.tensor([0.0, 1.0, 0.0, 1.0, 1.0], dtype=torch.float64)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(scores, labels)""",
}

_SCALED = """\
import numpy as np
import torch

dice = np.random.default_rng(0)
drawn = dice.standard_normal((40, 2))
x = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0) + {mean}
y = torch.from_numpy(x @ [1.5, -1.0] + 0.1 * dice.standard_normal(40))
raw = torch.from_numpy(x * [1.0, {scale}])
normal = (raw - raw.mean(0)) / raw.std(0, correction=0)
problems = {{"raw": (raw, y), "normalised": (normal, y - y.mean())}}
limits = {{
    name: 2 / torch.linalg.eigvalsh(2 * x.T @ x / len(x))[-1] for name, (x, _) in problems.items()
}}
for name, (x, y) in problems.items():
    weights = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=float({share} * limits[{limit}]))
    for step in range({steps}):
        optimizer.zero_grad()
        ((x @ weights - y) ** 2).mean().backward()
        optimizer.step()
    print(name, f"{{limits[name]:.4g}} {{((x @ weights - y) ** 2).mean():.4g}}")
"""


def dense(
    picture: np.ndarray,
    kernel: np.ndarray,
    seed: int,
    way: tuple[int, int],
    size: tuple[int, int, int],
) -> str:
    """Both layers on the moved picture, and their weights; `way` is (down, right), `size` (kernel,
    filters, channels).
    """
    down, right = way
    rows = "\n".join(f"    {[float(f'{one:.3f}') for one in row]}," for row in picture)
    return _DENSE.format(
        picture=rows,
        kernel=kernel.round(10).tolist(),
        seed=seed,
        side=len(picture),
        cells=picture.size,
        right=right,
        left=-right,
        down=down,
        up=-down,
        **dict(zip(("size", "filters", "channels"), size, strict=True)),
    )


def neuron(inputs: Sequence[float], weights: Sequence[float], bias: float, activation: str) -> str:
    """One neuron, and its activation's slope by autograd."""
    return _NEURON.format(inputs=inputs, weights=weights, bias=bias, activation=activation)


def scores(given: Sequence[float], added: float) -> str:
    """Softmax, its logarithm, and softmax after a constant was added."""
    return _SCORES.format(scores=given, added=added)


def output(task: str, given: Sequence[float], target: float) -> str:
    """Loss and gradient at the end of a network, as it should be and with the trap."""
    loss, trap = _ENDS[task]
    kind = "dtype=torch.float64, "
    told = f"[{int(target)}]" if task == "classes" else f"[[{target}]], dtype=torch.float64"
    return _OUTPUT.format(loss=loss, trap=trap, target=told, scores=given, kind=kind)


def graph(chosen: "Graph", values: Mapping[str, float]) -> str:
    """The graph in PyTorch, every node's value and gradient printed."""
    lines = [
        f"{name} = torch.tensor({value}, dtype=torch.float64, requires_grad=True)"
        for name, value in values.items()
    ]
    lines += [f"{one.name} = {_written(one.operation, one.inputs)}" for one in chosen.steps]
    names = [*values, *(one.name for one in chosen.steps)]
    told = ", ".join(f'"{name}": {name}' for name in names)
    table = "\n".join(textwrap.wrap(told, 92, initial_indent="    ", subsequent_indent="    "))
    end = chosen.steps[-1].name
    return (
        "import torch\n\n" + "\n".join(lines) + f"\n\nnodes = {{\n{table}\n}}\n"
        "for node in nodes.values():\n    node.retain_grad()\n"
        f"{end}.backward()\n"
        "for name, node in nodes.items():\n"
        '    print(name, f"{node.item():.4f} {node.grad.item():.4f}")\n'
    )


def _written(operation: str, names: Sequence[str]) -> str:
    """An operation of a graph as a line of PyTorch."""
    one, other = names[0], names[-1]
    pairs = " + ".join(f"{w} * {x}" for w, x in zip(names[:-1:2], names[1:-1:2], strict=False))
    return {
        "multiply": f"{one} * {other}",
        "add": " + ".join(names),
        "linear": f"{pairs} + {other}",
        "sigmoid": f"torch.sigmoid({one})",
        "relu": f"torch.relu({one})",
        "exp": f"torch.exp({one})",
        "divide": f"{one} / {other}",
        "negative_log": f"-torch.log({one})",
        "cross_entropy": f"torch.nn.functional.binary_cross_entropy({one}, {other})",
        "squared_error": f"({one} - {other}) ** 2",
    }[operation]


def optimizer(
    loss: str,
    name: str,
    rate: float,
    settings: Mapping[str, float],
    start: tuple[float, float],
    steps: int,
) -> str:
    """The same steps by torch.optim."""
    made = _OPTIMIZERS[name].format(rate=rate, **settings)
    return _OPTIMIZER.format(start=list(start), made=made, steps=steps, loss=_LOSSES[loss])


def scaled(scale: float, mean: float, share: float, mode: str, steps: int) -> str:
    """Both descents by torch.optim.SGD; limits and last losses printed."""
    limit = "name" if mode == "own" else '"raw"'
    values: dict[str, Any] = {"scale": scale, "mean": mean, "share": share, "steps": steps}
    return _SCALED.format(limit=limit, **values)
