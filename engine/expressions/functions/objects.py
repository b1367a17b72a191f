"""Functions on objects and lists."""

from __future__ import annotations

import random as chance
from functools import partial
from typing import Any, Final

from engine.expressions.functions.function import Function, function
from engine.expressions.limits import check_entries
from engine.expressions.messages import fault
from engine.expressions.numbers import decimal, number_text
from engine.expressions.values import (
    MOST_VISITED,
    NUMBERS,
    UNDEFINED,
    FunctionValue,
    Sequence,
    plain,
    truthy,
    type_name,
)


def keys(value: Any) -> Any:
    found: dict[str, None] = {}
    seen: set[int] = set()  # a list that stands in several places is looked through once
    waiting = [value]
    while waiting:
        entry = waiting.pop()
        if entry.__class__ is dict:
            found.update(dict.fromkeys(entry))
        elif isinstance(entry, list) and id(entry) not in seen:
            seen.add(id(entry))
            waiting.extend(reversed(entry))
    return Sequence(found)


def lookup(value: Any, key: Any) -> Any:
    if value.__class__ is dict:
        return value.get(key, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    return _lookup_in_list(value, key, {})


def _lookup_in_list(values: list[Any], key: Any, known: dict[int, Sequence]) -> Sequence:
    """`known` has the result for each list inside, because one list may stand in many places."""
    found = Sequence()
    for entry in values:
        if isinstance(entry, list):
            if id(entry) not in known:
                known[id(entry)] = _lookup_in_list(entry, key, known)
            result: Any = known[id(entry)]
        else:
            result = entry.get(key, UNDEFINED) if entry.__class__ is dict else UNDEFINED
        if isinstance(result, list):
            check_entries(len(found) + len(result))
            found.extend(result)
        elif result is not UNDEFINED:
            found.append(result)
    return found


def append(first: Any, second: Any) -> Any:
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    left = first if isinstance(first, list) else [first]
    right = second if isinstance(second, list) else [second]
    check_entries(len(left) + len(right))
    return [*left, *right]


def spread(value: Any) -> Any:
    if isinstance(value, list):
        if not value:
            return Sequence()
        parts: list[Any] = []
        for entry in value:
            part = spread(entry)
            parts.extend(part if isinstance(part, list) else () if part is UNDEFINED else (part,))
            check_entries(len(parts))
        return parts
    if value.__class__ is dict:
        return Sequence({key: entry} for key, entry in value.items())
    return value


def merge(objects: Any) -> Any:
    if objects is UNDEFINED:
        return UNDEFINED
    result: dict[str, Any] = {}
    for entry in objects:
        result.update(entry)
    return result


def reverse(values: Any) -> Any:
    return values if values is UNDEFINED or len(values) < 2 else values[::-1]


def shuffle(values: Any) -> Any:
    return values if values is UNDEFINED or len(values) < 2 else chance.sample(values, len(values))


def zip_lists(*lists: Any) -> list[Any]:
    return [list(together) for together in zip(*(entry if isinstance(entry, list) else () for entry in lists))]  # noqa: B905


def distinct(values: Any) -> Any:
    """Each value once, in order of first appearance."""
    if not isinstance(values, list) or len(values) < 2:
        return values
    result: list[Any] = Sequence() if values.__class__ is Sequence else []
    seen: set[Any] = set()
    for value in values:
        mark = _identity(value, [MOST_VISITED])
        if mark not in seen:
            seen.add(mark)
            result.append(value)
    return result if len(result) < 2 else list(result)


def _identity(value: Any, left: list[int]) -> Any:
    """Something hashable that is equal for two values exactly when they are equal in the language."""
    kind = value.__class__
    left[0] -= 1
    if left[0] < 0:
        raise RecursionError
    if kind is str or kind is int or value is None:
        return value
    if kind in NUMBERS:
        return decimal(value)
    if kind is dict:
        return frozenset((key, _identity(entry, left)) for key, entry in value.items())
    return tuple(_identity(entry, left) for entry in value) if isinstance(value, list) else (kind, value)


def clone(value: Any) -> Any:
    return value if value is UNDEFINED else plain(value)


def exists(value: Any) -> bool:
    return value is not UNDEFINED


def boolean(value: Any) -> Any:
    return value if value is UNDEFINED else truthy(value)


def negation(value: Any) -> Any:
    return value if value is UNDEFINED else not truthy(value)


def type_of(value: Any) -> Any:
    return value if value is UNDEFINED else type_name(value)


def error(message: Any = UNDEFINED) -> Any:
    raise fault("D3137", value="$error() function evaluated" if message is UNDEFINED or not message else message)


def assertion(condition: Any, message: Any = UNDEFINED) -> Any:
    if condition is not True:
        raise fault("D3141", value="$assert() statement failed" if message is UNDEFINED or not message else message)
    return UNDEFINED


def lookup_or(table: Any, key: Any, default: Any = UNDEFINED) -> Any:
    """The entry of an object under a text, number or boolean; null counts as no entry."""
    if table.__class__ is not dict or key is UNDEFINED or key is None:
        return default
    if key.__class__ is str:
        name = key
    elif key.__class__ is bool:
        name = "true" if key else "false"
    elif key.__class__ in NUMBERS:
        name = number_text(key)
    else:
        return default
    entry = table.get(name)
    return default if entry is None else entry


def index_by(values: Any, field: Any) -> Any:
    """The objects of a list under the text of one of their fields; of two with the same text the first one stays."""
    if values is UNDEFINED or field is UNDEFINED:
        return UNDEFINED
    table: dict[str, Any] = {}
    for entry in values:
        key = entry.get(field) if entry.__class__ is dict else None
        if key.__class__ is str:
            table.setdefault(key, entry)
        elif key.__class__ in NUMBERS:
            table.setdefault(number_text(key), entry)
    return table


def first_filled(*values: Any) -> Any:
    """The first value that is neither missing nor null nor an empty text, list or object."""
    for value in values:
        if value is UNDEFINED or value is None or isinstance(value, FunctionValue):
            continue
        if value.__class__ is str:
            if value.strip():
                return value
        elif value.__class__ is dict or isinstance(value, list):
            if value:
                return value
        else:
            return value
    return UNDEFINED


_object = partial(function, "objects")
_list = partial(function, "lists")
_logic = partial(function, "logic")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _object(
        "keys",
        "<x-:a<s>>",
        keys,
        "object?",
        "The names in an object; of a list of objects, all their names.",
        ('$keys({"sku": 1, "stock": 2})', ["sku", "stock"]),
    ),
    _object(
        "lookup",
        "<x-s:x>",
        lookup,
        "object, name",
        "The value under a name that is computed; of a list of objects, all their values under it.",
        ('$lookup({"NSW": "New South Wales"}, state)', "New South Wales", {"state": "NSW"}),
    ),
    _object(
        "lookupOr",
        "<xxx?:x>",
        lookup_or,
        "table, key, default?",
        "The entry of a table under a key, or the default if there is none or it is null. Numbers count as their text.",
        ('$lookupOr({"10": "standard", "0": "zero-rate"}, 10, "standard")', "standard"),
        ('$lookupOr({"AU": "Australia"}, country, "elsewhere")', "elsewhere", {"country": "NZ"}),
        extension=True,
    ),
    _object(
        "indexBy",
        "<as:o>",
        index_by,
        "objects, field",
        "A table of the objects of a list under the text of one field, for $lookup; of several the first counts.",
        (
            '$lookup($indexBy(prices, "sku"), "B").amount',
            7,
            {"prices": [{"sku": "A", "amount": 5}, {"sku": "B", "amount": 7}]},
        ),
        extension=True,
    ),
    _object(
        "spread",
        "<x-:a<o>>",
        spread,
        "object?",
        "A list of objects with one name each.",
        ('$spread({"a": 1, "b": 2})', [{"a": 1}, {"b": 2}]),
    ),
    _object(
        "merge",
        "<a<o>:o>",
        merge,
        "objects",
        "One object out of a list of them; what comes later wins.",
        ('$merge([{"a": 1, "b": 1}, {"b": 2}])', {"a": 1, "b": 2}),
    ),
    _object("clone", "<(oa)-:o>", clone, "value?", "A copy.", ('$clone({"a": 1})', {"a": 1})),
    _list(
        "append",
        "<xx:a>",
        append,
        "first, second",
        "One list out of two; single values count as lists of one.",
        ("$append([1, 2], 3)", [1, 2, 3]),
        grows=True,
    ),
    _list("reverse", "<a:a>", reverse, "list", "The list backwards.", ("$reverse([1, 2, 3])", [3, 2, 1])),
    _list("shuffle", "<a:a>", shuffle, "list", "The list in random order.", pure=False),
    _list(
        "distinct",
        "<x:x>",
        distinct,
        "list",
        "Each value of the list once.",
        ('$distinct(["red", "blue", "red"])', ["red", "blue"]),
    ),
    _list(
        "zip",
        "<a+>",
        zip_lists,
        "list, …",
        "A list of lists: the first values of all, then the second ones, as far as the shortest list goes.",
        ('$zip(["S", "M"], [1, 2])', [["S", 1], ["M", 2]]),
        grows=True,
    ),
    _logic("exists", "<x:b>", exists, "value", "Whether there is a value (null is one).", ("$exists(nothing)", False)),
    _logic(
        "boolean",
        "<x-:b>",
        boolean,
        "value?",
        "The value as true or false: 0, empty texts, lists and objects, and null are false.",
        ('$boolean("no")', True),
    ),
    _logic("not", "<x-:b>", negation, "value?", "The opposite of the value as true or false.", ("$not(0)", True)),
    _logic(
        "type",
        "<x:s>",
        type_of,
        "value",
        "null, number, string, boolean, array, object or function; nothing for nothing.",
        ("$type([1])", "array"),
    ),
    _logic("error", "<s?:x>", error, "message?", "Stop with this message."),
    _logic(
        "assert", "<bs?:x>", assertion, "condition, message?", "Stop with this message unless the condition is true."
    ),
    _logic(
        "firstFilled",
        "<x+:x>",
        first_filled,
        "value, …",
        "The first value that is not missing, null, or an empty text, list or object.",
        ('$firstFilled(nickname, " ", "Guest")', "Guest", {"nickname": None}),
        extension=True,
    ),
)
