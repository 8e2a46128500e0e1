"""Write the table of weights in docs/networks.md from the headers of the files in weights/.

python tests/benchmarks/weights_table.py          prints it
python tests/benchmarks/weights_table.py --write  puts it into docs/networks.md
"""

import sys
from pathlib import Path

from convdemo.inference.card import Card
from convdemo.inference.library import list_models
from convdemo.paths import shipped_dir

PAGE = Path(__file__).parents[2] / "docs" / "networks.md"
BEGIN, END = "<!-- weights table -->\n", "<!-- end -->"


def row(card: Card) -> str:
    """One line of the table."""
    evidence = card.evidence
    if "test_mean" in evidence:
        seeds = (
            f"{evidence['test_mean']:.2%} ± {evidence['test_spread'] * 100:.2f} ({evidence['n']})"
        )
    else:
        seeds = "one seed"
    return (
        f"| `{card.name}` | {card.parameters:,} | {card.validation_accuracy:.2%} "
        f"| {card.test_accuracy:.2%} | {seeds} | {card.epochs} | {card.seconds:,.0f} "
        f"| `{card.command}` |"
    )


def table() -> str:
    """The table in Markdown, in the order of the names."""
    cards = [entry.card for entry in list_models((shipped_dir(),))]
    lines = [
        "| file | parameters | validation | test | test, mean ± spread (seeds) | epochs | seconds "
        "| command |",
        "|---|---|---|---|---|---|---|---|",
        *(row(card) for card in cards),
        "",
        f"Trained on: {'; '.join(sorted({card.hardware for card in cards}))}. The seconds are "
        "those of the run that is shipped, on a machine that had other work to do.",
    ]
    return "\n".join(lines) + "\n"


def with_table(page: str) -> str:
    """The text of the page with the table in its place."""
    head, rest = page.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(with_table(PAGE.read_text()))
    else:
        print(table(), end="")
