"""All functions a variable can name without being assigned: the library's and those that call other functions."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.higher_order import HIGHER_ORDER
from engine.expressions.messages import Place, fault
from engine.expressions.signature import Signature
from engine.expressions.values import FunctionValue


def _evaluate(*_: Any) -> Any:
    raise fault("T1006")  # $eval needs to be called by its name: it works on the scope of its call


EVAL: Final = function(
    "higher-order",
    "eval",
    "<sx?:x>",
    _evaluate,
    "text, context?",
    "The value of a text that is itself an expression.",
    ('$eval("1 + 2")', 3),
    pure=False,
)
BUILTINS: Final[dict[str, Function]] = FUNCTIONS | {one.name: one for one in (*HIGHER_ORDER, EVAL)}
_ARITY: Final = {"string": 1, "zip": 0}  # JSONata passes these fewer arguments than their signatures allow


@cache
def signature_of(name: str) -> Signature:
    return Signature(BUILTINS[name].signature)


def checked(called: Function, context: Any, *arguments: Any, at: Place | None = None) -> Any:
    """Call a built-in with arguments that have still to be checked against its signature."""
    fitting = signature_of(called.name).arguments(arguments, context, called.name, at)
    return called.implementation(*fitting)


def checked_at_time(called: Function, now: Any, context: Any, *arguments: Any) -> Any:
    """The same for a function that takes the evaluation's time first."""
    fitting = signature_of(called.name).arguments(arguments, context, called.name, None)
    return called.implementation(now, *fitting)


@cache
def _function_value(name: str) -> FunctionValue:
    called = BUILTINS[name]
    arity = _ARITY.get(name, len(signature_of(name).parameters))
    return FunctionValue(
        lambda *arguments: checked(called, None, *arguments),
        arity,
        name=name,
        signature=signature_of(name),
        contextual=lambda context, *arguments: checked(called, context, *arguments),
    )


def function_value(called: Function) -> FunctionValue:
    """A built-in as a value. There is one for each name, so that it equals itself."""
    return _function_value(called.name)


def at_time(called: Function, now: Any) -> FunctionValue:
    """A built-in that depends on the clock, as a value."""
    return FunctionValue(
        lambda *arguments: checked_at_time(called, now, None, *arguments),
        len(signature_of(called.name).parameters),
        name=called.name,
    )
