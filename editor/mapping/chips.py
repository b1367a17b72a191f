"""A rule drawn as chips: fields, constants, functions and lookups, joined by words. What cannot be drawn stays code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from editor.mapping.conditions import Condition, Group, Kept, read_condition, unset
from editor.words import as_json, clip, plural
from engine.errors import ExpressionError
from engine.mapping.comparisons import OPERATORS
from engine.mapping.template import split_template
from engine.mapping.visual import Applied, Field, Fixed, Form, If, Joined, read_form, write_form


@dataclass(frozen=True, kw_only=True)
class Chip:
    """One piece of a drawn rule."""

    kind: str  # field-ref | const | fn | lookup | raw | word | arrow
    text: str = ""


ARROW: Final = Chip(kind="arrow")


def word(text: str) -> Chip:
    return Chip(kind="word", text=text)


def chips_of(rule: Mapping[str, Any]) -> tuple[Chip, ...]:
    """The chips of a rule in its long form (engine.mapping.diff.normal_rule)."""
    return tuple(_chips(rule))


def _chips(rule: Mapping[str, Any]) -> Iterator[Chip]:
    yield from _source(rule)
    if rule.get("lookup"):
        yield ARROW
        yield Chip(kind="lookup", text=str(rule["lookup"]))
        yield word({"default": "else default", "error": "else reject"}.get(str(rule.get("missing")), "else hold"))
    if rule.get("type") and "value" not in rule:
        yield ARROW
        yield Chip(kind="fn", text=f"as {rule['type']}")
    if "default" in rule:
        yield word("else")
        yield Chip(kind="const", text=clip(as_json(rule["default"]), 40))
    if rule.get("omit_empty"):
        yield word("left out when empty")


def _source(rule: Mapping[str, Any]) -> Iterator[Chip]:
    if "value" in rule:
        yield Chip(kind="const", text=clip(as_json(rule["value"]), 60))
    elif "template" in rule:
        yield from _template(str(rule["template"]))
    elif "cases" in rule:
        yield from _cases(rule["cases"])
    elif "each" in rule:
        yield word("each")
        yield from expression_chips(str(rule["each"]))
    elif "jmespath" in rule:
        yield Chip(kind="raw", text=clip(str(rule["jmespath"]), 80))
    elif rule.get("expr") is None:
        yield word("taken away")
    else:
        yield from expression_chips(str(rule["expr"]))


@lru_cache(maxsize=4000)
def expression_chips(text: str) -> tuple[Chip, ...]:
    """The chips of an expression; one chip of code where it cannot be drawn."""
    return tuple(_form_chips(read_form(text.strip())))


@lru_cache(maxsize=4000)
def condition_chips(text: str) -> tuple[Chip, ...]:
    """The chips of a condition: what is compared first, how in words, and how much follows."""
    return tuple(_condition_chips(read_condition(text)))


def _condition_chips(condition: Condition) -> Iterator[Chip]:
    if isinstance(condition, Group):
        yield from _condition_chips(condition.members[0])
        yield word(f"{'and' if condition.every else 'or'} {len(condition.members) - 1} more")
    elif isinstance(condition, Kept):
        yield Chip(kind="raw", text=clip(" ".join(condition.text.split()), 90))
    elif unset(condition):
        yield word("nothing yet")
    else:
        yield from expression_chips(condition.left)
        yield word(OPERATORS[condition.operator])
        if condition.right is not None:
            yield from _form_chips(condition.right)


def _form_chips(form: Form | None) -> Iterator[Chip]:
    if isinstance(form, Field):
        yield Chip(kind="field-ref", text=form.path)
    elif isinstance(form, Fixed):
        yield Chip(kind="const", text=clip(as_json(form.value), 60))
    elif isinstance(form, Joined):
        for part in form.parts:
            yield from _form_chips(part)
    elif isinstance(form, Applied):
        yield from _form_chips(form.of)
        yield ARROW
        yield Chip(kind="fn", text=" ".join([form.function, *map(_argument, form.arguments)]))
    elif isinstance(form, If):
        yield word("if")
        for at, test in enumerate(form.tests):
            if at:
                yield word("and" if form.every else "or")
            yield from _form_chips(test.left)
            yield word(OPERATORS[test.operator])
            if test.right is not None:
                yield from _form_chips(test.right)
        yield ARROW
        yield from _form_chips(form.then)
        if form.otherwise is not None:
            yield word("else")
            yield from _form_chips(form.otherwise)
    elif form is not None:
        yield Chip(kind="raw", text=clip(" ".join(form.text.split()), 90))


def _argument(form: Form) -> str:
    return clip(str(form.value) if isinstance(form, Fixed) else write_form(form), 24)


def _template(template: str) -> Iterator[Chip]:
    try:
        pieces = split_template(template)
    except ExpressionError:
        yield Chip(kind="raw", text=clip(template, 90))
        return
    for piece in pieces:
        if piece.expression:
            yield from expression_chips(piece.text)
        else:
            yield Chip(kind="const", text=f'"{clip(piece.text, 40)}"')


def _cases(cases: Any) -> Iterator[Chip]:
    if not isinstance(cases, (list, tuple)):
        return
    for at, case in enumerate(cases[:1]):
        if not isinstance(case, Mapping):
            continue
        if "otherwise" in case:
            yield word("else")
            yield from _result(case["otherwise"])
            continue
        yield word("if" if at == 0 else "else if")
        yield from condition_chips(str(case.get("when") or ""))
        yield ARROW
        yield from _result(case.get("then"))
    if len(cases) > 1:
        yield word(f"and {plural(len(cases) - 1, 'more case')}")


def _result(rule: Any) -> Iterator[Chip]:
    yield from _chips(rule if isinstance(rule, Mapping) else {"expr": rule})
