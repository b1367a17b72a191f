"""Expressions written into one function give what they give alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ExpressionError
from engine.expressions.block import Block, compile_block
from engine.expressions.compile import compile_expression
from engine.expressions.parser import parse
from engine.expressions.suites import Atom, Context
from engine.expressions.values import UNDEFINED, FunctionValue, plain

HERE = Path(__file__).parent
PAYLOADS: list[Any] = json.loads((HERE / "sample.json").read_text())
TEXTS = [text for text in (HERE / "sample.txt").read_text().splitlines() if not parse(text)[1]]


def alone(text: str, payload: Any) -> Any:
    """The value, UNDEFINED where there is nothing, the error's class where there is one."""
    try:
        value = compile_expression(text)(payload)
    except ExpressionError:
        return ExpressionError
    return ExpressionError if isinstance(value, FunctionValue) else plain(value)


ALONE = {text: [alone(text, payload) for payload in PAYLOADS] for text in TEXTS}


def tree(text: str) -> Any:
    found, errors = parse(text)
    assert not errors
    return found


@given(st.data())
def test_many_in_one_function_are_the_same_as_alone(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(PAYLOADS) - 1))
    fitting = [text for text in TEXTS if ALONE[text][number] is not ExpressionError]
    texts = data.draw(st.lists(st.sampled_from(fitting), min_size=2, max_size=25))
    trees = [tree(text) for text in texts]

    def write(block: Block) -> Atom:
        return block.object([(str(place), block.expression(one)) for place, one in enumerate(trees)])

    got = plain(compile_block(write).run(PAYLOADS[number]))
    wanted = {str(place): ALONE[text][number] for place, text in enumerate(texts)}
    assert got == {place: value for place, value in wanted.items() if value is not UNDEFINED}


def document(block: Block) -> Atom:
    """The example of the module's documentation, more or less."""
    block.bind("main", block.expression(tree("variants[0]")))
    block.leave(block.expression(tree("status = 'archived'")), block.constant("archived"))

    def image(item: Context) -> Atom:
        return block.object([("src", block.expression(tree("url"), item)), ("of", block.expression(tree("$main.sku")))])

    def alternative(item: Context) -> Atom:
        return block.expression(tree("alt"), item)

    media = block.expression(tree("media"))
    kind = block.choose(
        [
            (lambda: block.expression(tree("stock > $least")), lambda: block.constant("instock")),
            (lambda: block.expression(tree("backorder")), lambda: block.constant("onbackorder")),
        ],
        lambda: block.constant("outofstock"),
    )
    return block.object(
        [
            ("sku", block.expression(tree("$main.sku"))),
            ("images", block.each(media, image)),
            ("alts", block.each(media, alternative)),
            ("tax", block.call(lambda code: f"T{code}", block.expression(tree("tax_class")))),
            ("kind", kind),
        ]
    )


PRODUCT = {
    "variants": [{"sku": "A-1"}, {"sku": "A-2"}],
    "media": [{"url": "u1", "alt": "x"}, {"url": "u2"}],
    "tax_class": "GST",
    "stock": 5,
}


@pytest.mark.parametrize(
    ("changes", "least", "kind"), [({}, 3, "instock"), ({}, 9, "outofstock"), ({"backorder": True}, 9, "onbackorder")]
)
def test_a_whole_document(changes: dict[str, Any], least: int, kind: str) -> None:
    program = compile_block(document, variables=("least",))
    assert program.run(PRODUCT | changes, given={"least": least}) == {
        "sku": "A-1",
        "images": [{"src": "u1", "of": "A-1"}, {"src": "u2", "of": "A-1"}],
        "alts": ["x"],
        "tax": "TGST",
        "kind": kind,
    }
    assert program.run({"status": "archived"}, given={"least": 0}) == "archived"


def test_loops_over_the_same_list_are_one() -> None:
    program = compile_block(document, variables=("least",))
    assert sum(line.lstrip().startswith("for t") for line in program.source.splitlines()) == 1


@pytest.mark.parametrize("end", ["", ' : "none"'])
def test_a_case_that_is_not_reached_does_nothing(end: str) -> None:
    text = f"$count(lines[qty > 1]) = 1 ? 1 : none = 2 ? 2 : $sum(lines.$number(price)) > 1 ? 3{end}"
    payload = {"lines": [{"qty": 5, "price": "x"}, {"qty": 1}]}
    assert compile_expression(text)(payload) == 1

    def write(block: Block) -> Atom:
        def total() -> Atom:
            return block.expression(parse("$sum(lines.$number(price)) > 1")[0])

        first = (lambda: block.expression(parse("$count(lines[qty > 1]) = 1")[0]), lambda: block.constant(1))
        return block.choose([first, (total, lambda: block.constant(2))])

    assert compile_block(write).run(payload) == 1


def test_lists_in_lists_run_the_general_program() -> None:
    program = compile_block(document, variables=("least",))
    odd = PRODUCT | {"media": [[{"url": "u1", "alt": "x"}], {"url": "u2"}]}
    for _ in range(50):  # often enough that the quick program is not even tried any more
        found = program.run(odd, given={"least": 3})
        assert [image["src"] for image in found["images"]] == ["u1", "u2"]
    assert program.run(PRODUCT, given={"least": 3})["alts"] == ["x"]


def test_what_was_bound_in_a_loop_ends_with_it() -> None:
    def write(block: Block) -> Atom:
        def body(item: Context) -> Atom:
            block.bind("x", block.expression(tree("a"), item))
            return block.expression(tree("$x + 1"), item)

        made = block.each(block.expression(tree("rows")), body)
        return block.object([("made", made), ("after", block.expression(tree("$x")))])

    program = compile_block(write)
    assert program.run({"rows": [{"a": 1}, {"a": 2}]}) == {"made": [2, 3]}
    assert program.variables_used == {"x"}
