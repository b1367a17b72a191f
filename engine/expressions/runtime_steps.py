"""What compiled paths call where `dict.get` does not do: lists, wildcards, filters, order, groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from engine.expressions.limits import Budget, refill, spend
from engine.expressions.messages import fault
from engine.expressions.values import (
    NUMBERS,
    UNDEFINED,
    Constructed,
    Kept,
    Sequence,
    collapsed,
    listed,
    truthy,
)

UNBOUND: Final = object()  # a variable that has no value yet, not even UNDEFINED
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
    try:
        found = [value[name] for value in values]
        if len(found) > 1 and LISTS.isdisjoint(map(type, found)):
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
    if len(results) == 1:
        return results[0]
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
    results = []
    for entry in entries(value):
        if entry.__class__ is dict:
            found = pick(entry.get(name, UNDEFINED), index)
        else:
            found = pick(collapsed(field_of_list([entry], name, budget)), index)
        if found is not UNDEFINED:
            results.append(found)
    return joined(results, budget)


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


# -- order-by ----------------------------------------------------------------------------------------------------------

Key = tuple[Callable[[Any], Any], bool]  # what to order by, and whether the largest comes first


def ordered(values: list[Any], keys: list[Key]) -> list[Any]:
    """The values by the first key, those that are equal by the next one, and so on; nothing comes last."""
    if len(values) < 2:
        return values
    (key, descending), *further = keys
    found = [key(value) for value in values]
    kind = _kind_of_keys(found)
    if kind is Decimal:
        found = [entry if entry is UNDEFINED else _exact(entry) for entry in found]
    present = [index for index, entry in enumerate(found) if entry is not UNDEFINED]
    missing = [values[index] for index, entry in enumerate(found) if entry is UNDEFINED]
    present.sort(key=found.__getitem__, reverse=descending)
    result: list[Any] = []
    start = 0
    for end in range(1, len(present) + 1):
        if end == len(present) or found[present[end]] != found[present[start]]:
            run = [values[index] for index in present[start:end]]
            result += ordered(run, further) if further else run
            start = end
    return result + (ordered(missing, further) if further else missing)


def _exact(number: Any) -> Any:
    return Decimal(repr(number)) if number.__class__ is float else number


def _kind_of_keys(found: list[Any]) -> Any:
    present = [entry for entry in found if entry is not UNDEFINED]
    if len(present) < 2:
        return None
    kinds = set(map(type, present))
    for entry in present:
        if entry.__class__ is not str and entry.__class__ not in NUMBERS:
            raise fault("T2008", value=entry)
    if str in kinds and len(kinds) > 1:
        other = next(entry for entry in present if (entry.__class__ is str) is not (present[0].__class__ is str))
        raise fault("T2007", value=present[0], other=other)
    return Decimal if Decimal in kinds else None


# -- wildcards ---------------------------------------------------------------------------------------------------------


def wildcard(value: Any, budget: Budget) -> list[Any]:
    """`*`: the values of an object's fields (of a list: its entries), lists opened all the way.

    A sequence, unless there is a list among them: then an array, which does not collapse.
    """
    values = list(value.values()) if value.__class__ is dict else value if isinstance(value, list) else []
    found: list[Any] = Sequence() if LISTS.isdisjoint(map(type, values)) else []
    for entry in values:
        if isinstance(entry, list):
            _open(entry, found, budget)
        else:
            found.append(entry)
    return found


def _open(values: list[Any], found: list[Any], budget: Budget) -> None:
    spend(budget, len(values))
    for entry in values:
        if isinstance(entry, list):
            _open(entry, found, budget)
        else:
            found.append(entry)


def descendants(value: Any, budget: Budget) -> Any:
    """`**`: the value and everything in it, except lists themselves."""
    if value is UNDEFINED:
        return UNDEFINED
    found = Sequence()
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            spend(budget, len(current))
            waiting.extend(reversed(current))
        else:
            found.append(current)
            if current.__class__ is dict:
                spend(budget, len(current))
                waiting.extend(reversed(current.values()))
    return found


# -- objects and groups ------------------------------------------------------------------------------------------------


def group_context(value: Any, budget: Budget) -> Any:
    """The context of an object's values where its keys are constants: all entries of a list together."""
    if not isinstance(value, list):
        return value
    if len(value) < 2:
        return value[0] if value else UNDEFINED
    return together(value, budget)


def together(values: Iterable[Any], budget: Budget) -> list[Any]:
    """All values in one list, lists opened by one level."""
    result: list[Any] = []
    for value in values:
        if isinstance(value, list):
            spend(budget, len(value))
            result += value
        elif value is not UNDEFINED:
            result.append(value)
    return result


class Groups:
    """Values by key, in order of first appearance."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: dict[str, tuple[int, list[Any]]] = {}  # key → number of the pair, values

    def add(self, key: Any, pair: int, value: Any) -> None:
        """Raises T1003 for a key that is no string, D1009 for one that two pairs make, D1013 for a reserved one."""
        if key is UNDEFINED:
            return
        if key.__class__ is not str:
            raise fault("T1003", value=key)
        if key in RESERVED:
            raise fault("D1013", value=key)
        members = self.members.setdefault(key, (pair, []))
        if members[0] != pair:
            raise fault("D1009", value=key)
        members[1].append(value)

    def of(self, pair: int, budget: Budget) -> list[tuple[str, Any]]:
        """Key and context of each group that this pair made."""
        found = ((key, values) for key, (number, values) in self.members.items() if number == pair)
        return [(key, group_context(values, budget)) for key, values in found]

    def rows(self, pair: int, budget: Budget) -> list[tuple[str, tuple[Any, ...]]]:
        """The same for a stream, whose values are tuples: column by column."""
        found = ((key, rows) for key, (number, rows) in self.members.items() if number == pair)
        return [
            (key, tuple(group_context(list(column), budget) for column in zip(*rows, strict=True)))
            for key, rows in found
        ]

    def result(self, values: dict[str, Any]) -> dict[str, Any]:
        """The object with its keys in order of first appearance."""
        return {key: values[key] for key in self.members if values.get(key, UNDEFINED) is not UNDEFINED}


RESERVED: Final = frozenset(("_jsonata_lambda", "_jsonata_function"))


def group_entries(value: Any) -> list[Any]:
    """The values a grouping goes over; nothing counts as one."""
    return listed(value) or [UNDEFINED]


def drop_missing(values: dict[str, Any]) -> None:
    """Take out of a new object what is UNDEFINED."""
    for key in [key for key, value in values.items() if value is UNDEFINED]:
        del values[key]
