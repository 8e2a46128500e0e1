"""The command that writes a lab report of a run: convdemo report."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from convdemo.cli.figures import STYLES, figures_of
from convdemo.cli.train import Add
from convdemo.files import check_place
from convdemo.paths import PACKAGE, home_dir

EXAMPLE = PACKAGE / "ui" / "examples" / "run" / "example"


def add_commands(add: Add) -> None:
    """The parser of the command here."""
    report = add("report", _report, "a lab report of a run: text, figures and code in a zip")
    report.add_argument(
        "folder", metavar="RUN", help="its name in CONVDEMO_HOME/runs, its folder, or `example`"
    )
    report.add_argument("--out", type=Path, required=True, metavar="ZIP")
    styles = [style.name for style in STYLES]
    report.add_argument("--style", dest="figures_style", choices=styles, default=styles[0])
    report.add_argument("--language", dest="figures_language", choices=("en", "ko"), default="en")


def _report(arguments: argparse.Namespace) -> int:
    from convdemo.data.dataset import DataMissingError
    from convdemo.data.registry import find_dataset
    from convdemo.export.report import Language, write_report
    from convdemo.training.runs.store import RunFolder

    arguments.figures = None
    figures, name = figures_of(arguments), arguments.folder
    kept = EXAMPLE if name == EXAMPLE.name else home_dir() / "runs" / name
    folder = RunFolder(kept if kept.is_dir() else Path(name))
    source = find_dataset(folder.run.dataset)
    check_place(arguments.out)
    try:
        test = source.load(arguments.data_dir, "test")
    except DataMissingError:
        test = None
    language = Language(
        figures.strings, figures.look, lambda one: figures.classes([one], source.job)[0]
    )
    write_report(folder, arguments.out, language, test=test, source=source)
    size = arguments.out.stat().st_size
    if arguments.json:
        print(json.dumps({"path": str(arguments.out), "bytes": size}, ensure_ascii=False))
    else:
        print(f"{arguments.out}: {size:,} bytes")
    return 0
