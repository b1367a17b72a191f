"""The source pane: a sample as a tree of fields with real values, each marked used or unused.

Of a list of objects the first one is shown; its fields stand for those of all. A path that `let` names is shown and
picked by its name, so that `variants[0].sku` is picked as `$main.sku`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from editor.words import plural
from engine.expressions.reads import spelled
from engine.mapping.difference import join_path

MOST_NODES: Final = 3000  # shown at most; the foot of the pane says how many are left out
MOST_DEPTH: Final = 30
_PLAIN: Final = re.compile(r"(?:\$\w+|[A-Za-z_]\w*|`[^`]*`)(?:\.(?:[A-Za-z_]\w*|`[^`]*`)|\[\d+\])*")
_INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One line of the tree."""

    name: str  # key, or `[0]`
    path: str  # as an expression, ready to be picked
    plain: str  # the same without indexes and names: how `reads` writes it
    value: Any  # the sample's value; None where there are children
    used: bool
    size: str = ""  # `3 fields`, `1 item`; "" for a leaf
    named: str = ""  # `$main`, where a `let` names this node
    children: tuple[Node, ...] = ()

    @property
    def leaf(self) -> bool:
        return not self.children


@dataclass(frozen=True, kw_only=True)
class SourceTree:
    nodes: tuple[Node, ...]
    used: int  # leaves that some rule reads
    unused: int
    left_out: int = 0  # leaves beyond MOST_NODES


@dataclass
class _Budget:
    nodes: int = MOST_NODES
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class _Names:
    by_path: Mapping[str, str] = field(default_factory=dict)  # `variants[0]` → `$main`
    depth: int = 0


def source_tree(payload: Any, is_used: Callable[[str], bool], let: Mapping[str, str]) -> SourceTree:
    """The tree of one sample. `is_used` tells of a plain path whether some rule reads it."""
    names = _Names(by_path={text.strip(): f"${name}" for name, text in let.items() if _PLAIN.fullmatch(text.strip())})
    budget = _Budget()
    nodes = tuple(_children(payload, "", "", is_used, names, budget)) if isinstance(payload, (dict, list)) else ()
    leaves = [leaf.used for node in nodes for leaf in _leaves(node)]
    return SourceTree(nodes=nodes, used=sum(leaves), unused=len(leaves) - sum(leaves), left_out=budget.left_out)


def used_leaves(payload: Any, is_used: Callable[[str], bool]) -> list[str]:
    """The leaves of the tree that some rule reads, by their plain path."""
    found: list[str] = []
    waiting: list[tuple[Any, str, int]] = [(payload, "", 0)]
    while waiting and len(found) < MOST_NODES:
        value, plain, depth = waiting.pop()
        below = _below(value, plain) if depth <= MOST_DEPTH else []
        if below:
            waiting += [(inner, inner_plain, depth + 1) for _, inner, inner_plain in below]
        elif plain and is_used(plain):
            found.append(plain)
    return found


def _below(value: Any, plain: str) -> list[tuple[str, Any, str]]:
    """Name, value and plain path of what the tree shows below a value; of a list of objects only the first one."""
    if isinstance(value, dict):
        before = f"{plain}." if plain else ""
        return [(str(key), entry, before + spelled(str(key))) for key, entry in value.items()]
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return [("[0]", value[0], plain)]
    return []


def relative(path: str, context: str) -> str:
    """A picked path as written inside the list rule over `context`: `media[0].url` in `media` is `url`.

    What is outside the list is read from the record: `$root.name`.
    """
    base = _INDEX.sub("", context)
    plain = _INDEX.sub("", path)
    if not context or path.startswith("$"):
        return path
    if plain == base:
        return "$"
    if plain.startswith(f"{base}."):
        return plain[len(base) + 1 :]
    return f"$root.{path}"


def _children(
    value: Any, path: str, plain: str, is_used: Callable[[str], bool], names: _Names, budget: _Budget
) -> Iterator[Node]:
    inside = isinstance(value, dict)
    for name, entry, inner_plain in _below(value, plain):
        inner = join_path(path, name) if inside else f"{path}{name}"
        yield from _node(name, entry, inner, inner_plain, is_used, names, budget)


def _node(
    name: str, value: Any, path: str, plain: str, is_used: Callable[[str], bool], names: _Names, budget: _Budget
) -> Iterator[Node]:
    if budget.nodes <= 0:
        budget.left_out += 1
        return
    budget.nodes -= 1
    named = names.by_path.get(path, "")
    deeper = replace(names, depth=names.depth + 1)
    inside = names.depth < MOST_DEPTH
    children = tuple(_children(value, named or path, plain, is_used, deeper, budget)) if inside else ()
    yield Node(
        name=name,
        path=named or path,
        plain=plain,
        value=None if children else value,
        used=is_used(plain),
        size=plural(len(value), "item" if isinstance(value, list) else "field") if children else "",
        named=named,
        children=children,
    )


def _leaves(node: Node) -> Iterator[Node]:
    if node.leaf:
        yield node
    for child in node.children:
        yield from _leaves(child)
