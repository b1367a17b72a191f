"""The output pane: what this sample becomes, with what differs from the live revision marked line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from editor.words import as_json, clip, plural
from engine.mapping.difference import same

MOST_LINES: Final = 1500
DEEPEST: Final = 6  # classes in1 … in6 of codi.css indent; deeper lines keep the last one
_ABSENT: Final = object()


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the output."""

    key: str
    text: str  # the value, short; "3 items" for what has lines of its own
    kind: str  # s text, n number or yes/no, void a nothing, size
    depth: int
    place: str  # target path, list indexes as []
    mark: str = ""  # "" | changed | added | gone
    was: str = ""  # the live value of a changed line
    full: str = ""  # the whole value, for the title; "" where `text` is whole


@dataclass(frozen=True, kw_only=True)
class OutputView:
    lines: tuple[Line, ...]
    differ: int  # lines that differ from live
    left_out: bool  # there are more than MOST_LINES


def output_view(output: Any, live: Any = None) -> OutputView:
    """`live` is what the live revision makes of the same sample; None where nothing is live."""
    lines: list[Line] = []
    before = _ABSENT if live is None else live
    for line in _object(output, before, 0, "") if isinstance(output, dict) else ():
        lines.append(line)
        if len(lines) >= MOST_LINES:
            break
    return OutputView(
        lines=tuple(lines),
        differ=sum(1 for line in lines if line.mark and line.kind != "size"),
        left_out=len(lines) >= MOST_LINES,
    )


def _object(value: dict[str, Any], before: Any, depth: int, place: str) -> Iterator[Line]:
    old = before if isinstance(before, dict) else {}
    compare = before is not _ABSENT
    for key, entry in value.items():
        inner = f"{place}.{key}" if place else str(key)
        yield from _entry(
            str(key), entry, old.get(key, None if compare else _ABSENT), key in old, compare, depth, inner
        )
    for key, entry in old.items():
        if key not in value:
            inner = f"{place}.{key}" if place else str(key)
            text, kind = _short(entry)
            yield Line(key=str(key), text=text, kind=kind, depth=min(depth, DEEPEST), place=inner, mark="gone")


def _entry(key: str, value: Any, old: Any, had: bool, compare: bool, depth: int, place: str) -> Iterator[Line]:
    shown = min(depth, DEEPEST)
    nested = isinstance(value, (dict, list)) and bool(value) and not _flat(value)
    mark = "" if not compare or (had and same(value, old)) else "changed" if had else "added"
    if not nested:
        text, kind = _short(value)
        full = as_json(value) if text.endswith("…") else ""
        was = _short(old)[0] if mark == "changed" else ""
        yield Line(key=key, text=text, kind=kind, depth=shown, place=place, mark=mark, was=was, full=full[:4000])
        return
    size = plural(len(value), "item" if isinstance(value, list) else "field")
    yield Line(key=key, text=size, kind="size", depth=shown, place=place, mark="added" if mark == "added" else "")
    before = old if compare else _ABSENT
    if isinstance(value, dict):
        yield from _object(value, before, depth + 1, place)
        return
    olds = before if isinstance(before, list) else []
    for at, item in enumerate(value):
        has = at < len(olds)
        yield from _entry(str(at), item, olds[at] if has else None, has, compare, depth + 1, f"{place}[]")


def _flat(value: Any) -> bool:
    """Short enough for one line: a small object or list of plain values."""
    entries = value.values() if isinstance(value, dict) else value
    return (
        len(value) <= 3 and not any(isinstance(entry, (dict, list)) for entry in entries) and len(as_json(value)) <= 60
    )


def _short(value: Any) -> tuple[str, str]:
    if value is None:
        return "null", "void"
    if isinstance(value, bool) or not isinstance(value, (str, dict, list)):
        return as_json(value), "n"
    if isinstance(value, (dict, list)) and not value:
        return "empty", "void"
    return clip(as_json(value), 160), "s"
