from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.mapping.compile import compile_mapping
from engine.mapping.outcomes import Mapped
from engine.mapping.program import Program
from engine.mapping.visual import (
    ONE_SIDED,
    OPERATORS,
    Applied,
    Code,
    Comparison,
    Field,
    Fixed,
    Form,
    If,
    Joined,
    form_data,
    form_from,
    form_words,
    read_form,
    write_form,
)
from tests.mapping.tools.data import CASES, read_text

SHOWN = read_text((CASES / "visual.yaml").read_bytes()).data
SAMPLES: list[Any] = [
    {
        "name": " Oak desk ",
        "brand": "Rimu",
        "price": 12.5,
        "n": 0,
        "flag": True,
        "tags": ["a", "b"],
        "main": {"sku": "A1"},
    },
    {"name": "", "price": -3, "flag": False, "tags": [], "main": {}},
    {},
]

paths = st.sampled_from(
    ["name", "brand", "price", "n", "flag", "tags[0]", "main.sku", "main.`odd key`", "$.name", "absent"]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-999, 999)
    | st.floats(-99, 99).map(lambda n: round(n, 3))
    | st.text(max_size=6)
)
fields = paths.map(lambda path: Field(path=path))
fixed = scalars.map(lambda value: Fixed(value=value))


def bigger(inner: st.SearchStrategy[Form]) -> st.SearchStrategy[Form]:
    tests = st.builds(
        lambda left, operator, right: Comparison(
            left=left, operator=operator, right=None if operator in ONE_SIDED else right
        ),
        fields | fixed,
        st.sampled_from(list(OPERATORS)),
        fields | fixed,
    )
    return (
        st.builds(lambda parts: Joined(parts=tuple(parts)), st.lists(inner, min_size=2, max_size=3))
        | st.builds(
            lambda of, name: Applied(of=of, function=name), inner, st.sampled_from(["trim", "uppercase", "string"])
        )
        | st.builds(
            lambda of, start: Applied(of=of, function="substring", arguments=(Fixed(value=start),)),
            inner,
            st.integers(-3, 3),
        )
        | st.builds(
            lambda found, every, then, otherwise: If(tests=tuple(found), every=every, then=then, otherwise=otherwise),
            st.lists(tests, min_size=1, max_size=3),
            st.booleans(),
            inner,
            st.none() | inner,
        )
    )


forms = st.recursive(fields | fixed, bigger, max_leaves=6)


def program(text: str) -> Program:
    head = {"format": 1, "mapping": "test/form.out", "from": {"entity": "product"}, "to": {"stream": "things"}}
    return compile_mapping({**head, "fields": {"x": {"expr": text}}})


def outcomes(text: str) -> list[Any]:
    found = [program(text).run(sample) for sample in SAMPLES]
    return [one.output if isinstance(one, Mapped) else "fails" for one in found]


@pytest.mark.parametrize("case", SHOWN["forms"], ids=lambda case: str(case["text"]))
def test_an_expression_is_shown_as_a_form(case: dict[str, Any]) -> None:
    form = read_form(case["text"])
    assert form_words(form) == case["words"]
    assert write_form(form) == case.get("written", case["text"])
    assert form_from(form_data(form)) == form


@pytest.mark.parametrize("text", SHOWN["code"])
def test_what_a_form_cannot_show_stays_code(text: str) -> None:
    assert read_form(text) == Code(text=text)
    assert write_form(read_form(text)) == text


@given(forms)
@settings(max_examples=300)
def test_writing_a_form_and_reading_it_keeps_its_meaning(form: Form) -> None:
    text = write_form(form)
    again = read_form(text)
    assert form_from(form_data(form)) == form
    assert outcomes(write_form(again)) == outcomes(text)


@given(forms)
def test_a_form_written_by_hand_is_a_form_when_read(form: Form) -> None:
    assert not isinstance(read_form(write_form(form)), Code)


def test_a_name_with_a_back_quote_stays_code() -> None:
    assert isinstance(read_form('"A`".b'), Code)


@given(st.text(max_size=40))
def test_any_text_is_a_form_or_code(text: str) -> None:
    form = read_form(text)
    assert form_words(form) == form_words(read_form(write_form(form)))


@pytest.mark.parametrize(
    "data",
    [
        {},
        None,
        {"kind": "field", "path": "a ? b : c"},
        {"kind": "field", "path": "$eval('1')"},
        {"kind": "field", "path": ""},
        {"kind": "joined", "parts": []},
        {"kind": "applied", "function": "no_such", "of": {"kind": "field", "path": "a"}},
        {"kind": "if", "tests": []},
        {
            "kind": "if",
            "tests": [{"left": {"kind": "field", "path": "a"}, "operator": "like", "right": None}],
            "then": {},
        },
        {"kind": "magic"},
    ],
)
def test_a_form_that_makes_no_sense_is_refused(data: Any) -> None:
    with pytest.raises(UsageError):
        form_from(data)
