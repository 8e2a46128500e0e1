"""Rules for getting up, drawn by a button: python -m convdemo.ui.components.rule_table.demo."""

import random

import gradio as gr

from convdemo.ui.components import Rule, Rules, RuleTable

OPERATIONS = (
    (("tea", 0.6), ("shower", 0.8)),
    (("coffee", 0.9), ("news", 0.2)),
    (("a walk", 0.4), ("coffee", 1.0)),
)


def drawn() -> Rules:
    """The rules, and on which of seven days each was followed."""
    days = [random.randrange(len(OPERATIONS)) for _ in range(7)]
    rules = (
        Rule(two, tuple(day + 1 for day, rule in enumerate(days) if rule == place))
        for place, two in enumerate(OPERATIONS)
    )
    return Rules("A week", ("One rule a day, each part of it by chance.",), tuple(rules))


with gr.Blocks() as demo:
    table = RuleTable(drawn(), words={"en": {"tiles": "Days"}, "ko": {"tiles": "날"}})
    gr.Button("Another week").click(drawn, None, table, show_progress="hidden")

if __name__ == "__main__":
    demo.launch()
