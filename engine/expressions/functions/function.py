"""What a built-in function is, for the compiler, for the editor's completion and for the documentation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.expressions.values import UNDEFINED


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One call and what it gives; a test runs them all."""

    expression: str  # complete, e.g. '$pad("7", -3, "0")'
    result: Any  # the value it must give; UNDEFINED for nothing
    data: Any = UNDEFINED  # the input, where the expression reads one


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """A built-in function.

    `implementation` takes evaluated values that fit the signature, UNDEFINED for each one missing, and may return a
    Sequence. It raises ExpressionError with JSONata's code, without a position: the caller knows that.
    """

    name: str  # without the $
    signature: str  # JSONata's notation, e.g. "<s-nn?:s>"
    implementation: Callable[..., Any]
    category: str  # text, numbers, lists, objects, dates, encoding, logic, money, units, codes
    doc: str  # one or two sentences for people who write expressions
    examples: tuple[Example, ...] = ()
    arguments: str = ""  # their names, e.g. "text, start, length?"
    pure: bool = True  # the same arguments give the same result: calls may be shared and hoisted
    inline: str = ""  # Python for the call where every argument is there and fits, "{0}.upper()"
    grows: bool = False  # the result can be far larger than the arguments: the caller pays steps for its length
    clock: bool = False  # takes the evaluation's time (milliseconds since 1970, UTC) as its first argument
    extension: bool = False  # ours, not JSONata's


def function(
    category: str,
    name: str,
    signature: str,
    implementation: Callable[..., Any],
    arguments: str,
    doc: str,
    *examples: tuple[Any, ...],
    inline: str = "",
    **flags: bool,
) -> Function:
    """A Function from one row of a table; each example is (expression, result) or (expression, result, data)."""
    return Function(
        name=name,
        signature=signature,
        implementation=implementation,
        category=category,
        arguments=arguments,
        doc=doc,
        examples=tuple(Example(expression=row[0], result=row[1], data=(*row, UNDEFINED)[2]) for row in examples),
        inline=inline,
        **flags,
    )
