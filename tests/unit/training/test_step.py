"""A step of training, plain and as a recorded graph, and what a GPU's graph asks of it."""

import copy
import math

import pytest
import torch

from convdemo.networks.registry import MODELS
from convdemo.training.config import OPTIMIZERS, TrainConfig
from convdemo.training.faults import NONE
from convdemo.training.optimizer import current_lr, make_optimizer, make_schedule, scale_rates
from convdemo.training.step import EMPTY, WARM_UP, GraphedStep, TrainingStep, shares

CPU = torch.device("cpu")


class Recorded:
    """Stands in for a graph: it notes what was recorded and runs it again."""

    def __init__(self, parameters: list[torch.nn.Parameter]):
        self.parameters = parameters
        self.captures, self.replays = 0, 0

    def __call__(self, body):
        self.captures += 1

        def replay() -> None:
            self.replays += 1
            # A graph writes its gradients anew, as it did where it was recorded.
            for parameter in self.parameters:
                parameter.grad = None
            body()

        return replay


def batches(count: int, size: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    generator = torch.Generator().manual_seed(3)
    return [
        (
            torch.randn(size, 1, 28, 28, generator=generator),
            torch.randint(10, (size,), generator=generator),
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_an_emptied_picture_is_least_where_all_classes_are_as_likely(smoothing):
    labels = torch.tensor([2, EMPTY])
    third = 1 / 3
    assert shares(labels, 3).tolist() == [[0, 0, 1], [pytest.approx(third)] * 3]
    config = TrainConfig(empty=0.5, label_smoothing=smoothing, precision="float32")
    given = torch.tensor([[0.0, 1.0, 3.0], [1.0, -1.0, 0.0]])
    step = TrainingStep(torch.nn.Identity(), None, config, NONE, CPU)  # type: ignore[arg-type]
    loss, _ = step._forward(given, labels)
    chances = given.log_softmax(dim=1)
    known = -(1 - smoothing) * chances[0, 2] - smoothing * chances[0].mean()
    assert loss.item() == pytest.approx(((known - chances[1].mean()) / 2).item(), rel=1e-6)


@pytest.mark.parametrize("empty", [0.0, 0.2])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_recorded_step_does_what_a_plain_one_does(optimizer, empty):
    config = TrainConfig(
        lr=1e-3, optimizer=optimizer, precision="float32", label_smoothing=0.1, empty=empty
    )
    torch.manual_seed(0)
    plain_network = MODELS["cnn"].build((1, 28, 28), 10)
    network = copy.deepcopy(plain_network)
    plain = TrainingStep(plain_network, make_optimizer(plain_network, config), config, NONE, CPU)
    recorded = Recorded(list(network.parameters()))
    graphed = GraphedStep(
        network, make_optimizer(network, config), config, NONE, CPU, capture=recorded
    )
    # The last batch of an epoch is smaller than the recorded one, and in the middle of others.
    given = [*batches(WARM_UP + 2, 16), *batches(1, 7), *batches(3, 16)]
    for x, labels in given:
        if empty:
            labels[0] = EMPTY
        expected, logits = plain(x, labels)
        loss, same_logits = graphed(x, labels)
        assert loss.item() == expected.item()
        assert torch.equal(logits, same_logits)
    for name, value in plain_network.state_dict().items():
        assert torch.equal(network.state_dict()[name], value), name
    assert (recorded.captures, recorded.replays) == (1, 5)


def test_a_weight_scales_the_gradient():
    config = TrainConfig(lr=0.1, optimizer="sgd", precision="float32")
    torch.manual_seed(0)
    network = MODELS["simple_ann"].build((1, 28, 28), 10)
    before = copy.deepcopy(network.state_dict())
    [(x, labels)] = batches(1, 8)
    moves = []
    for weight in (1.0, 0.5):
        network.load_state_dict(before)
        TrainingStep(network, make_optimizer(network, config), config, NONE, CPU)(x, labels, weight)
        moves.append(network.state_dict()["output.weight"] - before["output.weight"])
    torch.testing.assert_close(moves[1], 0.5 * moves[0], atol=1e-8, rtol=1e-4)


@pytest.mark.parametrize("schedule", ["onecycle", "cosine"])
def test_rates_that_are_tensors_follow_the_schedule_as_numbers_do(schedule):
    """A graph reads the rate from a place on the GPU: it must be changed there, not replaced."""
    config = TrainConfig(lr=0.1, optimizer="sgd", schedule=schedule)
    found = []
    for as_tensor in (False, True):
        network = MODELS["simple_ann"].build((1, 28, 28), 10)
        optimizer = make_optimizer(network, config)
        if as_tensor:
            for group in optimizer.param_groups:
                group["lr"] = torch.tensor(config.lr, dtype=torch.float64)
        schedule_ = make_schedule(optimizer, config, 20)
        places = [id(group["lr"]) for group in optimizer.param_groups]
        rates = []
        for step in range(19):
            optimizer.step()
            schedule_.step()
            if step == 9:
                scale_rates(optimizer, schedule_, 0.5)
            rates.append(current_lr(optimizer))
        if as_tensor:
            assert [id(group["lr"]) for group in optimizer.param_groups] == places
        found.append(rates)
    assert all(math.isfinite(rate) for rate in found[0])
    assert found[0] == pytest.approx(found[1], rel=1e-6)
