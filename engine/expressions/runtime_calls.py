"""What compiled code calls to call functions, and how tail calls and partial applications work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from engine.expressions.messages import Place, fault
from engine.expressions.signature import Signature
from engine.expressions.values import UNDEFINED, FunctionValue, collapse


class Tail:
    """A call that a function leaves to its caller, so that tail recursion needs no stack."""

    __slots__ = ("arguments", "function")

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.function = function
        self.arguments = arguments


class Closure(FunctionValue):
    """A lambda as a value. `raw` may return a Tail."""

    __slots__ = ("raw",)

    raw: Callable[..., Any]


def bounce(value: Any) -> Any:
    """Make the calls that were left over until there is a value."""
    while value.__class__ is Tail:
        value = value.function(*value.arguments)
    return value


def closure(raw: Callable[..., Any], arity: int) -> Closure:
    """A lambda as a value."""

    def call(*arguments: Any) -> Any:
        value = raw(*arguments)
        return bounce(value) if value.__class__ is Tail else value

    made = Closure(call, arity)
    made.raw = raw
    return made


def signed(raw: Callable[..., Any], arity: int, signature: Signature) -> Closure:
    """A lambda with a signature as a value."""

    def contextual_raw(context: Any, *arguments: Any) -> Any:
        return raw(*signature.arguments(arguments, context, "lambda", None))

    def contextual(context: Any, *arguments: Any) -> Any:
        return bounce(contextual_raw(context, *arguments))

    made = Closure(lambda *arguments: contextual(None, *arguments), arity, signature=signature, contextual=contextual)
    made.raw = lambda *arguments: contextual_raw(None, *arguments)
    return made


def call(function: Any, context: Any, *arguments: Any) -> Any:
    """Call whatever this is. Raises T1006 if it is not a function."""
    if not isinstance(function, FunctionValue):
        raise fault("T1006")
    if function.contextual is not None:
        return function.contextual(context, *arguments)
    return function.call(*arguments)


def call_named(function: Any, name: str, context: Any, *arguments: Any) -> Any:
    """The same for `name(…)` where `$name(…)` was probably meant: T1005."""
    if not isinstance(function, FunctionValue):
        raise fault("T1005", token=name)
    return call(function, context, *arguments)


def unknown(name: str) -> NoReturn:
    """A call of a variable that nothing defines."""
    raise fault("T1006", token=f"${name}")


def tail(function: Any, context: Any, arguments: tuple[Any, ...]) -> Any:
    """A call in tail position."""
    if function.__class__ is Closure and function.contextual is None:
        return Tail(function.raw, arguments)
    return Tail(call, (function, context, *arguments))


def partially(function: Any, name: str, given: tuple[Any, ...], open_places: tuple[int, ...]) -> FunctionValue:
    """`$f(1, ?)`: a function of the open places. Raises T1007 (with a name to suggest), T1008."""
    if not isinstance(function, FunctionValue):
        raise fault("T1007", token=name) if name else fault("T1008")

    def call_rest(*arguments: Any) -> Any:
        filled = list(given)
        for number, place in enumerate(open_places):
            filled[place] = arguments[number] if number < len(arguments) else UNDEFINED
        return function.call(*filled)

    return FunctionValue(call_rest, sum(place < max(function.arity, len(given)) for place in open_places))


def apply(left: Any, function: Any, at: Place | None = None) -> Any:
    """`left ~> function`: a call, or the two functions in a row. Raises T2006."""
    if not isinstance(function, FunctionValue):
        raise fault("T2006", at, value=function)
    if isinstance(left, FunctionValue):
        return FunctionValue(lambda *arguments: function.call(collapse(left.call(*arguments[:1]))), 1)
    return function.call(left)
