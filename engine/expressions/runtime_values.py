"""What compiled operators, transforms and $eval call, and the names the generated program sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from engine.errors import ExpressionError
from engine.expressions import numbers
from engine.expressions.limits import CHARACTERS, Budget, check_entries, spend
from engine.expressions.messages import Place, fault
from engine.expressions.text import to_text
from engine.expressions.values import (
    NUMBERS,
    UNDEFINED,
    Constructed,
    FunctionValue,
    deep_equal,
    plain,
    sequence,
)

ONCE: Final = (None,)
MOST: Final = CHARACTERS
EXACT: Final = 10**15  # ints below this print as their digits
_INTEGERS: Final = frozenset((int,))
_FLOATS: Final = frozenset((int, float))


def too_long() -> NoReturn:
    raise fault("L1001", value=MOST)


def too_deep() -> NoReturn:
    raise fault("D1011")


def equal(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and deep_equal(left, right)


def unequal(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and not deep_equal(left, right)


def contained(value: Any, values: Any) -> bool:
    """`value in values`: scalars by value, lists and objects only by being the same one."""
    if value is UNDEFINED or values is UNDEFINED:
        return False
    if not isinstance(values, list):
        values = (values,)
    if isinstance(value, list | dict):
        return any(one is value for one in values)
    if value.__class__ is str:
        return value in values
    return any(deep_equal(value, one) for one in values)


def all_numbers(values: list[Any]) -> bool:
    return NUMBERS.issuperset(map(type, values))


def summed(values: list[Any]) -> Any:
    """The sum of ints and floats; None for anything else, which goes the long way."""
    kinds = set(map(type, values))
    if kinds == _INTEGERS:
        return sum(values)
    return numbers.total(values) if kinds and kinds <= _FLOATS else None


def least(values: list[Any]) -> Any:
    """The same for the smallest."""
    return min(values) if values and _FLOATS.issuperset(map(type, values)) else None


def most(values: list[Any]) -> Any:
    """The same for the largest."""
    return max(values) if values and _FLOATS.issuperset(map(type, values)) else None


def rounded_times(factor: float, digits: int) -> Callable[[Any], Any]:
    """$round(left * factor, digits) in one go, for a factor that is written in the expression."""
    scale = 10**digits

    def rounded(left: Any) -> Any:
        if left.__class__ is float:
            product = left * factor
            shifted = product * scale
            if -5e11 < shifted < 5e11:
                nearest = round(shifted)
                if not -0.4999 < shifted - nearest < 0.4999:
                    nearest = numbers.nearest_to(product, scale)
                result = nearest / scale
                return int(result) if result.is_integer() else result
        return numbers.round_half_even(numbers.multiply(left, factor), digits)

    return rounded


def all_texts(values: list[Any]) -> bool:
    return all(value.__class__ is str for value in values)


def extend(values: list[Any], more: list[Any], budget: Budget) -> None:
    """Append a list to one that is being written."""
    spend(budget, len(more))
    check_entries(len(values) + len(more), budget[2].entries)
    values += more


def span(first: Any, last: Any, budget: Budget) -> Any:
    """`first..last`, checked before anything is allocated. Raises T2003, T2004, D2014."""
    first, last = _whole(first, "T2003"), _whole(last, "T2004")
    if first is UNDEFINED or last is UNDEFINED or first > last:
        return UNDEFINED
    count = last - first + 1
    if count > 10_000_000 or count > budget[2].entries:
        raise fault("D2014", value=count)
    spend(budget, count)
    return sequence(list(range(first, last + 1)))


def _whole(number: Any, code: str) -> Any:
    kind = number.__class__
    if kind is int or number is UNDEFINED:
        return number
    if kind in NUMBERS and number % 1 == 0:
        return int(number)
    raise fault(code, token="..", value=number)


def charge(value: Any, budget: Budget) -> None:
    """Pay for a result that may be far larger than what it was made of."""
    if value.__class__ is str:
        spend(budget, len(value) // 64)
    elif isinstance(value, list):
        spend(budget, len(value))


def quotient_for_text(left: Any, right: Any) -> Any:
    """left / right. Raises D3001 where the quotient is not finite."""
    try:
        return numbers.divide(left, right)
    except ExpressionError as error:
        raise fault("D3001") if error.code == "D1001" else error from None


def text_of(value: Any, budget: Budget) -> Any:
    """$string without options."""
    if value is UNDEFINED:
        return value
    text = to_text(value)
    spend(budget, len(text) // 64)
    return text


def marked(values: list[Any]) -> Any:
    """Exactly these entries as the value of a path so far: a single list is marked, so that it is not opened."""
    if len(values) == 1:
        only = values[0]
        return Constructed(only) if only.__class__ is list else only
    return values if values else UNDEFINED


def constructed_entries(value: Any) -> Any:
    """A path that begins with a filtered array constructor goes over a list; of a text, over its characters."""
    if isinstance(value, list):
        return value
    return list(value) if value.__class__ is str else UNDEFINED


def transformer(
    pattern: Callable[[Any], Any],
    update: Callable[[Any], Any],
    deletion: Callable[[Any], Any] | None,
    clone: Any,
    update_at: Place,
    deletion_at: Place,
) -> FunctionValue:
    """The function of `|pattern|update, deletion|`."""

    def transform(value: Any = UNDEFINED, *_: Any) -> Any:
        if value is UNDEFINED:
            return UNDEFINED
        if value.__class__ is not dict and not isinstance(value, list):
            raise fault("T0410", token="transform", value=value, index=1)
        copy = plain(value) if clone is None else _cloned(clone, value)
        matches = pattern(copy)
        for match in matches if isinstance(matches, list) else () if matches is UNDEFINED else (matches,):
            _update(match, update(match), update_at)
            if deletion is not None:
                _delete(match, deletion(match), deletion_at)
        return copy

    return FunctionValue(transform, 1, name="transform")


def _cloned(clone: Any, value: Any) -> Any:
    if not isinstance(clone, FunctionValue):
        raise fault("T2013")
    return clone.call(value)


def _update(match: Any, update: Any, at: Place) -> None:
    if update is UNDEFINED:
        return
    if update.__class__ is not dict:
        raise fault("T2011", at, value=update)
    if match.__class__ is dict:
        match.update(update)


def _delete(match: Any, deletions: Any, at: Place) -> None:
    if deletions is UNDEFINED:
        return
    names = deletions if isinstance(deletions, list) else [deletions]
    if not all_texts(names):
        raise fault("T2012", at, value=deletions)
    if match.__class__ is dict:
        for name in names:
            match.pop(name, None)
