"""An expression as a form a person fills in, and back: fields, fixed values, joined text, functions, conditions.

Everything else is Code, kept letter for letter. An expression only becomes a form when writing the form gives an
expression that reads back as the same form, so switching between the two views never changes what a rule means.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.errors import UsageError
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.parser import parse
from engine.expressions.syntax import (
    Array,
    Call,
    Condition,
    Constant,
    Filter,
    Name,
    Negate,
    Node,
    Number,
    Path,
    Step,
    Text,
    Variable,
    operands,
)
from engine.mapping.comparisons import ONE_SIDED, OPERATORS, bare, comparison_of, comparison_text
from engine.mapping.difference import shown

MOST_DEPTH: Final = 12  # forms nested deeper than this are no easier to read than code


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of the source, of a named part, or of what CODI binds."""

    path: str  # `brand`, `variants[0].price`, `$main.sku`


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A value that is always the same: text, number, true, false, null, or a list of those."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Texts one after the other; a part without a value counts as no text."""

    parts: tuple[Form, ...]  # two or more


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A function of the value before it: in a chain each stands on the one below."""

    of: Form
    function: str  # name without $
    arguments: tuple[Form, ...] = ()  # after the value


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison of a condition."""

    left: Form
    operator: str  # a key of OPERATORS
    right: Form | None = None  # None for operators that look at one value


@dataclass(frozen=True, slots=True, kw_only=True)
class If:
    """One value or another."""

    tests: tuple[Comparison, ...]  # one or more
    every: bool = True  # all of them must hold, or any
    then: Form
    otherwise: Form | None = None  # None: no value


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What the form cannot show, untouched."""

    text: str


Form = Field | Fixed | Joined | Applied | If | Code

_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class _NoFormError(Exception):
    """A signal inside this module: the form cannot show this."""


# ---------------------------------------------------------------- expression → form


def read_form(text: str) -> Form:
    """The form of a JSONata expression; Code where it has none (or cannot be parsed)."""
    tree, errors = parse(text)
    if errors:
        return Code(text=text)
    try:
        form = _form(tree, 0)
        again, wrong = parse(write_form(form))
        return form if not wrong and _form(again, 0) == form else Code(text=text)
    except (_NoFormError, UsageError):  # UsageError: a name that the language has no way to write
        return Code(text=text)


def _form(node: Node, depth: int) -> Form:
    node = bare(node)
    if depth > MOST_DEPTH:
        raise _NoFormError
    if isinstance(node, Path | Variable):
        return Field(path=_path_text(node))
    if isinstance(node, Text | Number | Constant | Negate | Array):
        return Fixed(value=_literal(node))
    joined = operands(node, "&")
    if len(joined) > 1:
        return Joined(parts=tuple(_form(operand, depth + 1) for operand in joined))
    if isinstance(node, Call):
        return _applied(node, depth)
    if isinstance(node, Condition):
        (test, then), *further = node.branches
        tests, every = _tests(test, depth)
        rest = replace(node, branches=tuple(further)) if further else node.otherwise
        otherwise = None if rest is None else _form(rest, depth + 1)
        return If(tests=tests, every=every, then=_form(then, depth + 1), otherwise=otherwise)
    raise _NoFormError


def _literal(node: Node) -> Any:
    if isinstance(node, Text | Number | Constant):
        return node.value
    if isinstance(node, Negate) and isinstance(node.operand, Number):
        return -node.operand.value
    if isinstance(node, Array) and not any(isinstance(entry, Array) for entry in node.entries):
        return [_literal(entry) for entry in node.entries]
    raise _NoFormError


def _path_text(node: Path | Variable) -> str:
    if isinstance(node, Variable):
        return f"${node.name}"
    if node.keep or node.group is not None:
        raise _NoFormError
    return ".".join(_step_text(step, first=place == 0) for place, step in enumerate(node.steps))


def _step_text(step: Step, *, first: bool) -> str:
    if step.focus or step.index or step.keep:
        raise _NoFormError
    subject = step.expression
    if isinstance(subject, Name):
        if "`" in subject.value:  # written as a string before a point; back quotes cannot hold it
            raise _NoFormError
        text = subject.value if _PLAIN_NAME.fullmatch(subject.value) else f"`{subject.value}`"
    elif isinstance(subject, Variable) and first:
        text = f"${subject.name}"
    else:
        raise _NoFormError
    for stage in step.stages:
        place = _literal(stage.predicate) if isinstance(stage, Filter) else None
        if not isinstance(place, int) or isinstance(place, bool):
            raise _NoFormError
        text += f"[{place}]"
    return text


def _applied(node: Call, depth: int) -> Applied:
    function = node.function
    if node.partial or not node.arguments or not isinstance(function, Variable) or function.name not in FUNCTIONS:
        raise _NoFormError
    first, *others = (_form(argument, depth + 1) for argument in node.arguments)
    return Applied(of=first, function=function.name, arguments=tuple(others))


def _tests(node: Node, depth: int) -> tuple[tuple[Comparison, ...], bool]:
    """The tests of a condition that has only `and` or only `or` in it; whether all must hold."""
    node = bare(node)
    either = operands(node, "or")
    every = len(either) == 1
    return tuple(_test(operand, depth) for operand in (operands(node, "and") if every else either)), every


def _test(node: Node, depth: int) -> Comparison:
    operator, left, right = comparison_of(node)
    if right is None:
        return Comparison(left=_value(left, depth), operator=operator)
    return Comparison(left=_form(left, depth + 1), operator=operator, right=_form(right, depth + 1))


def _value(node: Node, depth: int) -> Form:
    """A value that is looked at as yes or no: comparisons inside `and`/`or` inside `not` stay code."""
    form = _form(node, depth + 1)
    if isinstance(form, If):
        raise _NoFormError
    return form


# ---------------------------------------------------------------- form → expression


def write_form(form: Form) -> str:
    """The expression of a form. Raises UsageError when a field's path is not one."""
    return _text(form, inside=False)


def _text(form: Form, *, inside: bool) -> str:
    """`inside`: the form stands beside an operator, so that what binds weaker needs brackets."""
    if isinstance(form, Code):
        return f"({form.text})" if inside else form.text
    if isinstance(form, Field):
        return _checked_path(form.path)
    if isinstance(form, Fixed):
        return _fixed_text(form.value)
    if isinstance(form, Applied):
        arguments = ", ".join(_text(argument, inside=False) for argument in (form.of, *form.arguments))
        return f"${form.function}({arguments})"
    if isinstance(form, Joined):
        text = " & ".join(_text(part, inside=True) for part in form.parts)
    else:
        text = f"{_tests_text(form)} ? {_text(form.then, inside=True)}"
        text += "" if form.otherwise is None else f" : {_otherwise_text(form.otherwise)}"
    return f"({text})" if inside else text


def _otherwise_text(form: Form) -> str:
    """`else if` chains read without brackets."""
    return _text(form, inside=not isinstance(form, If))


def _tests_text(form: If) -> str:
    return (" and " if form.every else " or ").join(_test_text(test) for test in form.tests)


def _test_text(test: Comparison) -> str:
    right = "" if test.right is None else _text(test.right, inside=True)
    return comparison_text(test.operator, _text(test.left, inside=True), right)


def _fixed_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _checked_path(path: str) -> str:
    tree, errors = parse(path)
    try:
        if errors or not isinstance(tree, Path | Variable):
            raise _NoFormError
        _path_text(tree)
    except _NoFormError:
        raise UsageError(
            f"{path!r} is not the path of a field: write names joined by points, such as a.b[0].c"
        ) from None
    return path


# ---------------------------------------------------------------- forms as JSON and in words


def form_data(form: Form) -> dict[str, Any]:
    """The form as JSON: `kind` and the fields of its class."""
    if isinstance(form, Field):
        return {"kind": "field", "path": form.path}
    if isinstance(form, Fixed):
        return {"kind": "fixed", "value": form.value}
    if isinstance(form, Joined):
        return {"kind": "joined", "parts": [form_data(part) for part in form.parts]}
    if isinstance(form, Applied):
        arguments = [form_data(argument) for argument in form.arguments]
        return {"kind": "applied", "of": form_data(form.of), "function": form.function, "arguments": arguments}
    if isinstance(form, If):
        return {
            "kind": "if",
            "tests": [_test_data(test) for test in form.tests],
            "every": form.every,
            "then": form_data(form.then),
            "otherwise": None if form.otherwise is None else form_data(form.otherwise),
        }
    return {"kind": "code", "text": form.text}


def _test_data(test: Comparison) -> dict[str, Any]:
    right = None if test.right is None else form_data(test.right)
    return {"left": form_data(test.left), "operator": test.operator, "right": right}


def form_from(data: Any) -> Form:
    """A form from its JSON. Raises UsageError for anything that `form_data` does not write."""
    try:
        return _form_from(data)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"this is not the form of a rule ({type(error).__name__}: {error})") from None


def _form_from(data: Any) -> Form:
    kind = data["kind"]
    if kind == "field":
        return Field(path=_checked_path(str(data["path"])))
    if kind == "fixed":
        return Fixed(value=data["value"])
    if kind == "joined" and len(data["parts"]) > 1:
        return Joined(parts=tuple(_form_from(part) for part in data["parts"]))
    if kind == "applied" and data["function"] in FUNCTIONS:
        arguments = tuple(_form_from(argument) for argument in data.get("arguments", ()))
        return Applied(of=_form_from(data["of"]), function=data["function"], arguments=arguments)
    if kind == "if" and data["tests"]:
        otherwise = data.get("otherwise")
        return If(
            tests=tuple(_test_from(test) for test in data["tests"]),
            every=bool(data.get("every", True)),
            then=_form_from(data["then"]),
            otherwise=None if otherwise is None else _form_from(otherwise),
        )
    if kind == "code":
        return Code(text=str(data["text"]))
    raise UsageError(f"this is not the form of a rule: {shown(data)}")


def _test_from(data: Any) -> Comparison:
    operator = data["operator"]
    right = None if operator in ONE_SIDED else _form_from(data["right"])
    if operator not in OPERATORS:
        raise UsageError(f"{operator!r} is not a comparison; there are {', '.join(OPERATORS)}")
    return Comparison(left=_form_from(data["left"]), operator=operator, right=right)


def form_words(form: Form | None) -> str:
    """The form as a sentence: `if tax_class is "GST" then "standard", otherwise "zero-rate"`."""
    if form is None:
        return "nothing"
    if isinstance(form, Field):
        return form.path
    if isinstance(form, Fixed):
        return shown(form.value)
    if isinstance(form, Joined):
        return " then ".join(form_words(part) for part in form.parts)
    if isinstance(form, Applied):
        given = ", ".join(form_words(argument) for argument in form.arguments)
        return f"{form_words(form.of)}, {form.function}" + (f" ({given})" if given else "")
    if isinstance(form, If):
        tests = (" and " if form.every else " or ").join(_test_words(test) for test in form.tests)
        return f"if {tests} then {form_words(form.then)}, otherwise {form_words(form.otherwise)}"
    return form.text


def _test_words(test: Comparison) -> str:
    right = "" if test.right is None else f" {form_words(test.right)}"
    return f"{form_words(test.left)} {OPERATORS[test.operator]}{right}"
