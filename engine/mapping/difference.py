"""What differs between two JSON values, path by path, in words a person can act on.

Golden tests, the impact of a publish and the editor's output pane all show differences; this is the one place that
finds them. Numbers are equal when they are the same number (1, 1.0 and Decimal("1.00")), but never equal to text,
true or false: "1" arriving instead of 1 is exactly the kind of change people need to see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["added", "removed", "changed"]

SHOWN = 80  # characters of a value that fit on one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place where two values differ."""

    path: str  # `lines[0].sku`; "" means the whole value
    kind: Kind
    before: Any = None  # None also where kind is "added"
    after: Any = None  # None also where kind is "removed"

    @property
    def words(self) -> str:
        place = self.path or "the whole value"
        if self.kind == "added":
            return f"{place}: added {shown(self.after)}"
        if self.kind == "removed":
            return f"{place}: missing, was {shown(self.before)}"
        return f"{place}: {shown(self.before)} → {shown(self.after)}{type_hint(self.before, self.after)}"


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal: objects by key, lists by place, numbers by value, nothing across types."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float, Decimal)):
        return isinstance(right, (int, float, Decimal)) and exact(left) == exact(right)
    if isinstance(left, Mapping):
        if not isinstance(right, Mapping) or left.keys() != right.keys():
            return False
        return all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)


def differences(before: Any, after: Any, path: str = "") -> tuple[Difference, ...]:
    """Every place where `after` differs from `before`, in the order of `before`, then what is new."""
    return tuple(_walk(before, after, path))


def _walk(before: Any, after: Any, path: str) -> Iterator[Difference]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _walk_object(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _walk_list(before, after, path)
    elif not same(before, after):
        yield Difference(path=path, kind="changed", before=before, after=after)


def _walk_object(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for key, value in before.items():
        place = join_path(path, key)
        if key in after:
            yield from _walk(value, after[key], place)
        else:
            yield Difference(path=place, kind="removed", before=value)
    for key, value in after.items():
        if key not in before:
            yield Difference(path=join_path(path, key), kind="added", after=value)


def _walk_list(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    """Equal ends are set aside first, so that one entry put in or taken out of the middle shows as one difference."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and same(before[head], after[head]):
        head += 1
    tail = 0
    while tail < shorter - head and same(before[-1 - tail], after[-1 - tail]):
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    for place, (left, right) in enumerate(zip(old, new, strict=False), head):
        yield from _walk(left, right, f"{path}[{place}]")
    both = min(len(old), len(new))
    for place, left in enumerate(old[both:], head + both):
        yield Difference(path=f"{path}[{place}]", kind="removed", before=left)
    for place, right in enumerate(new[both:], head + both):
        yield Difference(path=f"{path}[{place}]", kind="added", after=right)


def exact(number: float | Decimal) -> Decimal:
    """A number as the decimal it prints as, so that 0.1 from a float equals Decimal("0.1")."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def join_path(path: str, key: str) -> str:
    """`path` with one more key; keys that are not plain names are quoted with backticks, as in expressions."""
    name = key if key.replace("_", "a").isalnum() and not key[0].isdigit() else f"`{key}`"
    return f"{path}.{name}" if path else name


def shown(value: Any, width: int = SHOWN) -> str:
    """A value on one line: text in quotes, null and empty spelt out, long values cut with what was cut."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, str):
        return f'"{_cut(value, width - 2)}"' if value else 'empty text ""'
    if isinstance(value, list):
        if not value:
            return "an empty list"
        return _cut(f"[{', '.join(shown(entry, width) for entry in value[:20])}]", width)
    if isinstance(value, Mapping):
        if not value:
            return "an empty object"
        return _cut("{" + ", ".join(f"{key}: {shown(entry, width)}" for key, entry in value.items()) + "}", width)
    return _cut(str(value), width)


def type_word(value: Any) -> str:
    """The type of a JSON value in plain words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, (int, float, Decimal)):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"


def type_hint(before: Any, after: Any) -> str:
    """Says so where two values read alike but differ in type, such as 1 and "1"."""
    left, right = type_word(before), type_word(after)
    if left == right or None in (before, after):
        return ""
    return f" ({left} became {right})"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
