"""What could stand at the caret of an expression: fields of the sample, names and functions, with their docs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from editor.words import as_json, clip
from engine.expressions.builtins import BUILTINS
from engine.mapping.difference import join_path

MOST: Final = 12
_BEFORE: Final = re.compile(r"(?:\$?\w+|`[^`]*`)?(?:\[\d+\])?(?:\.(?:\w+|`[^`]*`)?(?:\[\d+\])?)*$")
BOUND: Final = {
    "root": "the whole record",
    "parent": "the entry around this list",
    "index": "place in the list, from 0",
    "settings": "settings of the sync",
    "links": "ids at the other system",
    "now": "time of the run",
}


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One line of the list."""

    text: str  # what is put in
    label: str
    kind: str  # field | name | function
    type: str  # in words
    doc: str
    start: int  # where what was typed begins: it is replaced
    back: int = 0  # characters the caret goes back after putting it in


def completions(
    text: str, at: int, payload: Any, document: Mapping[str, Any], context: str = ""
) -> tuple[Completion, ...]:
    """`context` is the source list of the rules around, where there is one."""
    typed = _BEFORE.search(text[:at])
    word = typed[0] if typed else ""
    start = at - len(word)
    head, dot, last = word.rpartition(".")
    if dot:
        value = _value(head, payload, document, context)
        found = list(_fields(value, last, head, start))
    elif word.startswith("$"):
        found = [*_names(word[1:], document, start), *_functions(word[1:], start)]
    else:
        base = _entry(_value(context.partition("[")[0], payload, document, "")) if context else payload
        found = [*_fields(base, word, "", start), *(_functions(word, start) if word else ())]
    return tuple(sorted(found, key=lambda item: not item.label.lower().startswith(last.lower()))[:MOST])


def _fields(value: Any, typed: str, head: str, start: int) -> Iterator[Completion]:
    entry = _entry(value)
    if not isinstance(entry, Mapping):
        return
    for key, inner in entry.items():
        if typed.lower() in str(key).lower():
            path = join_path(head, str(key)) if head else join_path("", str(key))
            yield Completion(
                text=path,
                label=str(key),
                kind="field",
                type=_type(inner),
                doc=f"In this sample: {clip(as_json(inner), 160)}",
                start=start,
            )


def _names(typed: str, document: Mapping[str, Any], start: int) -> Iterator[Completion]:
    for name, expression in (document.get("let") or {}).items():
        if typed.lower() in name.lower():
            doc = f"Named here: {clip(str(expression), 160)}"
            yield Completion(text=f"${name}", label=f"${name}", kind="name", type="name", doc=doc, start=start)
    for name, doc in BOUND.items():
        if typed.lower() in name:
            yield Completion(text=f"${name}", label=f"${name}", kind="name", type="given", doc=doc, start=start)


def _functions(typed: str, start: int) -> Iterator[Completion]:
    for name, function in BUILTINS.items():
        if typed.lower() in name.lower():
            example = function.examples[0] if function.examples else None
            shown = f" Example: {example.expression} gives {clip(as_json(example.result), 80)}." if example else ""
            yield Completion(
                text=f"${name}()",
                label=f"${name}({function.arguments})",
                kind="function",
                type=function.category,
                doc=f"{function.doc}{shown}",
                start=start,
                back=1,
            )


def _value(path: str, payload: Any, document: Mapping[str, Any], context: str) -> Any:
    """What stands at a path of the sample; names of `let` that are plain paths are followed."""
    value: Any = payload
    parts = [part.strip("`") for part in re.sub(r"\[\d+\]", "", path).split(".")]
    if parts[0] == "$root":
        parts = parts[1:]
    elif parts[0].startswith("$"):
        named = str((document.get("let") or {}).get(parts[0][1:], ""))
        value, parts = (_value(named, payload, document, "") if named else None), parts[1:]
    elif context:
        value = _entry(_value(context.partition("[")[0], payload, document, ""))
    for part in parts:
        entry = _entry(value)
        value = entry.get(part) if isinstance(entry, Mapping) else None
    return value


def _entry(value: Any) -> Any:
    """Of a list its first entry."""
    return value[0] if isinstance(value, list) and value else value


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "yes/no"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "list"
    return "object" if isinstance(value, Mapping) else "nothing" if value is None else "number"
