"""Changing one place of a document: nested lists, order, notes; the document one had stays as it was."""

from __future__ import annotations

import copy

import pytest

from editor.mapping.build_form import build_of, expression_of
from editor.mapping.edits import rule_at, with_lookup, with_name, with_note, with_rule, with_skip
from editor.mapping.rule_form import changed_rule
from editor.mapping.source_tree import relative, source_tree
from editor.mapping.targets import is_required, targets_of
from engine.errors import UsageError

DOCUMENT = {
    "format": 1,
    "mapping": "erp/product.in",
    "fields": {
        "sku": {"expr": "CODE", "required": True},
        "size": {"fields": {"l": "LENGTH", "w": "WIDTH"}},
        "images": {
            "each": "pictures",
            "fields": {"src": "url", "tags": {"each": "labels", "fields": {"name": "text"}}},
        },
    },
    "notes": {"sku": "The code people use."},
}


@pytest.mark.parametrize(
    "place", ["sku", "size.l", "images", "images[].src", "images[].tags[].name", "new", "images[].new"]
)
def test_a_rule_is_set_where_it_is_read(place: str) -> None:
    before = copy.deepcopy(DOCUMENT)
    changed = with_rule(DOCUMENT, place, {"each": "OTHER"} if place == "images" else {"expr": "OTHER"})
    assert rule_at(changed, place) == ({"each": "OTHER"} if place == "images" else {"expr": "OTHER"})
    assert before == DOCUMENT
    assert rule_at(changed, "images[].src") is not None, "a list keeps the fields in it"


def test_a_rule_taken_away_takes_its_note() -> None:
    changed = with_rule(DOCUMENT, "sku", None)
    assert rule_at(changed, "sku") is None
    assert "notes" not in changed


def test_a_new_rule_stands_where_the_target_has_it() -> None:
    order = ["sku", "name", "size.l", "size.w", "images", "images[].src", "images[].alt"]
    assert list(with_rule(DOCUMENT, "name", {"expr": "N"}, order)["fields"]) == ["sku", "name", "size", "images"]


def test_blocks_keep_the_order_people_write_them_in() -> None:
    changed = with_skip(with_name(with_lookup(DOCUMENT, "tax", {"A": "B"}), "main", "variants[0]"), "gone = true")
    assert list(changed)[:4] == ["format", "mapping", "lookups", "let"]
    assert with_note(changed, "sku", "  ")["fields"] == changed["fields"]
    assert "let" not in with_name(changed, "main", "")
    assert "skip_when" not in with_skip(changed, "")


@pytest.mark.parametrize(
    ("path", "context", "written"),
    [
        ("pictures[0].url", "pictures", "url"),
        ("pictures[0]", "pictures", "$"),
        ("brand", "pictures", "$root.brand"),
        ("brand", "", "brand"),
        ("$main.sku", "pictures", "$main.sku"),
    ],
)
def test_a_picked_path_is_written_as_its_rule_sees_it(path: str, context: str, written: str) -> None:
    assert relative(path, context) == written


def test_the_tree_picks_named_parts_by_their_name() -> None:
    tree = source_tree(
        {"variants": [{"sku": "a", "price": 1}], "empty": []}, {"variants.sku"}.__contains__, {"main": "variants[0]"}
    )
    first = tree.nodes[0].children[0]
    assert first.named == "$main"
    assert [(leaf.path, leaf.used) for leaf in first.children] == [("$main.sku", True), ("$main.price", False)]
    assert (tree.used, tree.unused) == (1, 2)


def test_a_huge_or_deep_sample_is_cut_not_refused() -> None:
    nothing = frozenset[str]().__contains__
    deep: object = 1
    for _ in range(500):
        deep = {"a": deep}
    assert source_tree(deep, nothing, {}).nodes
    tree = source_tree({f"f{n}": n for n in range(5000)}, nothing, {})
    assert tree.left_out == 2000


EXPRESSIONS = [
    "name",
    "$main.rrp.amount",
    "$trim(name)",
    "$round($number(price), 2)",
    "name & ' by ' & brand",
    "stock > 0 and active = true ? 'in' : 'out'",
    "a ? $uppercase(a) : b",
    "$sum(lines.(qty * price))",
    "'always'",
    "12.5",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_build_form_says_the_same_expression(expression: str) -> None:
    sent = boxes(expression)
    again = expression_of(sent)
    assert boxes(again) == sent


def boxes(expression: str) -> dict[str, str]:
    """What a browser would send for the form as it is drawn."""
    build = build_of(expression)
    operands = [build.source, *build.parts, build.then, build.otherwise]
    sent: dict[str, str] = {"every": "all" if build.every else "any"}
    for test in build.tests:
        operands += [test.left, test.right]  # the browser sends a hidden right side too
        sent[f"test.{test.at}.operator"] = test.operator
    for step in build.functions:
        sent[f"fn.{step.at}"] = step.function.name
        operands += step.arguments
    for operand in operands:
        if operand is not None:
            sent |= {operand.name: operand.text, f"{operand.name}.as": operand.kind}
    return sent


def test_functions_and_conditions_are_added_and_removed() -> None:
    added = expression_of({**boxes("name"), "do": "add_function", "new_function": "uppercase"})
    assert added == "$uppercase(name)"
    assert expression_of({**boxes(added), "do": "remove_function.0"}) == "name"
    assert expression_of({**boxes("name"), "do": "make_if"}).startswith("name ? name")
    with pytest.raises(UsageError, match="empty"):
        expression_of({"source": "", "source.as": "field"})


RULE = {"expr": "TAX", "lookup": "tax", "missing": "default", "default": "GST", "required": True}


@pytest.mark.parametrize(
    ("what", "sent", "rule"),
    [
        ("pick", {"path": "OTHER"}, {**RULE, "expr": "OTHER"}),
        ("expr", {"expr": "A & B"}, {**RULE, "expr": "A & B"}),
        ("expr", {"expr": " "}, None),
        ("constant", {"constant": "7", "constant_as": "number"}, {"value": 7}),
        ("template", {"template": "{{A}}!"}, {**{k: v for k, v in RULE.items() if k != "expr"}, "template": "{{A}}!"}),
        ("each", {"each": "lines"}, {"each": "lines", "required": True}),
        ("options", {"type": "string", "omit_empty": "1"}, {"expr": "TAX", "type": "string", "omit_empty": True}),
        ("clear", {}, None),
    ],
)
def test_each_form_changes_its_part_and_keeps_the_rest(what: str, sent: dict[str, str], rule: object) -> None:
    assert changed_rule(what, RULE, sent) == rule


def test_what_an_object_needs_counts_once_something_is_made_in_it() -> None:
    image = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}, "alt": {}}}
    seo = {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}
    lines = {"type": "array", "items": {"type": "object", "required": ["sku"], "properties": {"sku": {}}}}
    schema = {"required": ["seo"], "properties": {"image": image, "seo": seo, "lines": lines}}
    targets = {target.path: target for target in targets_of(schema)}

    def required(*places: str) -> list[str]:
        return [path for path, target in targets.items() if is_required(target, places)]

    assert required() == ["seo.title", "lines[].sku"]  # rows of a list only stand there once the list is made
    assert required("image.alt") == ["image.url", "seo.title", "lines[].sku"]
