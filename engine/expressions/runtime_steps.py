"""What compiled paths call where `dict.get` does not do: fields of lists, results put together, filters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from engine.expressions.limits import Budget, refill, spend
from engine.expressions.values import (
    NUMBERS,
    UNDEFINED,
    Constructed,
    Kept,
    Sequence,
    collapsed,
    truthy,
)

UNBOUND: Final = object()  # a variable that has no value yet, not even UNDEFINED
EMPTY: Final = Sequence()  # what a filter gives for a value without a match; nobody changes it
LISTS: Final = frozenset((list, Sequence, Kept, Constructed))
_NO_FIELDS: Final[dict[str, Any]] = {}


def entries(value: Any) -> Iterable[Any]:
    """The values that the next step goes over."""
    if isinstance(value, list):
        return (value,) if value.__class__ is Constructed else value
    return () if value is UNDEFINED else (value,)


def first_entries(value: Any) -> Iterable[Any]:
    """The values that the first step of a path goes over: unlike later steps it runs even for nothing."""
    return value if isinstance(value, list) else (value,)


def exploded(value: Any) -> Iterable[Any]:
    """The values of a step in a stream: every list opens."""
    return value if isinstance(value, list) else () if value is UNDEFINED else (value,)


class _Fields:
    """Stands in for a dict where the value is a list: `get` reads a field of every entry."""

    __slots__ = ("budget", "values")

    def __init__(self, values: list[Any], budget: Budget) -> None:
        self.values = values
        self.budget = budget

    def get(self, name: str, _: Any = UNDEFINED) -> Any:
        return field_of_each(self.values, name, self.budget)

    def __getitem__(self, name: str) -> Any:
        return expected(self.get(name), name)


class _Whole(_Fields):
    """The same where the list counts as one value."""

    __slots__ = ()

    def get(self, name: str, _: Any = UNDEFINED) -> Any:
        return collapsed(field_of_list(self.values, name, self.budget))


def fields(value: Any, budget: Budget) -> Any:
    """Something with `get` for the next name of a path, where `value` is not a dict."""
    if isinstance(value, list):
        return _Whole([value], budget) if value.__class__ is Constructed else _Fields(value, budget)
    return _NO_FIELDS


def field(value: Any, name: str, budget: Budget) -> Any:
    """The next name of a path, where `value` is not a dict."""
    return field_of_each(value, name, budget) if value.__class__ is list else fields(value, budget).get(name, UNDEFINED)


def expected_field(value: Any, name: str, budget: Budget) -> Any:
    """The same where a program takes the field to be there. Raises KeyError."""
    return expected(field(value, name, budget), name)


def expected(value: Any, name: str) -> Any:
    """`value`, which a program takes to be there. Raises KeyError with the name of the field."""
    if value is UNDEFINED:
        raise KeyError(name)
    return value


def fields_of_whole(value: Any, budget: Budget) -> Any:
    """The same for a list that counts as one value."""
    return _Whole(value, budget) if isinstance(value, list) else _NO_FIELDS


class NestedListError(Exception):
    """The quick program met a list where it takes an entry not to be one: the general program has to run."""


def flat(value: Any, budget: Budget) -> Any:
    """Something with `get` for an entry that is not a dict. Raises NestedListError."""
    if isinstance(value, list):
        raise NestedListError
    return _NO_FIELDS


def field_of_list(values: list[Any], name: str, budget: Budget) -> list[Any]:
    """The field of every entry, of entries of entries too, lists opened by one level."""
    found: list[Any] = []
    for value in values:
        if value.__class__ is dict:
            entry = value.get(name, UNDEFINED)
            if isinstance(entry, list):
                spend(budget, len(entry))
                found += entry
            elif entry is not UNDEFINED:
                found.append(entry)
        elif isinstance(value, list):
            found += field_of_list(value, name, budget)
    spend(budget, len(values))
    return found


def field_of_each(values: list[Any], name: str, budget: Budget) -> Any:
    """One name step over the entries of a list, as the value of the path so far."""
    budget[0] -= len(values)
    if budget[0] < 0:
        refill(budget)
    found = []
    try:
        for value in values:
            entry = value[name]
            if entry.__class__ is not str and entry.__class__ in LISTS:
                break
            found.append(entry)
        else:
            if len(found) > 1:
                return found
    except (KeyError, TypeError, IndexError):
        pass  # not all of them are objects with that field
    results = []
    for value in values:
        if value.__class__ is dict:
            entry = value.get(name, UNDEFINED)
            if entry is not UNDEFINED:
                results.append(entry)
        elif isinstance(value, list):
            entry = collapsed(field_of_list(value, name, budget))
            if entry is not UNDEFINED:
                results.append(entry)
    return joined(results, budget)


def joined(results: list[Any], budget: Budget) -> Any:
    """What a step gave for each value → the value of the path so far.

    One result stays as it is. Several are put together, lists opened by one level; if only one value is left and it is
    a list, it is marked so that the next step does not open it.
    """
    return results[0] if len(results) == 1 else put_together(results, budget)


def put_together(results: list[Any], budget: Budget) -> Any:
    """The same where other values were asked and gave nothing: even a single list opens."""
    flat = flattened(results, budget)
    if len(flat) == 1:
        only = flat[0]
        return Constructed(only) if only.__class__ is list else only
    return flat if flat else UNDEFINED


def repeated(value: Any, times: int, budget: Budget) -> Any:
    """What a step gave for each of so many entries, where it gave them all the same."""
    return UNDEFINED if value is UNDEFINED else joined([value] * times, budget) if times else UNDEFINED


def flattened(results: list[Any], budget: Budget) -> list[Any]:
    """All results in one list, lists opened by one level; paid for before it is made."""
    flat: list[Any] = []
    for result in results:
        if isinstance(result, list) and result.__class__ is not Constructed:
            spend(budget, len(result))
            flat += result
        else:
            flat.append(result)
    return flat


def last(results: list[Any], budget: Budget) -> Any:
    """What the last step gave for each value → the value of the path."""
    if LISTS.isdisjoint(map(type, results)):
        return results if len(results) > 1 else results[0] if results else UNDEFINED
    if len(results) == 1:
        only = results[0]
        if only.__class__ is Sequence or only.__class__ is Kept:
            return collapsed(list(only))
        return only
    return collapsed(flattened(results, budget))


def last_marked(results: list[Any], budget: Budget) -> Any:
    """The same, but a sequence comes as a Sequence whatever its length."""
    if len(results) == 1 and results[0].__class__ is not Sequence:
        return results[0]
    return Sequence(flattened(results, budget))


def field_marked(value: Any, name: str, budget: Budget, whole: bool = False) -> Any:
    """The last name of a path, where a sequence is to come as a Sequence. `whole`: a list counts as one value."""
    if value.__class__ is dict:
        return value.get(name, UNDEFINED)
    if whole and isinstance(value, list):
        entries_found = field_of_list(value, name, budget)
        return Sequence(entries_found) if len(entries_found) > 1 else collapsed(entries_found)
    found = fields(value, budget).get(name, UNDEFINED)
    several = value.__class__ is list and sum(_has(entry, name, budget) for entry in value) > 1
    return Sequence(found) if several and isinstance(found, list) else found


def _has(value: Any, name: str, budget: Budget) -> bool:
    return fields(value, budget).get(name, UNDEFINED) is not UNDEFINED if value.__class__ is not dict else name in value


def last_kept(results: list[Any], budget: Budget) -> Any:
    """The same for a path with `[]`: always a list, unless there is nothing."""
    if len(results) == 1:
        only = results[0]
        if isinstance(only, list) and only.__class__ is not Constructed:
            return Kept(only) if isinstance(only, Sequence) and only else only if only.__class__ is list else UNDEFINED
        return Kept(results)
    return kept_list(flattened(results, budget))


def kept_list(values: list[Any]) -> Any:
    """A finished sequence as a list that stays one."""
    return Kept(values) if len(values) == 1 else values if values else UNDEFINED


def keep(value: Any) -> Any:
    """`[]` on a path that has a value already."""
    if value is UNDEFINED:
        return value
    if isinstance(value, list):
        return Kept([value]) if value.__class__ is Constructed else value
    return Kept([value])


def keep_sequence(value: Any) -> Any:
    """`[]` on what a function returned: only a sequence is kept."""
    if value.__class__ is Sequence:
        return kept_list(list(value))
    return value


# -- filters -----------------------------------------------------------------------------------------------------------


def pick(value: Any, index: int) -> Any:
    """`[3]`"""
    if not isinstance(value, list):
        return value if index in (0, -1) else UNDEFINED
    size = len(value)
    if index < 0:
        index += size
    return value[index] if 0 <= index < size else UNDEFINED


def pick_field(value: Any, name: str, index: int, budget: Budget) -> Any:
    """`name[3]` over the values of a path that is not known to be one object."""
    results, asked = [], 0
    for entry in entries(value):
        asked += 1
        if entry.__class__ is dict:
            found = pick(entry.get(name, UNDEFINED), index)
        else:
            found = pick(collapsed(field_of_list([entry], name, budget)), index)
        if found is not UNDEFINED:
            results.append(found)
    return joined(results, budget) if asked == 1 else put_together(results, budget)


def select(answer: Any, index: int, size: int, value: Any, chosen: list[Any]) -> None:
    """Add `value` to `chosen` if the answer of a filter says so: a number or numbers are positions."""
    if answer.__class__ is bool:
        if answer:
            chosen.append(value)
        return
    positions: Any = (answer,) if answer.__class__ in NUMBERS else answer
    if positions.__class__ is tuple or (isinstance(answer, list) and all(one.__class__ in NUMBERS for one in answer)):
        for position in positions:
            place = math.floor(position)
            if (place + size if place < 0 else place) == index:
                chosen.append(value)
    elif truthy(answer):
        chosen.append(value)
