"""Our own modules as copies that stand beside a script, and what they need besides."""

from __future__ import annotations

import ast
import re
import sys

from convdemo.paths import PACKAGE

FOLDER = "reading"  # what the package is called beside the script
_IMPORT = re.compile(rf"^( *from ){PACKAGE.name}\.([\w.]+)(?= import )", re.MULTILINE)


def bundled(script: str) -> dict[str, str]:
    """The text of predict.py and of every module of ours that it imports, or that those do, by its
    path; all are whole, but import from the folder beside the script.
    """
    found = {"predict.py": script}
    waiting = ["predict.py"]
    while waiting:
        path = waiting.pop()
        for _, module in _IMPORT.findall(found[path]):
            name = f"{module.replace('.', '/')}.py"
            if f"{FOLDER}/{name}" not in found:
                found[f"{FOLDER}/{name}"] = (PACKAGE / name).read_text("utf-8")
                waiting.append(f"{FOLDER}/{name}")
        found[path] = _IMPORT.sub(rf"\1{FOLDER}.\2", found[path])
    found[f"{FOLDER}/__init__.py"] = '"""The modules of convdemo that predict.py needs."""\n'
    return found


def outside(texts: list[str]) -> set[str]:
    """The packages outside the standard library that these modules import."""
    found: set[str] = set()
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {FOLDER}
