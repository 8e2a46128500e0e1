"""See, train and understand convolutional networks, on your own pictures.

What lies in `__all__` can be relied on: code that the page offers, and code of one's own, imports
it from here. Nothing is loaded before it is asked for.

    from convdemo import load_model, predict, read_image

    answer = predict(load_model("digit_resnet-mnist"), read_image("seven.png"))
    print(answer.label or answer.notice)
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convdemo.augmentation.preview import ground as preview_image
    from convdemo.data.image_folders.reader import read_photos
    from convdemo.data.registry import find_dataset
    from convdemo.errors import UserError
    from convdemo.explain.adversarial import fool as adversarial_example
    from convdemo.explain.attribution import against_the_class, attribute
    from convdemo.explain.channel_ablation import importance as channel_importance
    from convdemo.explain.channel_ablation import without_channels
    from convdemo.explain.faithfulness import evaluate_map
    from convdemo.explain.feature_maps import feature_maps
    from convdemo.explain.feature_visualization import dream
    from convdemo.explain.subject import backbone_subject, subject_from_pixels, subject_of
    from convdemo.export.exporter import export as export_model
    from convdemo.images.decode import Picture
    from convdemo.images.decode import read_picture as read_image
    from convdemo.images.render import coloured as colour_heat
    from convdemo.images.render import encode_png
    from convdemo.images.render import picture_of as image_of_input
    from convdemo.inference.card import Card
    from convdemo.inference.library import load_model
    from convdemo.inference.library import save as save_model
    from convdemo.inference.predict import predict_picture as predict
    from convdemo.inference.robustness import sweep
    from convdemo.networks.backbones import build as build_backbone
    from convdemo.networks.written import network_of
    from convdemo.paths import default_data_dir
    from convdemo.training.config import TrainConfig
    from convdemo.training.evaluation import evaluate
    from convdemo.training.fit import fit
    from convdemo.training.race import Runner, race
    from convdemo.training.rate_finder import proposed as propose_rate
    from convdemo.training.rate_finder import try_rates
    from convdemo.training.teach import Lesson, remember, teach
    from convdemo.transfer.bases import load_base
    from convdemo.transfer.features import Traps
    from convdemo.transfer.plan import Outcome, Plan
    from convdemo.transfer.run import card_of as transfer_card
    from convdemo.transfer.run import transfer as transfer_learn

# Where each name is defined, as "room.module.name".
_PLACES = {
    "Card": "inference.card.Card",
    "Lesson": "training.teach.Lesson",
    "Outcome": "transfer.plan.Outcome",
    "Picture": "images.decode.Picture",
    "Plan": "transfer.plan.Plan",
    "Runner": "training.race.Runner",
    "TrainConfig": "training.config.TrainConfig",
    "Traps": "transfer.features.Traps",
    "UserError": "errors.UserError",
    "adversarial_example": "explain.adversarial.fool",
    "against_the_class": "explain.attribution.against_the_class",
    "attribute": "explain.attribution.attribute",
    "backbone_subject": "explain.subject.backbone_subject",
    "build_backbone": "networks.backbones.build",
    "channel_importance": "explain.channel_ablation.importance",
    "colour_heat": "images.render.coloured",
    "default_data_dir": "paths.default_data_dir",
    "dream": "explain.feature_visualization.dream",
    "encode_png": "images.render.encode_png",
    "evaluate": "training.evaluation.evaluate",
    "evaluate_map": "explain.faithfulness.evaluate_map",
    "export_model": "export.exporter.export",
    "feature_maps": "explain.feature_maps.feature_maps",
    "find_dataset": "data.registry.find_dataset",
    "fit": "training.fit.fit",
    "image_of_input": "images.render.picture_of",
    "load_base": "transfer.bases.load_base",
    "load_model": "inference.library.load_model",
    "network_of": "networks.written.network_of",
    "predict": "inference.predict.predict_picture",
    "preview_image": "augmentation.preview.ground",
    "propose_rate": "training.rate_finder.proposed",
    "race": "training.race.race",
    "read_image": "images.decode.read_picture",
    "read_photos": "data.image_folders.reader.read_photos",
    "remember": "training.teach.remember",
    "save_model": "inference.library.save",
    "subject_from_pixels": "explain.subject.subject_from_pixels",
    "subject_of": "explain.subject.subject_of",
    "sweep": "inference.robustness.sweep",
    "teach": "training.teach.teach",
    "transfer_card": "transfer.run.card_of",
    "transfer_learn": "transfer.run.transfer",
    "try_rates": "training.rate_finder.try_rates",
    "without_channels": "explain.channel_ablation.without_channels",
}
__all__ = list(_PLACES)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _PLACES[name].rpartition(".")
    return getattr(importlib.import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
