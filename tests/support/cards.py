"""Cards of networks as a training would write them."""

from __future__ import annotations

from convdemo.inference.card import Card


def make_card(**changes) -> Card:
    values = {
        "name": "cnn-mnist",
        "model": "cnn",
        "dataset": "mnist",
        "job": "digits",
        "classes": tuple("0123456789"),
        "shape": (1, 28, 28),
        "mean": (0.1307,),
        "std": (0.3081,),
        "preprocessing": "digit",
        "parameters": 50_186,
        "validation_accuracy": 0.98,
        "test_accuracy": 0.97,
        "test_loss": 0.1,
        "epochs": 1,
        "seconds": 2.5,
        "hardware": "a processor",
        "command": "convdemo train cnn mnist",
        "date": "2026-11-22",
    }
    return Card(**{**values, **changes})
