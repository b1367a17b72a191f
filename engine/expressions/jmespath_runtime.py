"""What compiled JMESPath calls: path steps, comparison, and all functions of the JMESPath specification.

JMESPath has null where JSONata has undefined. Numbers are exact here too. Errors are ExpressionError with the
specification's error name as code: "invalid-type", "invalid-value", "invalid-arity", "unknown-function", "syntax".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions import numbers
from engine.expressions.limits import check_characters, check_entries
from engine.expressions.text import json_text
from engine.expressions.values import NUMBERS, deep_equal

EMPTY: Final[dict[str, Any]] = {}
_SORTABLE: Final = ("number", "string")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[Ee][-+]?[0-9]+)?")


class Reference:
    """An `&expression` argument: a function of one value."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[[Any], Any]) -> None:
        self.call = call


def truthy(value: Any) -> bool:
    """Everything is true but false, null and an empty text, list or object; 0 is true."""
    if value is None or value is False:
        return False
    kind = value.__class__
    return bool(value) if kind is str or kind is list or kind is dict else True


def index(value: Any, position: int) -> Any:
    if isinstance(value, list) and -len(value) <= position < len(value):
        return value[position]
    return None


def cut(value: Any, start: int | None, stop: int | None, step: int | None) -> Any:
    return value[start:stop:step] if isinstance(value, list) else None


def flatten(value: Any) -> Any:
    if not isinstance(value, list):
        return None
    flat: list[Any] = []
    for entry in value:
        if isinstance(entry, list):
            flat.extend(entry)
            check_entries(len(flat))
        else:
            flat.append(entry)
    return flat


def ordered(operation: str, left: Any, right: Any) -> Any:
    """Whether two numbers or two texts are in that order; null for anything else."""
    if left.__class__ in NUMBERS and right.__class__ in NUMBERS:
        left, right = numbers.in_order(left, right)
    elif left.__class__ is not str or right.__class__ is not str:
        return None
    if operation == "<":
        return left < right
    if operation == "<=":
        return left <= right
    return left > right if operation == ">" else left >= right


def type_of(value: Any) -> str:
    kind = value.__class__
    if kind is str:
        return "string"
    if kind in NUMBERS:
        return "number"
    if kind is bool:
        return "boolean"
    if value is None:
        return "null"
    if kind is dict:
        return "object"
    return "expref" if kind is Reference else "array"


def wrong_type(name: str, value: Any, wanted: str) -> ExpressionError:
    message = f"{name}() takes {wanted}, not {'an ' if type_of(value)[0] in 'aeo' else ''}{type_of(value)}"
    return ExpressionError(
        message, code="invalid-type", token=name, value=None if value.__class__ is Reference else value
    )


def _number(name: str, value: Any) -> Any:
    if value.__class__ in NUMBERS:
        return value
    raise wrong_type(name, value, "a number")


def _text(name: str, value: Any) -> str:
    if value.__class__ is str:
        text: str = value
        return text
    raise wrong_type(name, value, "a string")


def _list(name: str, value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise wrong_type(name, value, "an array")


def _object(name: str, value: Any) -> dict[str, Any]:
    if value.__class__ is dict:
        found: dict[str, Any] = value
        return found
    raise wrong_type(name, value, "an object")


def _reference(name: str, value: Any) -> Callable[[Any], Any]:
    if value.__class__ is Reference:
        call: Callable[[Any], Any] = value.call
        return call
    raise wrong_type(name, value, "an &expression")


def _numbers(name: str, value: Any) -> list[Any]:
    values = _list(name, value)
    if not NUMBERS.issuperset(map(type, values)):
        raise wrong_type(name, next(v for v in values if v.__class__ not in NUMBERS), "an array of numbers")
    return values


def _alike(name: str, value: Any) -> list[Any]:
    """A list of only numbers or only texts."""
    values = _list(name, value)
    kinds = set(map(type, values))
    if not (kinds <= {str} or kinds <= NUMBERS):
        wrong = next(v for v in values if type_of(v) != type_of(values[0]) or type_of(v) not in _SORTABLE)
        raise wrong_type(name, wrong, "an array of only numbers or only strings")
    return values


def absolute(value: Any) -> Any:
    return numbers.size(_number("abs", value))


def average(value: Any) -> Any:
    values = _numbers("avg", value)
    return numbers.mean(values) if values else None


def ceil(value: Any) -> Any:
    return numbers.ceil(_number("ceil", value))


def floor(value: Any) -> Any:
    return numbers.floor(_number("floor", value))


def total(value: Any) -> Any:
    values = _numbers("sum", value)
    return numbers.total(values) if values else 0


def contains(subject: Any, search: Any) -> bool:
    if subject.__class__ is str:
        return search.__class__ is str and search in subject
    if isinstance(subject, list):
        return any(deep_equal(entry, search) for entry in subject)
    raise wrong_type("contains", subject, "an array or a string")


def starts_with(subject: Any, prefix: Any) -> bool:
    return _text("starts_with", subject).startswith(_text("starts_with", prefix))


def ends_with(subject: Any, suffix: Any) -> bool:
    return _text("ends_with", subject).endswith(_text("ends_with", suffix))


def join(separator: Any, value: Any) -> str:
    glue, texts = _text("join", separator), _list("join", value)
    if texts and set(map(type, texts)) != {str}:
        raise wrong_type("join", next(text for text in texts if text.__class__ is not str), "an array of strings")
    check_characters(sum(map(len, texts)) + len(glue) * len(texts))
    return glue.join(texts)


def keys(value: Any) -> list[Any]:
    return list(_object("keys", value))


def values(value: Any) -> list[Any]:
    return list(_object("values", value).values())


def length(value: Any) -> int:
    if value.__class__ is str or isinstance(value, list) or value.__class__ is dict:
        return len(value)
    raise wrong_type("length", value, "a string, an array or an object")


def reverse(value: Any) -> Any:
    if value.__class__ is str or isinstance(value, list):
        return value[::-1]
    raise wrong_type("reverse", value, "an array or a string")


def merge(*objects: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for entry in objects:
        merged.update(_object("merge", entry))
    return merged


def not_null(*given: Any) -> Any:
    return next((value for value in given if value is not None), None)


def apply_each(reference: Any, value: Any) -> list[Any]:
    return list(map(_reference("map", reference), _list("map", value)))


def largest(value: Any) -> Any:
    found = _alike("max", value)
    return (max(found) if found[0].__class__ is str else numbers.largest(found)) if found else None


def smallest(value: Any) -> Any:
    found = _alike("min", value)
    return (min(found) if found[0].__class__ is str else numbers.smallest(found)) if found else None


def sort(value: Any) -> list[Any]:
    found = _alike("sort", value)
    return sorted(found, key=_sort_key(found))


def _sort_key(found: list[Any]) -> Any:
    return numbers.decimal if Decimal in map(type, found) else None


def sort_by(value: Any, reference: Any) -> list[Any]:
    return [value[at] for at in _by("sort_by", value, reference)]


def max_by(value: Any, reference: Any) -> Any:
    places = _by("max_by", value, reference, first_of_equals_last=True)
    return value[places[-1]] if places else None


def min_by(value: Any, reference: Any) -> Any:
    places = _by("min_by", value, reference)
    return value[places[0]] if places else None


def _by(name: str, value: Any, reference: Any, *, first_of_equals_last: bool = False) -> list[int]:
    """The places of a list's entries in the order of their keys, which must be all numbers or all texts."""
    entries, call = _list(name, value), _reference(name, reference)
    found = list(map(call, entries))
    kinds = set(map(type, found))
    if not (kinds <= {str} or kinds <= NUMBERS):
        wrong = next(key for key in found if type_of(key) != type_of(found[0]) or type_of(key) not in _SORTABLE)
        raise wrong_type(name, wrong, "an &expression that gives only numbers or only strings")
    key = _sort_key(found)
    comparable = list(map(key, found)) if key else found
    places = range(len(entries))
    return sorted(reversed(places) if first_of_equals_last else places, key=comparable.__getitem__)


def to_array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def to_string(value: Any) -> str:
    return value if value.__class__ is str else json_text(value)


def to_number(value: Any) -> Any:
    kind = value.__class__
    if kind is str:
        simple = numbers.simple_number(value)
        if simple is None and len(value) < 400 and _JSON_NUMBER.fullmatch(value):
            return numbers.parse_number(value)
        return simple
    return value if kind in NUMBERS else None


@dataclass(frozen=True, slots=True)
class JmespathFunction:
    implementation: Callable[..., Any]
    least: int  # arguments
    more: bool = False  # whether further ones may follow
    reference: int = -1  # the place of its &expression; -1 if it takes none


FUNCTIONS: Final[dict[str, JmespathFunction]] = {
    "abs": JmespathFunction(absolute, 1),
    "avg": JmespathFunction(average, 1),
    "ceil": JmespathFunction(ceil, 1),
    "contains": JmespathFunction(contains, 2),
    "ends_with": JmespathFunction(ends_with, 2),
    "floor": JmespathFunction(floor, 1),
    "join": JmespathFunction(join, 2),
    "keys": JmespathFunction(keys, 1),
    "length": JmespathFunction(length, 1),
    "map": JmespathFunction(apply_each, 2, reference=0),
    "max": JmespathFunction(largest, 1),
    "max_by": JmespathFunction(max_by, 2, reference=1),
    "merge": JmespathFunction(merge, 1, more=True),
    "min": JmespathFunction(smallest, 1),
    "min_by": JmespathFunction(min_by, 2, reference=1),
    "not_null": JmespathFunction(not_null, 1, more=True),
    "reverse": JmespathFunction(reverse, 1),
    "sort": JmespathFunction(sort, 1),
    "sort_by": JmespathFunction(sort_by, 2, reference=1),
    "starts_with": JmespathFunction(starts_with, 2),
    "sum": JmespathFunction(total, 1),
    "to_array": JmespathFunction(to_array, 1),
    "to_number": JmespathFunction(to_number, 1),
    "to_string": JmespathFunction(to_string, 1),
    "type": JmespathFunction(type_of, 1),
    "values": JmespathFunction(values, 1),
}
