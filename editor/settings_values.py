"""Settings as the names and texts of a form, and back again.

A form is flat: `set.streams.0.of.read.table` is one box. Beside the boxes stand the marks that say what is there: `.n`
how many rows a list or table has, `.row` which row it was when the form was first drawn, `.key` a row's name, `.on` an
optional group that is open, `.as` what a choice is (`.was`: what it was when drawn), `.kept` where a secret is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from editor.settings_shape import NOTHING, Branch, Shape
from engine.errors import MappingError
from engine.mapping.difference import same
from engine.mapping.rewrite import write_text
from engine.mapping.yaml import read_text

NONE: Final = "-"  # of a choice: left out

Flat = dict[str, str]


@dataclass(frozen=True)
class Kept:
    """Stands in the settings where a secret is."""

    place: str  # its name among the secrets


def flatten(shape: Shape, value: Any, path: str, flat: Flat) -> None:
    """Writes the settings into `flat`. NOTHING is drawn as its default."""
    if value is NOTHING and shape.default is not NOTHING:
        value = shape.default
    if value is NOTHING and not (shape.kind == "oneof" and shape.required):
        value = None
    match shape.kind:
        case "group":
            if shape.optional and value is None:
                return
            flat[f"{path}.on"] = "1"
            given = value if isinstance(value, Mapping) else {}
            for name, inner in shape.fields.items():
                flatten(inner, given.get(name, NOTHING), f"{path}.{name}", flat)
        case "list" | "table":
            _flatten_rows(shape, value, path, flat)
        case "oneof":
            none = value is None and shape.optional
            branch = shape.branches[0] if none or value is NOTHING else shape.branch_of(value)
            flat[f"{path}.as"] = flat[f"{path}.was"] = NONE if none and not shape.plain else branch.key
            if shape.plain:
                flat[f"{path}.of"] = _plain_text(value, none or value is NOTHING)
            elif not none:
                flatten(branch.shape, value, f"{path}.of", flat)
        case "secret":
            flat[path] = ""
            if isinstance(value, Kept):
                flat[f"{path}.kept"] = value.place
        case "constant":
            pass
        case _:
            flat[path] = as_text(shape, value)


def _flatten_rows(shape: Shape, value: Any, path: str, flat: Flat) -> None:
    rows = list(value.items()) if isinstance(value, Mapping) else [("", each) for each in value or ()]
    flat[f"{path}.n"] = str(len(rows))
    for at, (name, each) in enumerate(rows):
        flat[f"{path}.{at}.row"] = str(at)
        if shape.kind == "table":
            flat[f"{path}.{at}.key"] = str(name)
        flatten(shape.item, each, f"{path}.{at}.of", flat)


def as_text(shape: Shape, value: Any) -> str:
    """A single value as its box shows it."""
    if shape.kind == "yesno":
        return "1" if value else ""
    if value is None or (shape.kind == "free" and value == {}):
        return ""
    if shape.kind == "free":
        return write_text(value).rstrip() if isinstance(value, Mapping) else json.dumps(value, ensure_ascii=False)
    return str(value)


def _plain_text(value: Any, nothing: bool) -> str:
    """One of several kinds of single values: the kind stands beside it."""
    return "" if nothing else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def rows(flat: Mapping[str, str], path: str) -> int:
    """How many rows a list or table of the form has: as many as it says, and not more than were sent."""
    number = flat.get(f"{path}.n", "")
    said, at = int(number) if number.isdecimal() else 0, 0
    while at < said and any(f"{path}.{at}.{mark}" in flat for mark in ("row", "key", "of")):
        at += 1
    return at


def chosen(shape: Shape, flat: Mapping[str, str], path: str) -> Branch | None:
    """What a choice of the form is; None where it is left out."""
    key = flat.get(f"{path}.as", "")
    if key == NONE and shape.optional:
        return None
    return next((branch for branch in shape.branches if branch.key == key), shape.branches[0])


@dataclass
class Reader:
    """Reads the settings back from a form. What was not changed comes back as it was said, defaults unsaid."""

    flat: Mapping[str, str]  # line ends as \n, otherwise as typed
    kept: Mapping[str, str]  # secrets by place
    secrets: dict[str, str] = field(default_factory=dict)  # by place, as they are from now on
    wrong: dict[str, str] = field(default_factory=dict)  # form name → what is wrong
    places: dict[tuple[Any, ...], str] = field(default_factory=dict)  # place in the settings → form name

    def read(self, shape: Shape, path: str, loc: tuple[Any, ...], was: Any) -> Any:
        """The value at `path`, or NOTHING; `loc` is its place in the settings, `was` what stands there so far."""
        self.places[loc] = path
        value = self._value(shape, path, loc, was)
        usual = value is not NOTHING and shape.default is not NOTHING and same(value, shape.default)
        return NOTHING if usual and was is NOTHING else value

    def _value(self, shape: Shape, path: str, loc: tuple[Any, ...], was: Any) -> Any:
        match shape.kind:
            case "group":
                return self._group(shape, path, loc, was)
            case "list":
                return self._list(shape, path, loc, was)
            case "table":
                return self._table(shape, path, loc, was)
            case "oneof":
                branch = chosen(shape, self.flat, path)
                if branch is None:
                    return NOTHING
                before = was if was is not NOTHING and shape.branch_of(was) is branch else NOTHING
                if shape.plain:
                    return self._plain(branch.shape, f"{path}.of", before)
                value = self._value(branch.shape, f"{path}.of", loc, before)
                return {} if value is NOTHING and branch.shape.kind in ("table", "free") else value
            case "secret":
                return self._secret(path, loc)
            case "constant":
                return shape.constant
            case _:
                return self._single(shape, path, was)

    def _group(self, shape: Shape, path: str, loc: tuple[Any, ...], was: Any) -> Any:
        if shape.optional and not self.flat.get(f"{path}.on"):
            return NOTHING
        before = was if isinstance(was, Mapping) else {}
        found = {}
        for name, inner in shape.fields.items():
            value = self.read(inner, f"{path}.{name}", (*loc, name), before.get(name, NOTHING))
            if value is not NOTHING:
                found[name] = value
        if not found and was is NOTHING and not shape.required and not shape.optional:
            return NOTHING
        return {name: found[name] for name in (*before, *found) if name in found}

    def _list(self, shape: Shape, path: str, loc: tuple[Any, ...], was: Any) -> Any:
        found: list[Any] = []
        for at in range(rows(self.flat, path)):
            before = self._before(f"{path}.{at}", list(was) if isinstance(was, (list, tuple)) else [])
            value = self.read(shape.item, f"{path}.{at}.of", (*loc, len(found)), before)
            if value is not NOTHING or shape.item.kind == "secret":
                found.append("" if value is NOTHING else value)
        said = found or was == [] or shape.required or shape.default not in (NOTHING, None, [])
        return found if said else NOTHING

    def _table(self, shape: Shape, path: str, loc: tuple[Any, ...], was: Any) -> Any:
        found: dict[str, Any] = {}
        names: set[str] = set()
        for at in range(rows(self.flat, path)):
            name = self.flat.get(f"{path}.{at}.key", "").strip()
            before = self._before(f"{path}.{at}", list(was.values()) if isinstance(was, Mapping) else [])
            value = self.read(shape.item, f"{path}.{at}.of", (*loc, name), before)
            if not name and value in (NOTHING, {}):
                continue  # an empty row
            if not name or name in names:
                words = f"There is another {name}; give each its own name." if name else "Give it a name."
                self.wrong[f"{path}.{at}.key"] = words
                continue
            names.add(name)
            if shape.item.kind != "secret":
                found[name] = "" if value is NOTHING else value
        return found if found or was == {} or shape.required else NOTHING

    def _before(self, row: str, values: list[Any]) -> Any:
        """What the row was when the form was first drawn."""
        at = self.flat.get(f"{row}.row", "")
        return values[int(at)] if at.isdecimal() and int(at) < len(values) else NOTHING

    def _secret(self, path: str, loc: tuple[Any, ...]) -> Any:
        typed = self.flat.get(path, "").strip()
        place = place_of(loc)
        usual = "" if any(isinstance(part, int) for part in loc) else place  # rows of a list move
        kept = self.kept.get(self.flat.get(f"{path}.kept", usual))
        if typed or kept is not None:
            self.secrets[place] = typed or str(kept)
        return NOTHING

    def _plain(self, shape: Shape, path: str, was: Any) -> Any:
        typed = self.flat.get(path, "")
        if was is not NOTHING and typed == _plain_text(was, False):
            return was
        text = typed.strip()
        if shape.kind == "text" or not text:
            return text or NOTHING
        value = {"yes": True, "no": False}.get(text.lower(), text) if shape.kind == "yesno" else _number(text)
        if isinstance(value, str) or (shape.integer and not isinstance(value, int)):
            self.wrong[path] = "Yes or no, please." if shape.kind == "yesno" else "A number, please."
        return value

    def _single(self, shape: Shape, path: str, was: Any) -> Any:
        if path not in self.flat and shape.kind != "yesno":
            return NOTHING
        typed = self.flat.get(path, "")
        for known in (was, shape.default):
            if known is not NOTHING and known is not None and shape.kind != "yesno" and typed == as_text(shape, known):
                return known  # as it was: blanks at its ends count
        text = typed.strip()
        if shape.kind == "yesno":
            return text == "1"
        if not text:
            emptied = shape.kind == "text" and isinstance(shape.default, str) and shape.default
            return "" if emptied else NOTHING
        if shape.kind == "choice":
            return next((choice for choice in shape.choices if str(choice) == text), text)
        if shape.kind == "number":
            return _number(text)
        if shape.kind == "free":
            try:
                return read_text(text).data
            except MappingError as error:
                self.wrong[path] = error.message
                return NOTHING
        return text


def _number(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text  # the model says what is wrong with it


def place_of(loc: tuple[Any, ...]) -> str:
    """The name a secret is kept by: `token`, `auth/password`; see connectors.settings.with_secrets."""
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in loc)
