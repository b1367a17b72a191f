"""For any mapping that checks clean: it compiles, preview equals run, and the fast way equals the careful one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.mapping.compile import compile_draft, compile_mapping
from engine.mapping.diagnostics import errors
from engine.mapping.load import as_source, load
from engine.mapping.outcomes import Mapped, Rejected
from engine.mapping.yaml import SourceText

NAMES = st.sampled_from(["a", "b", "c", "list", "name"])
TARGETS = st.sampled_from(["t", "u", "v.w", "v.x", "`y.z`"])

# Expressions that mean something for the payloads below, from plain to odd.
PATHS = st.sampled_from(
    ["a", "b", "name", "list", "a.b", "list.a", "list[0]", "list[-1].b", "list[a > 1].b", "list[]", "$", "$$.name"]
)
COMPUTED = st.sampled_from(
    [
        "a + b", "a * 2", "name & '!'", "$string(a)", "$number(a)", "$sum(list.a)", "$count(list)", "$uppercase(name)",
        "a = b", "a > b", "a ? b : c", "a ?? b", "a ?: b", "a in list", "$exists(a)", "$not(a)", "[a, b]", "[list.a]",
        "{'k': a, 'l': list.b}", "list.(a & b)", "list^(a).b", "$map(list, function($x) { $x.a })", "list ~> $count",
        "$join(list.b, '-')", "$lookup({'x': 1}, name)", "($y := a; $y + 1)", "$merge([{'q': a}, list[0]])", "**.a",
        "*", "$round(a, 2)", "$keys($)", "$type(a)", "$append(a, list)",
        "$filter(list, function($x) { $x.a = 1 })",
        "list.{a: b}", "list{b: a}", "null", "$uppercase", "function($x) { $x }", "$distinct(list.a)", "list[[0..1]]",
    ]
)  # fmt: skip
NAMED = st.sampled_from(["$m", "$m.a", "$n", "$m & $n", "$root.name", "$id", "$links.x", "$settings.y & name"])
EXPRESSIONS = PATHS | COMPUTED | NAMED
INSIDE = EXPRESSIONS | st.sampled_from(["$parent.name", "$parent", "$root.a", "a & $parent.b"])
JMESPATHS = st.sampled_from(["a", "list[].a", "list[?a > `1`].b | [0]", "length(name)", "{k: a, l: name}", "a || b"])

FINISH = st.fixed_dictionaries(
    {},
    optional={
        "lookup": st.just("codes"),
        "default": st.sampled_from(["", "d", 0, None, [], "1"]),
        "type": st.sampled_from(["string", "decimal", "number", "integer", "boolean", "date", "list", "object"]),
        "omit_empty": st.booleans(),
        "required": st.booleans(),
    },
)
MISSING = st.sampled_from(["hold", "error"])


def finished(rule: dict[str, Any], finish: dict[str, Any], missing: str) -> dict[str, Any]:
    return rule | finish | ({"missing": missing} if "lookup" in finish else {})


def rules(expressions: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    computed = st.builds(finished, st.fixed_dictionaries({"expr": expressions}), FINISH, MISSING)
    simple = st.one_of(
        expressions,
        computed,
        st.builds(finished, st.fixed_dictionaries({"jmespath": JMESPATHS}), FINISH, MISSING),
        st.fixed_dictionaries({"value": st.sampled_from(["x", 1, True, None, [1, {"k": "v"}]])}),
        st.builds(
            finished,
            st.builds(lambda one, two: {"template": f"{{{{{one}}}}} - {{{{{two}}}}}"}, expressions, expressions),
            FINISH,
            MISSING,
        ),
    )
    case = st.fixed_dictionaries({"when": expressions, "then": simple})
    chosen = st.builds(
        lambda cases, otherwise, finish, missing: finished(
            {"cases": [*cases, *([{"otherwise": otherwise}] if otherwise else [])]}, finish, missing
        ),
        st.lists(case, min_size=1, max_size=3),
        st.none() | simple,
        FINISH,
        MISSING,
    )
    return simple | chosen


FLAGS = st.fixed_dictionaries({}, optional={"omit_empty": st.booleans(), "required": st.booleans()})


def lists(depth: int) -> st.SearchStrategy[Any]:
    inner = rules(INSIDE) if depth == 0 else rules(INSIDE) | lists(depth - 1)
    fields = st.dictionaries(NAMES, inner, max_size=3)
    indexed = st.builds(lambda made, at: made | ({"i": "$index"} if at else {}), fields, st.booleans())
    return st.builds(lambda each, made, flags: {"each": each, "fields": made} | flags, PATHS, indexed, FLAGS)


RULES = rules(EXPRESSIONS) | lists(1)
OBJECTS = st.builds(lambda made, must: {"fields": made, "required": must}, st.dictionaries(NAMES, RULES), st.booleans())
DOCUMENTS = st.fixed_dictionaries(
    {
        "format": st.just(1),
        "mapping": st.just("demo/product.out"),
        "lookups": st.just({"codes": {"x": "X", "1": "one", "true": "yes", "": "empty", "n": None}}),
        "let": st.fixed_dictionaries({"m": EXPRESSIONS.filter(lambda e: "$m" not in e and "$n" not in e), "n": PATHS}),
        "fields": st.dictionaries(TARGETS, RULES | OBJECTS, max_size=5),
    },
    optional={"skip_when": EXPRESSIONS},
)
SCALARS = st.sampled_from([None, True, False, 0, 1, 2, -1, 1.5, Decimal("2.50"), "", "x", "1", "n", "2026-11-30"])
SMALL = st.recursive(SCALARS, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3), max_leaves=5)
ENTRIES = st.lists(st.dictionaries(NAMES, SMALL, max_size=3) | SMALL, max_size=3)
OBJECT = st.dictionaries(NAMES, SMALL, max_size=5)
PAYLOADS = OBJECT | st.builds(lambda payload, entries: payload | {"list": entries}, OBJECT, ENTRIES) | SMALL
BOUND = st.fixed_dictionaries({}, optional={"id": SMALL, "links": SMALL, "settings": SMALL})


@settings(max_examples=300)
@given(DOCUMENTS, st.lists(st.tuples(PAYLOADS, BOUND), min_size=1, max_size=3))
def test_run_second_look_and_preview_agree(document: dict[str, Any], records: list[tuple[Any, dict[str, Any]]]) -> None:
    draft = compile_draft(document)
    if errors(draft.diagnostics):
        return
    program = compile_mapping(document)
    for payload, bound in records:
        outcome = program.run(payload, now="2026-11-30T09:15:00Z", **bound)
        careful = program.second_look(payload, now="2026-11-30T09:15:00Z", **bound)
        assert repr(outcome) == repr(careful)  # repr tells true from 1
        preview = draft.preview(payload, now="2026-11-30T09:15:00Z", **bound)
        assert repr(preview.outcome) == repr(outcome)
        if isinstance(outcome, Mapped):
            assert repr(preview.output) == repr(outcome.output)
        elif isinstance(outcome, Rejected):
            assert {name for name, made in preview.fields.items() if made.state == "error"} <= outcome.errors.keys()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda v: (
        st.lists(v, max_size=3)
        | st.dictionaries(st.sampled_from(["expr", "value", "each", "fields", "cases", "when", "then", "type", "x"]), v)
    ),
    max_leaves=20,
)
ANYTHING = st.dictionaries(
    st.sampled_from(["format", "mapping", "from", "to", "lookups", "let", "skip_when", "fields", "notes", "x"]), JSON
)


@settings(max_examples=300)
@given(ANYTHING, PAYLOADS)
def test_any_data_is_checked_and_previewed(document: dict[str, Any], payload: Any) -> None:
    """A draft never raises, whatever it says; what is wrong is among its diagnostics."""
    draft = compile_draft(document)
    draft.preview(payload)
    if not load(as_source(document)).diagnostics:
        assert draft.document.fields.keys() == document["fields"].keys()
    else:
        assert errors(draft.diagnostics)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_named_as_none(text: str) -> None:
    source = SourceText(data={"format": 1, "mapping": "a/b.in", "fields": {"t": {"expr": text}}}, text="")
    draft = compile_draft(source)
    draft.preview({"a": 1})
    if errors(draft.diagnostics):
        assert all(found.place.field == "t" for found in errors(draft.diagnostics))
