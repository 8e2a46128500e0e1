"""Source text that stands alone: definitions gathered into one file, or modules copied aside."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass, field
from pathlib import Path

from convdemo.paths import PACKAGE


@dataclass(frozen=True)
class _Source:
    """A module's text and what its top level binds."""

    lines: list[str]
    definitions: dict[str, ast.stmt]
    own: dict[str, str]  # a name that comes from another of our modules, and from which
    others: dict[str, str]  # a name that comes from elsewhere, and the import statement

    @classmethod
    def of(cls, text: str) -> _Source:
        definitions: dict[str, ast.stmt] = {}
        own: dict[str, str] = {}
        others: dict[str, str] = {}
        for node in ast.parse(text).body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    bound = alias.asname or alias.name.split(".")[0]
                    others[bound] = ast.unparse(ast.Import([alias]))
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (ours := _own_module(node)) is not None:
                        own[alias.name] = ours
                    else:
                        statement = ast.ImportFrom(node.module, [alias], 0)
                        others[alias.asname or alias.name] = ast.unparse(statement)
            else:
                definitions |= dict.fromkeys(_bound(node), node)
        return cls(text.splitlines(), definitions, own, others)

    def text(self, node: ast.stmt) -> str:
        """The lines of a definition, with its decorators and the comments right above it."""
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)])
        while first > 1 and self.lines[first - 2].startswith("#"):
            first -= 1
        return "\n".join(self.lines[first - 1 : node.end_lineno])


@dataclass
class _Gathered:
    """What has been taken so far, in the order in which it is needed."""

    sources: dict[str, _Source] = field(default_factory=dict)
    taken: dict[tuple[str, str], tuple[_Source, ast.stmt]] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)

    def take(self, module: str, name: str) -> None:
        """A name at the top of a module, and before it whatever it needs."""
        if module not in self.sources:
            self.sources[module] = _Source.of(_path(module).read_text("utf-8"))
        source = self.sources[module]
        if name in source.own:
            self.take(source.own[name], name)
        elif name in source.others:
            self.imports.add(source.others[name])
        elif name in source.definitions and (module, name) not in self.taken:
            node = source.definitions[name]
            self.taken[module, name] = source, node
            for below in ast.walk(node):
                if isinstance(below, ast.Name):
                    self.take(module, below.id)


def flattened(draft: str) -> str:
    """The draft of a script with what it imports from ours put into its text.

    The draft begins with its docstring and ends in the statement that runs it. Of our modules only
    what is needed is taken, by its name; ValueError where two have the same.
    """
    source = _Source.of(draft)
    gathered = _Gathered({"": source})
    roots = [node for node in ast.parse(draft).body if not _is_import(node)]
    for below in (below for node in roots for below in ast.walk(node)):
        if isinstance(below, ast.Name):
            gathered.take("", below.id)
    names = [name for _, name in gathered.taken]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two modules define {', '.join(twice)}")
    order = [module for module in gathered.sources if module][::-1]
    chosen = {
        (order.index(module), node.lineno): (source.text(node), isinstance(node, ast.Assign))
        for (module, _), (source, node) in gathered.taken.items()
        if module
    }
    own = [(source.text(node), isinstance(node, ast.Assign)) for node in roots]
    (docstring, _), *middle, (last, _) = own
    pieces = [*middle, *(chosen[place] for place in sorted(chosen))]
    constants = "\n".join(text for text, constant in pieces if constant)
    above = (docstring, _sorted_imports(gathered.imports), constants)
    rest = (text for text, constant in pieces if not constant)
    return "\n\n\n".join(["\n\n".join(filter(None, above)), *rest, last]) + "\n"


def copied(modules: tuple[str, ...]) -> dict[str, str]:
    """The text of these modules and of all of ours that they import, to lie in one package.

    Modules are named from the package on, as `images.decode`; copies by the last part.
    """
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        text = _path(name).read_text("utf-8")
        lines = text.splitlines(keepends=True)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and (module := _own_module(node)) is not None:
                waiting.append(module)
                line = lines[node.lineno - 1]
                lines[node.lineno - 1] = line.replace(
                    f"from {PACKAGE.name}.{module} ", f"from .{_leaf(module)} ", 1
                )
        found[name] = "".join(lines)
    leaves = {_leaf(name): text for name, text in found.items()}
    if len(leaves) < len(found):
        raise ValueError(f"two of {', '.join(sorted(found))} would have one name")
    return dict(sorted(leaves.items()))


def outside(texts: list[str]) -> tuple[str, ...]:
    """The packages outside the standard library that these modules import, sorted."""
    found: set[str] = set()
    for node in (node for text in texts for node in ast.walk(ast.parse(text))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return tuple(sorted(found - set(sys.stdlib_module_names)))


def _path(module: str) -> Path:
    return PACKAGE / f"{module.replace('.', '/')}.py"


def _leaf(module: str) -> str:
    return module.rpartition(".")[2]


def _own_module(node: ast.ImportFrom) -> str | None:
    """The module of ours that is imported from, None for any other."""
    package, _, module = (node.module or "").partition(".")
    return module if package == PACKAGE.name else None


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _bound(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    names = [below for target in targets if target is not None for below in ast.walk(target)]
    return [below.id for below in names if isinstance(below, ast.Name)]


def _sorted_imports(statements: set[str]) -> str:
    """As isort would have them: the standard library, then what is installed."""
    whole: list[str] = []
    parts: dict[str, list[str]] = {}
    for statement in statements:
        words = statement.split(" ", 3)
        if words[0] == "import":
            whole.append(statement)
        else:
            parts.setdefault(words[1], []).append(words[3])

    lines = sorted(whole) + [
        f"from {module} import {', '.join(sorted(names))}"
        for module, names in sorted(parts.items())
    ]
    standard = [line for line in lines if _package(line) in sys.stdlib_module_names]
    installed = [line for line in lines if line not in standard]
    return "\n\n".join("\n".join(group) for group in (standard, installed) if group)


def _package(statement: str) -> str:
    return statement.split(" ")[1].split(".")[0]
