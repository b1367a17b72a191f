"""The Build tab: an expression as a source and a chain of functions, filled in without writing code.

The form has no state of its own: names of its boxes say where their values go, the expression is written anew from all
of them, and what a box cannot show stays code in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import UsageError
from engine.expressions.functions.function import Function
from engine.expressions.functions.registry import FUNCTIONS
from engine.mapping.comparisons import ONE_SIDED, OPERATORS
from engine.mapping.visual import (
    Applied,
    Code,
    Comparison,
    Field,
    Fixed,
    Form,
    If,
    Joined,
    read_form,
    write_form,
)

_PARAMETER: Final = re.compile(r"(\([a-z]+\)|[a-z])(?:<[^>]*>)?")  # of JSONata's signatures: <s-nn?:s>
KINDS: Final = {"field": "field", "text": "text", "value": "number, yes/no", "code": "code"}


@dataclass(frozen=True, kw_only=True)
class Operand:
    """One box with what kind of thing is in it."""

    name: str  # of the box; the kind's select is `<name>.as`
    kind: str  # a key of KINDS
    text: str
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class FunctionStep:
    at: int
    function: Function
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, kw_only=True)
class Test:
    at: int
    left: Operand
    operator: str
    right: Operand  # hidden where the operator looks at one value


@dataclass(frozen=True, kw_only=True)
class Build:
    """The whole tab. Exactly one of `source`, `parts` and `tests` is filled."""

    source: Operand | None = None
    parts: tuple[Operand, ...] = ()
    tests: tuple[Test, ...] = ()
    every: bool = True
    then: Operand | None = None
    otherwise: Operand | None = None
    functions: tuple[FunctionStep, ...] = ()

    @property
    def is_code(self) -> bool:
        """The expression cannot be drawn: it is one box of code."""
        return self.source is not None and self.source.kind == "code"


def build_of(expression: str) -> Build:
    form = read_form(expression) if expression.strip() else Field(path="")
    chain: list[Applied] = []
    while isinstance(form, Applied) and form.function in FUNCTIONS:
        chain.append(form)
        form = form.of
    functions = tuple(_function(at, step) for at, step in enumerate(reversed(chain)))
    if isinstance(form, Joined):
        parts = tuple(_operand(f"part.{at}", part, f"part {at + 1}") for at, part in enumerate(form.parts))
        return Build(parts=parts, functions=functions)
    if isinstance(form, If):
        return Build(
            tests=tuple(_test(at, test) for at, test in enumerate(form.tests)),
            every=form.every,
            then=_operand("then", form.then, "then"),
            otherwise=_operand("otherwise", form.otherwise or Code(text=""), "otherwise"),
            functions=functions,
        )
    return Build(source=_operand("source", form, "value"), functions=functions)


def expression_of(sent: Mapping[str, str]) -> str:
    """The expression the boxes say, after the button that was pressed did its work. Raises UsageError."""
    form = _base(sent)
    removed = sent.get("do", "")
    for at in range(_length(sent, "fn")):
        if removed == f"remove_function.{at}":
            continue
        name = sent[f"fn.{at}"]
        count = _length(sent, f"fn.{at}.arg")
        form = Applied(
            of=form, function=name, arguments=_trimmed([_form(sent, f"fn.{at}.arg.{n}") for n in range(count)])
        )
    if sent.get("do") == "add_function" and (new := sent.get("new_function", "")) in FUNCTIONS:
        form = Applied(of=form, function=new)
    return write_form(form)


def _base(sent: Mapping[str, str]) -> Form:
    do = sent.get("do", "")
    if "part.0" in sent:
        parts = [_form(sent, f"part.{at}") for at in range(_length(sent, "part")) if do != f"remove_part.{at}"]
        parts += [Fixed(value=" ")] if do == "add_part" else []
        return Joined(parts=tuple(parts)) if len(parts) > 1 else parts[0]
    if "test.0.left" in sent:
        count = _length(sent, "test", ".left")
        tests = [_comparison(sent, at) for at in range(count) if do != f"remove_test.{at}"]
        tests += [Comparison(left=tests[-1].left, operator="filled")] if do == "add_test" and tests else []
        then = _form(sent, "then")
        otherwise = _form(sent, "otherwise") if sent.get("otherwise", "").strip() else None
        if not tests:
            return then
        return If(tests=tuple(tests), every=sent.get("every") != "any", then=then, otherwise=otherwise)
    source = _form(sent, "source")
    if do == "make_if":
        return If(tests=(Comparison(left=source, operator="filled"),), then=source, otherwise=Fixed(value=""))
    if do == "make_joined":
        return Joined(parts=(source, Fixed(value=" ")))
    return source


def _comparison(sent: Mapping[str, str], at: int) -> Comparison:
    operator = sent.get(f"test.{at}.operator", "filled")
    if operator not in OPERATORS:
        raise UsageError(f"{operator!r} is not a comparison")
    left = _form(sent, f"test.{at}.left")
    if operator in ONE_SIDED:
        return Comparison(left=left, operator=operator)
    right = _form(sent, f"test.{at}.right") if f"test.{at}.right" in sent else Fixed(value="")
    return Comparison(left=left, operator=operator, right=right)


def _form(sent: Mapping[str, str], name: str) -> Form:
    text, kind = sent.get(name, ""), sent.get(f"{name}.as", "field")
    if kind == "text":
        return Fixed(value=text)
    if not text.strip():
        raise UsageError("A box is empty: name a field, or choose text for an empty text.")
    if kind == "code":
        return Code(text=text)
    if kind == "value":
        try:
            return Fixed(value=json.loads({"yes": "true", "no": "false"}.get(text.strip().lower(), text)))
        except ValueError:
            raise UsageError(f"{text!r} is not a number, yes, no or null; choose text for words.") from None
    return Field(path=text.strip())


def _function(at: int, step: Applied) -> FunctionStep:
    function = FUNCTIONS[step.function]
    names = [name.strip() for name in function.arguments.split(",")][1:]
    arguments = [
        _operand(f"fn.{at}.arg.{n}", argument, names[n] if n < len(names) else f"argument {n + 1}")
        for n, argument in enumerate(step.arguments)
    ]
    # Boxes for what may still be said; left empty they are not sent on.
    types = _PARAMETER.findall(function.signature.partition(":")[0])[1:]
    for n in range(len(arguments), len(names)):
        kind = "value" if n < len(types) and types[n] in ("n", "b") else "text"
        arguments.append(Operand(name=f"fn.{at}.arg.{n}", kind=kind, text="", label=names[n]))
    return FunctionStep(at=at, function=function, arguments=tuple(arguments))


def _argument(sent: Mapping[str, str], name: str) -> Form:
    return _form(sent, name) if sent.get(name, "").strip() else Fixed(value=sent.get(name, ""))


def _trimmed(arguments: list[Form]) -> tuple[Form, ...]:
    """Without the empty boxes at the end: optional parameters that are not said."""
    while arguments and arguments[-1] == Fixed(value=""):
        arguments.pop()
    return tuple(arguments)


def _test(at: int, test: Comparison) -> Test:
    right = _operand(f"test.{at}.right", test.right or Fixed(value=""), "compared with")
    left = _operand(f"test.{at}.left", test.left, "condition on")
    return Test(at=at, left=left, operator=test.operator, right=right)


def _operand(name: str, form: Form, label: str) -> Operand:
    if isinstance(form, Field):
        return Operand(name=name, kind="field", text=form.path, label=label)
    if isinstance(form, Fixed):
        if isinstance(form.value, str):
            return Operand(name=name, kind="text", text=form.value, label=label)
        return Operand(
            name=name, kind="value", text=json.dumps(form.value, ensure_ascii=False, default=str), label=label
        )
    return Operand(name=name, kind="code", text=write_form(form), label=label)


def _length(sent: Mapping[str, str], prefix: str, suffix: str = "") -> int:
    at = 0
    while f"{prefix}.{at}{suffix}" in sent:
        at += 1
    return at


def functions_by_category() -> dict[str, tuple[Function, ...]]:
    """The palette: every function by category, in the registry's order."""
    grouped: dict[str, list[Function]] = {}
    for function in FUNCTIONS.values():
        grouped.setdefault(function.category, []).append(function)
    return {category: tuple(found) for category, found in grouped.items()}
