"""The source pane's tree: what is marked used, how fields are picked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from editor.mapping.source_tree import Node, relative, source_tree, used_leaves
from engine.mapping.compile import compile_draft
from engine.mapping.coverage import reader

RECORD: dict[str, Any] = {
    "name": "Boot",
    "variants": [{"sku": "B1", "stock": 2, "sizes": [38, 39], "dims": {"w": 1, "h": 2}}, {"sku": "B2"}],
    "first-part": {"tier 1": 1, "x.y": 2},
    "tags": [],
}
LET = {"main": "variants[0]", "open": "$main.dims"}


def tree_of(fields: dict[str, Any], let: dict[str, str]) -> tuple[list[str], list[Node]]:
    """The used leaves, and all leaves."""
    program = compile_draft({"format": 1, "mapping": "demo/product.out", "let": let, "fields": fields})
    is_used = reader(program.used, leading=True)
    tree = source_tree(RECORD, is_used, let)
    leaves = [leaf for node in tree.nodes for leaf in _leaves(node)]
    assert tree.used + tree.unused == len(leaves)
    used = [leaf.plain for leaf in leaves if leaf.used]
    assert sorted(used) == sorted(used_leaves(RECORD, is_used))
    return used, leaves


def _leaves(node: Node) -> Iterator[Node]:
    if node.leaf:
        yield node
    for child in node.children:
        yield from _leaves(child)


@pytest.mark.parametrize(
    ("fields", "let", "used"),
    [
        ({"a": "$main.sku"}, LET, ["variants.sku"]),
        ({"a": "$open.w"}, LET, ["variants.dims.w"]),
        ({"a": "$string($open)"}, LET, ["variants.dims.w", "variants.dims.h"]),
        ({"a": "$main.dims.*"}, LET, ["variants.dims.w", "variants.dims.h"]),
        ({"l": {"each": "variants", "fields": {"s": "sku", "n": "$root.name"}}}, {}, ["name", "variants.sku"]),
        ({"a": "$f($main)"}, {**LET, "f": "function($v){$v.stock}"}, ["variants.stock"]),
        ({"a": "`first-part`.`tier 1`", "b": "`first-part`.`x.y`"}, {}, ["first-part.tier 1", "first-part.`x.y`"]),
        ({"a": "$sum(variants.sizes)", "b": "tags"}, {}, ["variants.sizes", "tags"]),
        ({"l": {"each": "tags", "fields": {"s": "name"}}}, {}, ["tags"]),
        ({"a": {"value": 1}}, LET, []),
    ],
    ids=str,
)
def test_marks_what_is_used(fields: dict[str, Any], let: dict[str, str], used: list[str]) -> None:
    assert tree_of(fields, let)[0] == used


def test_fields_are_picked_by_the_name_that_stands_for_them() -> None:
    picked = {leaf.plain: leaf.path for leaf in tree_of({}, LET)[1]}
    assert picked["variants.sku"] == "$main.sku"
    assert picked["first-part.tier 1"] == "`first-part`.`tier 1`"
    assert picked["name"] == "name"


def test_inside_a_list_paths_are_relative_to_its_entries() -> None:
    assert relative("variants[0].dims.w", "variants") == "dims.w"
    assert relative("variants[0]", "variants") == "$"
    assert relative("name", "variants") == "$root.name"
