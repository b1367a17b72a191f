"""The values expressions work on: JSON as Python objects, plus what JSON has no word for.

    JSON null, true, "x", 1, 1.5     None, True, "x", int, float; decimal.Decimal where the caller decoded exactly
    JSON object                      dict with string keys
    JSON array                       list
    nothing there                    UNDEFINED (never None: null is a value)
    functions and regular expressions  FunctionValue

A *sequence* is JSONata's name for the result of a step. It differs from an array only while it holds fewer than two
values: a sequence of one collapses to that value and an empty one to UNDEFINED, an array `[x]` stays. So sequences of
two or more are plain lists, and only the short ones need a class of their own:

    Sequence     a result that its caller still has to collapse (`collapse`); functions return these
    Kept         a sequence of one that must stay a list, because the expression says `[]`
    Constructed  an array written as `[…]` in a path step: later steps do not flatten it

All three are lists; test `isinstance(value, list)` where any list will do and `value.__class__ is list` on fast paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, final


@final
class Undefined:
    """The class of UNDEFINED: the one value that means "there is nothing here"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> Undefined:
        return self

    def __deepcopy__(self, memo: object) -> Undefined:
        return self

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


class Sequence(list[Any]):
    """A result of a step or function that its caller still has to collapse."""

    __slots__ = ()


class Kept(Sequence):
    """A sequence that does not collapse, because the expression says `[]`."""

    __slots__ = ()


class Constructed(list[Any]):
    """An array constructor's value inside a path: one value, never flattened into the values around it."""

    __slots__ = ()


class FunctionValue:
    """A function as a value: a lambda, a built-in, a partial application or a regular expression.

    `call(*arguments)` takes evaluated values; missing ones are UNDEFINED, surplus ones are ignored. It may return a
    Sequence. `arity` is the number of parameters (JSONata passes only so many to a callback). `contextual` is the same
    for a signature that takes the context value (`-`): it wants the context as its first argument.
    """

    __slots__ = ("arity", "call", "contextual", "name", "signature")

    def __init__(
        self,
        call: Callable[..., Any],
        arity: int,
        *,
        name: str = "",
        signature: object = None,
        contextual: Callable[..., Any] | None = None,
    ) -> None:
        self.call = call
        self.arity = arity
        self.name = name
        self.signature = signature
        self.contextual = contextual

    def __repr__(self) -> str:
        return f"<function {self.name or 'lambda'}/{self.arity}>"


MOST_VISITED: Final = 600_000  # values a comparison, a cast or a copy looks at; beyond that RecursionError
NUMBERS: Final = frozenset((int, float, Decimal))  # bool is left out: its class is bool


def sequence(values: list[Any]) -> list[Any]:
    """Mark a fresh list as a sequence (needed only while it has fewer than two values)."""
    return values if len(values) > 1 else Sequence(values)


def collapse(value: Any) -> Any:
    """What a function returned → the value an expression sees: a short sequence becomes its value or UNDEFINED."""
    if value.__class__ is Sequence:
        return value if len(value) > 1 else value[0] if value else UNDEFINED
    return value


def collapsed(values: list[Any]) -> Any:
    """A fresh list of results → the value an expression sees."""
    return values if len(values) > 1 else values[0] if values else UNDEFINED


def listed(value: Any) -> list[Any]:
    """The values of a list; a single value as a list of one; UNDEFINED as an empty list."""
    return value if isinstance(value, list) else [] if value is UNDEFINED else [value]


def type_name(value: Any) -> str:
    """JSONata's word for the type: null, boolean, number, string, array, object, function; "undefined"."""
    kind = value.__class__
    if kind is str:
        return "string"
    if kind in NUMBERS:
        return "number"
    if kind is bool:
        return "boolean"
    if value is None:
        return "null"
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, list):
        return "array"
    return "function" if isinstance(value, FunctionValue) else "object"


def truthy(value: Any) -> bool:
    """JSONata's cast to boolean; UNDEFINED, null and functions are false, a list is true if one of its values is."""
    kind = value.__class__
    if kind is bool:
        return bool(value)
    if kind is str or kind in NUMBERS or kind is dict:
        return bool(value)
    return isinstance(value, list) and any(map(truthy, value) if len(value) < 2 else _truths(value))


def _truths(values: list[Any]) -> Iterator[bool]:
    """Whether each scalar and object in lists inside lists is true."""
    waiting, visited = [values], 0
    while waiting:
        for value in waiting.pop():
            visited += 1
            if visited > MOST_VISITED:
                raise RecursionError
            if isinstance(value, list):
                waiting.append(value)
            else:
                yield truthy(value)


def same_number(left: Any, right: Any) -> bool:
    """Numeric equality; a float beside a Decimal counts as the decimal it prints as (0.1 = 0.1)."""
    if left.__class__ is float and right.__class__ is Decimal:
        return bool(Decimal(repr(left)) == right)
    if left.__class__ is Decimal and right.__class__ is float:
        return bool(left == Decimal(repr(right)))
    return bool(left == right)


def deep_equal(left: Any, right: Any) -> bool:
    """JSONata's `=` on two values that are not UNDEFINED: by content, without conversion between types."""
    kind, other = left.__class__, right.__class__
    if kind is other and (kind is str or kind is int or kind is float):
        return bool(left == right)
    if kind in NUMBERS:
        return other in NUMBERS and same_number(left, right)
    if kind is dict or isinstance(left, list):
        return _same_content(left, right)
    return left is right


def _same_content(left: Any, right: Any) -> bool:
    waiting, visited = [(left, right)], 0
    while waiting:
        first, second = waiting.pop()
        visited += 1
        if visited > MOST_VISITED:
            raise RecursionError
        if first is second:
            continue
        if isinstance(first, list):
            if not isinstance(second, list) or len(first) != len(second):
                return False
            waiting.extend(zip(first, second, strict=True))
        elif first.__class__ is dict:
            if second.__class__ is not dict or first.keys() != second.keys():
                return False
            waiting.extend((entry, second[key]) for key, entry in first.items())
        elif not deep_equal(first, second):
            return False
    return True


def plain(value: Any) -> Any:
    """A result as plain JSON values: lists of every kind become list, functions inside containers become "" as in
    JSONata's own serialisation. The original is not changed. Raises RecursionError for one that is far too large."""
    return _plain(value, [MOST_VISITED])


def _plain(value: Any, left: list[int]) -> Any:
    if value.__class__ is dict:
        left[0] -= len(value)
        if left[0] < 0:
            raise RecursionError
        return {key: _plain_entry(entry, left) for key, entry in value.items()}
    if isinstance(value, list):
        left[0] -= len(value)
        if left[0] < 0:
            raise RecursionError
        return [_plain_entry(entry, left) for entry in value]
    return value


def _plain_entry(value: Any, left: list[int]) -> Any:
    kind = value.__class__
    if kind is dict or isinstance(value, list):
        return _plain(value, left)
    return "" if isinstance(value, FunctionValue) else value
