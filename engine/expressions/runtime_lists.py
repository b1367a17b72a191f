"""What compiled paths call where all values of a step are needed at once: order, wildcards, groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final

from engine.expressions.limits import Budget, spend
from engine.expressions.messages import fault
from engine.expressions.runtime_steps import LISTS
from engine.expressions.values import (
    NUMBERS,
    UNDEFINED,
    Sequence,
    listed,
)

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
