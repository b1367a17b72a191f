"""Functions that call other functions, as they run where the compiler does not write them in place."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.messages import fault
from engine.expressions.values import NUMBERS, UNDEFINED, Sequence, collapse, truthy


def _caller(called: Any) -> Callable[[Any, Any, Any], Any]:
    """Calls with as many of value, position and whole as the function has parameters. Raises T0410 for no function."""
    if called is UNDEFINED:
        raise fault("T0410", token="sift", index=2)  # all others ask their signature
    call: Callable[..., Any] = called.call
    arity = called.arity
    if arity >= 3:
        return call
    if arity == 2:
        return lambda value, position, _: call(value, position)
    return lambda value, position, _: call(value)


def map_values(values: Any, called: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    call, result = _caller(called), Sequence()
    for position, value in enumerate(values):
        made = call(value, position, values)
        if made is not UNDEFINED:
            result.append(made)
    return result


def filter_values(values: Any, called: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    call = _caller(called)
    return Sequence(value for position, value in enumerate(values) if truthy(call(value, position, values)))


def single(values: Any, called: Any = UNDEFINED) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    call = (lambda *_: True) if called is UNDEFINED else _caller(called)
    found = UNDEFINED
    for position, value in enumerate(values):
        if truthy(call(value, position, values)):
            if found is not UNDEFINED:
                raise fault("D3138")
            found = value
    if found is UNDEFINED:
        raise fault("D3139")
    return found


def reduce_values(values: Any, called: Any, first: Any = UNDEFINED) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    if called.arity < 2:
        raise fault("D3050")
    start = 0
    if first is UNDEFINED and values:
        first, start = values[0], 1
    result = first
    for position in range(start, len(values)):
        extra = (position, values)[: max(0, called.arity - 2)]
        result = collapse(called.call(result, values[position], *extra))
    return result


def each(entries: Any, called: Any) -> Any:
    if entries is UNDEFINED:
        return Sequence()
    call, result = _caller(called), Sequence()
    for key, value in entries.items():
        made = call(value, key, entries)
        if made is not UNDEFINED:
            result.append(made)
    return result


def sift(entries: Any, called: Any = UNDEFINED) -> Any:
    if entries is UNDEFINED:
        return UNDEFINED
    call = _caller(called)
    kept = {key: value for key, value in entries.items() if truthy(call(value, key, entries))}
    return kept or UNDEFINED


def sort(values: Any, called: Any = UNDEFINED) -> Any:
    if values is UNDEFINED or len(values) < 2:
        return values
    if called is not UNDEFINED:
        return _merge_sorted(values, called.call)
    if not all(value.__class__ in NUMBERS for value in values) and not all(value.__class__ is str for value in values):
        raise fault("D3070")
    return sorted(values)


def _merge_sorted(values: list[Any], swap: Callable[[Any, Any], Any]) -> list[Any]:
    """Stable, and asks `swap(left, right)` in the order JSONata does: contradictory answers give the same result."""
    if len(values) < 2:
        return values
    middle = len(values) // 2
    left, right = _merge_sorted(values[:middle], swap), _merge_sorted(values[middle:], swap)
    merged: list[Any] = []
    first = second = 0
    while first < len(left) and second < len(right):
        if truthy(swap(left[first], right[second])):
            merged.append(right[second])
            second += 1
        else:
            merged.append(left[first])
            first += 1
    return merged + left[first:] + right[second:]


_higher = partial(function, "higher-order")

HIGHER_ORDER: Final[tuple[Function, ...]] = (
    _higher(
        "map",
        "<af>",
        map_values,
        "list, function",
        "What the function gives for each value; it may take value, position and the whole list.",
        ("$map([1, 2], function($n) { $n * 10 })", [10, 20]),
        pure=False,
    ),
    _higher(
        "filter",
        "<af>",
        filter_values,
        "list, function",
        "The values for which the function says true.",
        ("$filter([1, 5, 9], function($n) { $n > 3 })", [5, 9]),
        pure=False,
    ),
    _higher(
        "single",
        "<af?>",
        single,
        "list, function?",
        "The one value for which the function says true; an error if there is none or more than one.",
        ("$single([1, 5, 9], function($n) { $n > 8 })", 9),
        pure=False,
    ),
    _higher(
        "reduce",
        "<afj?:j>",
        reduce_values,
        "list, function, first?",
        "One value out of a list: the function takes the result so far and the next value.",
        ("$reduce([1, 2, 3], function($a, $b) { $a + $b })", 6),
        pure=False,
    ),
    _higher(
        "each",
        "<o-f:a>",
        each,
        "object?, function",
        "What the function gives for each value and name of an object.",
        ('$each({"S": 3, "M": 5}, function($stock, $size) { $size & ": " & $stock })', ["S: 3", "M: 5"]),
        pure=False,
    ),
    _higher(
        "sift",
        "<o-f?:o>",
        sift,
        "object?, function",
        "The part of an object for whose values and names the function says true.",
        ('$sift({"S": 0, "M": 5}, function($stock) { $stock > 0 })', {"M": 5}),
        pure=False,
    ),
    _higher(
        "sort",
        "<af?:a>",
        sort,
        "list, function?",
        "The list in order; the function says whether its first argument belongs behind its second.",
        ("$sort([3, 1, 2])", [1, 2, 3]),
        ("$sort([3, 1, 2], function($a, $b) { $a < $b })", [3, 2, 1]),
        pure=False,
    ),
)
