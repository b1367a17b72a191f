"""A mapping that extends a shipped one: the document it amounts to, and what to decide when the base moved.

Works on the plain structure of format 1, like diff.py. The overlay says only what differs: its rules, names, lookup
rows and notes win over those of the base one by one; an empty rule (`field:` with nothing) takes a rule of the base
away. Rules are compared by target field, so a base that only changed its order or spelling never raises a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import UsageError
from engine.mapping.diff import Section, flat_rules, normal_rule, rule_words
from engine.mapping.difference import same, shown

Fate = Literal["taken", "kept", "conflict"]
TABLES = ("let", "fields", "notes")  # merged entry by entry; lookups are merged row by row
SECTIONS: tuple[tuple[str, Section], ...] = (("let", "let"), ("fields", "field"), ("notes", "note"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One place that the new base changed or that the overlay holds against it."""

    section: Section
    place: str  # as in diff.Change
    fate: Fate  # taken: the new base value applies · kept: ours, base unmoved or agrees · conflict: a person decides
    base_old: Any = None  # None: was not there
    base_new: Any = None  # None: is gone
    ours: Any = None  # what the overlay says; None: nothing, or that the rule is taken away (see `words`)
    words: str  # one line, ready to show


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseMoved:
    """What an upgrade of the base means for an overlay."""

    places: tuple[Moved, ...]

    @property
    def conflicts(self) -> tuple[Moved, ...]:
        return tuple(place for place in self.places if place.fate == "conflict")

    @property
    def summary(self) -> str:
        """Such as "3 taken from the base, 1 kept, 1 to decide"."""
        words = {"taken": "taken from the base", "kept": "kept", "conflict": "to decide"}
        counts = {fate: sum(place.fate == fate for place in self.places) for fate in words}
        return ", ".join(f"{counts[fate]} {words[fate]}" for fate in words if counts[fate]) or "nothing changes"


def effective(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """The document an overlay amounts to: base rules in their places, ours instead or after them. `extend` is gone."""
    merged = dict(base) | {key: value for key, value in overlay.items() if key not in (*TABLES, "lookups", "extend")}
    for key in TABLES:
        table = {**_table(base, key), **_table(overlay, key)}
        merged[key] = {name: value for name, value in table.items() if value is not None}
    merged["lookups"] = {
        name: {**_table(_table(base, "lookups"), name), **_table(_table(overlay, "lookups"), name)}
        for name in {**_table(base, "lookups"), **_table(overlay, "lookups")}
    }
    merged["notes"] = {name: text for name, text in merged["notes"].items() if not _taken_away(overlay, name)}
    return {key: value for key, value in merged.items() if value != {} or key == "fields"}


def overlay_of(base: Mapping[str, Any], overlay: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, Any]:
    """`overlay` changed so that it amounts to `whole`: what differs from the base is said, what is as in the base again
    is no longer said, and everything that did not change stays as it is written.

    Raises UsageError for what an overlay cannot say: that a name or a lookup row of the base is gone."""
    before = effective(base, overlay)
    changed = dict(overlay)
    for key in {**before, **whole}:
        if key not in (*TABLES, "lookups", "extend") and not same(before.get(key), whole.get(key)):
            changed[key] = whole.get(key, _NEVER if key == "skip_when" and key in base else None)
            if changed[key] is None or (key in base and same(changed[key], base[key])):
                del changed[key]
    for key in TABLES:
        changed[key] = _own_entries(key, *(_table(document, key) for document in (base, overlay, before, whole)))
    changed["notes"] = {name: text for name, text in changed["notes"].items() if not _taken_away(changed, name)}
    lookups = {name: _table(_table(overlay, "lookups"), name) for name in _table(overlay, "lookups")}
    for name in {**_table(before, "lookups"), **_table(whole, "lookups")}:
        tables = [_table(_table(document, "lookups"), name) for document in (base, overlay, before, whole)]
        lookups[name] = _own_entries("lookups", *tables)
    changed["lookups"] = {name: rows for name, rows in lookups.items() if rows or name not in _table(base, "lookups")}
    return {key: value for key, value in changed.items() if value != {} or key == "fields"}


_NEVER = "false"  # a condition that leaves no record out, where the base has one


def _own_entries(
    table: str, base: Mapping[str, Any], own: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, Any]:
    """The overlay's entries of a table, once it amounts to `after`."""
    entries = dict(own)
    for name in {**before, **after}:
        if name in after and name in before and same(before[name], after[name]):
            continue
        if name in after:
            if name in base and same(normal_rule(base[name]), normal_rule(after[name])):
                entries.pop(name, None)
            else:
                entries[name] = after[name]
        elif name not in base:
            entries.pop(name, None)
        elif table in ("let", "lookups"):
            raise UsageError(f"{name} comes from the base mapping: it can be changed here, not taken away.")
        else:
            entries[name] = None if table == "fields" else ""  # an empty note instead of the base's
    return entries


def base_moved(base_old: Mapping[str, Any], base_new: Mapping[str, Any], ours: Mapping[str, Any]) -> BaseMoved:
    """Compares three ways by field: the base the overlay was made on, the base it would be on, and the overlay."""
    return BaseMoved(places=tuple(_places(base_old, base_new, ours)))


def _places(old: Mapping[str, Any], new: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Moved]:
    for key in ("skip_when", "language", "from", "to"):
        yield from _place("head", key, old.get(key), new.get(key), ours.get(key), key in ours)
    for key, section in SECTIONS:
        tables = [_flat(document, key) for document in (old, new, ours)]
        for place in {**tables[0], **tables[1], **tables[2]}:
            mine, held = _covering(place, tables[2])
            yield from _place(section, place, tables[0].get(place), tables[1].get(place), mine, held)
    rows, fresh, own = (dict(_lookup_rows(document)) for document in (old, new, ours))
    for place in {**rows, **fresh, **own}:
        yield from _place("lookup", place, rows.get(place), fresh.get(place), own.get(place), place in own)


def _place(section: Section, place: str, old: Any, new: Any, mine: Any, held: bool) -> Iterator[Moved]:
    """`held`: the overlay says something here (`mine`), be it that the rule is taken away."""
    moved = not same(old, new)
    if not moved and (not held or old is None):
        return  # nothing happened, or a rule of our own that the base never had
    fate: Fate = "taken" if not held else "conflict" if moved and not same(new, mine) else "kept"
    say: Callable[[Any], str] = _rule_or_gone if section == "field" else _value_or_gone
    words = {
        "taken": f"{place}: {say(old)} → {say(new)}, from the base",
        "kept": f"{place}: {say(mine)} stays"
        + (", the base now says the same" if moved else ", the base did not move"),
        "conflict": f"{place}: the base went from {say(old)} to {say(new)}, this mapping says {say(mine)}",
    }[fate]
    yield Moved(section=section, place=place, fate=fate, base_old=old, base_new=new, ours=mine, words=words)


def _covering(place: str, ours: Mapping[str, Any]) -> tuple[Any, bool]:
    """What the overlay says about a place: its own rule there, or the rule for a list or object around it."""
    if place in ours:
        return ours[place], True
    for cut in range(len(place) - 1, 0, -1):
        if place[cut] in ".[" and (around := place[:cut]) in ours:
            return ours[around], True
    return None, False


def _flat(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """A table by place. A rule that takes another away stands as None: that is what it amounts to."""
    table = _table(document, key)
    if key != "fields":
        return table
    gone = {"expr": None}
    return {place: None if rule == gone else rule for place, rule in flat_rules(table).items()}


def _lookup_rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, rows in _table(document, "lookups").items():
        if isinstance(rows, Mapping):
            yield from ((f"{name} {key}", value) for key, value in rows.items())


def _taken_away(overlay: Mapping[str, Any], target: str) -> bool:
    fields = _table(overlay, "fields")
    return target in fields and fields[target] is None


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _rule_or_gone(rule: Any) -> str:
    return "nothing" if rule is None else f"“{rule_words(rule)}”"


def _value_or_gone(value: Any) -> str:
    return "nothing" if value is None else shown(value)
