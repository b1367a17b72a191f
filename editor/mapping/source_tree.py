"""The source pane: a sample as a tree of fields with real values, each marked used or unused.

Of a list of objects the first one is shown; its fields stand for those of all. A path that `let` names is shown and
picked by its name, so that `variants[0].sku` is picked as `$main.sku`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from editor.words import plural
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


def source_tree(payload: Any, used: Collection[str], let: Mapping[str, str]) -> SourceTree:
    """The tree of one sample. `used` are the source paths all rules read, without indexes."""
    names = _Names(by_path={text.strip(): f"${name}" for name, text in let.items() if _PLAIN.fullmatch(text.strip())})
    budget = _Budget()
    reads = frozenset(used)
    nodes = tuple(_children(payload, "", "", reads, names, budget)) if isinstance(payload, (dict, list)) else ()
    leaves = [leaf.used for node in nodes for leaf in _leaves(node)]
    return SourceTree(nodes=nodes, used=sum(leaves), unused=len(leaves) - sum(leaves), left_out=budget.left_out)


def used_paths(
    reads: Mapping[str, Collection[str]], let: Mapping[str, str], let_reads: Mapping[str, Collection[str]]
) -> set[str]:
    """Every source path that rules read, without indexes; what they read through `let` names is followed."""
    plain = {f"${name}": _INDEX.sub("", text.strip()) for name, text in let.items() if _PLAIN.fullmatch(text.strip())}
    found: set[str] = set()
    for path in (path for paths in [*reads.values(), *let_reads.values()] for path in paths):
        found.add(follow(path, plain))
    return found


def follow(path: str, plain: Mapping[str, str]) -> str:
    """`$main.sku` → `variants.sku`; indexes are left out."""
    head, dot, rest = _INDEX.sub("", path).partition(".")
    return f"{plain.get(head, head)}{dot}{rest}"


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
    value: Any, path: str, plain: str, used: frozenset[str], names: _Names, budget: _Budget
) -> Iterator[Node]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _node(str(key), entry, join_path(path, key), join_path(plain, key), used, names, budget)
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        yield from _node("[0]", value[0], f"{path}[0]", plain, used, names, budget)


def _node(
    name: str, value: Any, path: str, plain: str, used: frozenset[str], names: _Names, budget: _Budget
) -> Iterator[Node]:
    if budget.nodes <= 0:
        budget.left_out += 1
        return
    budget.nodes -= 1
    named = names.by_path.get(path, "")
    deeper = replace(names, depth=names.depth + 1)
    children = tuple(_children(value, named or path, plain, used, deeper, budget)) if names.depth < MOST_DEPTH else ()
    yield Node(
        name=name,
        path=named or path,
        plain=plain,
        value=None if children else value,
        used=plain in used,
        size=plural(len(value), "item" if isinstance(value, list) else "field") if children else "",
        named=named,
        children=children,
    )


def _leaves(node: Node) -> Iterator[Node]:
    if node.leaf:
        yield node
    for child in node.children:
        yield from _leaves(child)
