"""A program for the shape that records mostly have gives what the careful one gives, whatever is missing."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from engine.errors import ExpressionError
from engine.expressions.block import Block, compile_block
from engine.expressions.limits import LIMITS, Limits
from engine.expressions.parser import parse
from engine.expressions.program import Program
from engine.expressions.shape import OFTEN, TIMES, ShapedProgram
from engine.expressions.suites import Atom
from engine.expressions.values import UNDEFINED, collapse, plain
from tests.expressions.fuzz import grammar, oracle, payloads
from tests.expressions.test_jsonata_suite import CASES, GROUPS, cases
from tests.presence import require

NOW = 1_700_000_000_000


def outcome(program: Program | ShapedProgram, payload: Any, values: list[Any], limits: Limits = LIMITS) -> Any:
    """The value, its type told apart, or the error's code."""
    try:
        value = program.evaluate(payload, limits.budget(), NOW, values)
        return "nothing" if value is UNDEFINED else repr(plain(collapse(value)))
    except ExpressionError as error:
        return error.code
    except RecursionError:
        return "inside itself"  # an object that an update has put into itself


def both(text: str, variables: tuple[str, ...] = ()) -> tuple[Program, ShapedProgram] | None:
    tree, errors = parse(text)
    if errors:
        return None

    def write(block: Block) -> Atom:
        return block.expression(tree)

    return compile_block(write, variables=variables), ShapedProgram(write, variables=variables)


@pytest.mark.parametrize("kind", ["product", "order"])
def test_fields_missing_at_random(kind: str) -> None:
    random = Random(11)
    make = payloads.product if kind == "product" else payloads.order
    texts = [*oracle.expressions(kind), *grammar.written(random, 150)]
    programs = [(text, found) for text in texts if (found := both(text)) is not None]
    assert len(programs) > 150
    for _ in range(25):
        payload = payloads.mutated(random, make(random))
        for text, (careful, shaped) in programs:
            assert outcome(shaped, payload, []) == outcome(careful, payload, []), text


@pytest.mark.parametrize("group", GROUPS)
def test_the_suite(group: str) -> None:
    require(CASES.is_dir(), "the JSONata cases are not here")
    for case in cases(group):
        found = both(case["expr"], tuple(case["bindings"])) if "now" not in case["expr"] else None
        if found is None or case.get("error", {}).get("code") == "U1001" or "random" in case["expr"]:
            continue
        payload, values = case.get("data", UNDEFINED), list(case["bindings"].values())
        careful, shaped = (outcome(program, payload, values) for program in found)
        assert shaped == careful, case["name"]


def shaped(text: str) -> ShapedProgram:
    found = both(text)
    assert found is not None
    return found[1]


def test_it_learns_which_fields_are_missing() -> None:
    program = shaped('{"sku": sku, "price": price ? price : 0, "lines": lines.{"qty": qty}}')
    whole = {"sku": "A", "price": 2, "lines": [{"qty": 1}, {"qty": 2}]}
    first = program.program
    for _ in range(OFTEN - 1):
        assert outcome(program, {"sku": "A", "lines": []}, []) == "{'sku': 'A', 'price': 0}"
    assert program.program is first and program.missing == {"price"}
    assert outcome(program, {"sku": "A", "lines": []}, []) == "{'sku': 'A', 'price': 0}"
    assert program.program is not first
    assert outcome(program, whole, []) == "{'sku': 'A', 'price': 2, 'lines': [{'qty': 1}, {'qty': 2}]}"
    assert program.misses == 0


def test_records_without_a_common_shape_go_the_careful_way() -> None:
    program = shaped("[" + ", ".join(f"f{number}" for number in range(TIMES + 2)) + "]")
    for number in range(TIMES + 1):
        record = {f"f{other}": 1 for other in range(TIMES + 2) if other >= number + 1}
        for _ in range(OFTEN):
            assert outcome(program, record, []) == repr([1] * len(record))
    assert program.program is program.careful


def test_records_with_lists_inside_lists_go_the_general_way() -> None:
    program = shaped("lines.price")
    for _ in range(OFTEN + 1):
        assert outcome(program, {"lines": [[{"price": 1}], {"price": 2}]}, []) == "[1, 2]"
    assert program.program.general is None
    assert outcome(program, {"lines": [{"price": 1}, {"price": 2}]}, []) == "[1, 2]"


def test_an_error_of_the_expression_is_no_missing_field() -> None:
    program = shaped("$number(price) + missing")
    assert outcome(program, {"price": "x"}, []) == "D3030"
    assert not program.missing
