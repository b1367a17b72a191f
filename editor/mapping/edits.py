"""Changing one place of a mapping document. Every function gives a new document; the one it got stays as it was.

A place is a target path as engine.mapping.diff.flat_rules writes it: `name`, `dimensions.length`, `images[].src`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.mapping.diff import LISTS, normal_rule

Document = Mapping[str, Any]
Rule = Any  # text, an object of format 1, or None


def rule_at(document: Document, place: str) -> dict[str, Any] | None:
    """The rule in its long form, without the fields nested in it; None where there is none."""
    found = _find(document.get("fields") or {}, place)
    if found is None:
        return None
    rule = normal_rule(found)
    rule.pop("fields", None)
    return rule


def with_rule(document: Document, place: str, rule: Rule, order: Sequence[str] = ()) -> dict[str, Any]:
    """With this rule at `place`; None takes the rule and its note away.

    A rule for a list keeps the fields nested in it. A new rule stands where `order`, the target's fields, puts it.
    """
    fields = _set(document.get("fields") or {}, place, _written(rule), order, "")
    changed = {**document, "fields": fields}
    return with_note(changed, place, "") if rule is None else changed


def with_note(document: Document, place: str, note: str) -> dict[str, Any]:
    notes = dict(document.get("notes") or {})
    if note.strip():
        notes[place] = note.strip()
    else:
        notes.pop(place, None)
    changed = {key: value for key, value in document.items() if key != "notes"}
    return {**changed, "notes": notes} if notes else changed


def with_lookup(document: Document, name: str, rows: Mapping[str, Any] | None) -> dict[str, Any]:
    """With this code table; None takes it away."""
    lookups = dict(document.get("lookups") or {})
    if rows is None:
        lookups.pop(name, None)
    else:
        lookups[name] = dict(rows)
    return _with_block(document, "lookups", lookups)


def with_name(document: Document, name: str, expression: str) -> dict[str, Any]:
    """With `$name` standing for the expression; an empty one takes the name away."""
    names = dict(document.get("let") or {})
    if expression.strip():
        names[name] = expression.strip()
    else:
        names.pop(name, None)
    return _with_block(document, "let", names)


def with_skip(document: Document, condition: str) -> dict[str, Any]:
    """With this condition for leaving a record out; an empty one leaves none out."""
    changed = {key: value for key, value in document.items() if key != "skip_when"}
    return {**changed, "skip_when": condition.strip()} if condition.strip() else changed


BLOCKS = (
    "format",
    "mapping",
    "title",
    "extend",
    "from",
    "to",
    "language",
    "lookups",
    "let",
    "skip_when",
    "fields",
    "notes",
)


def ordered(document: Document) -> dict[str, Any]:
    """The blocks in the order people write them."""
    known = {key: document[key] for key in BLOCKS if key in document}
    return {**known, **{key: value for key, value in document.items() if key not in known}}


def list_around(document: Document, place: str) -> str:
    """The place of the innermost list rule around `place`; "" where it is in none."""
    return place.rpartition(f"{LISTS}.")[0]


def _with_block(document: Document, block: str, value: dict[str, Any]) -> dict[str, Any]:
    changed = {key: kept for key, kept in document.items() if key != block}
    return ordered({**changed, block: value}) if value else changed


def _written(rule: Rule) -> Rule:
    """The shortest way to write it: a bare expression is its text."""
    if isinstance(rule, Mapping) and set(rule) == {"expr"}:
        return rule["expr"]
    return rule


def _inside(fields: Mapping[str, Any], place: str) -> tuple[str, str] | None:
    """The key of the list or object rule that holds `place`, and the place inside it."""
    for key, rule in fields.items():
        if isinstance(rule, Mapping) and "fields" in rule:
            prefix = f"{key}{LISTS}." if "each" in rule else f"{key}."
            if place.startswith(prefix):
                return key, place[len(prefix) :]
    return None


def _find(fields: Mapping[str, Any], place: str) -> Rule:
    if place in fields:
        return fields[place]
    inside = _inside(fields, place)
    return _find(fields[inside[0]]["fields"], inside[1]) if inside else None


def _set(fields: Mapping[str, Any], place: str, rule: Rule, order: Sequence[str], prefix: str) -> dict[str, Any]:
    if place not in fields and (inside := _inside(fields, place)):
        key, rest = inside
        around = fields[key]
        inner_prefix = f"{prefix}{key}{LISTS}." if "each" in around else f"{prefix}{key}."
        return {**fields, key: {**around, "fields": _set(around["fields"], rest, rule, order, inner_prefix)}}
    if rule is None:
        return {key: kept for key, kept in fields.items() if key != place}
    if isinstance(rule, Mapping) and "each" in rule and "fields" not in rule:
        old = fields.get(place)
        rule = {**rule, "fields": dict(old["fields"]) if isinstance(old, Mapping) and "fields" in old else {}}
    if place in fields:
        return {**fields, place: rule}
    return _insert(fields, place, rule, [name[len(prefix) :] for name in order if name.startswith(prefix)])


def _insert(fields: Mapping[str, Any], place: str, rule: Rule, order: list[str]) -> dict[str, Any]:
    """Before the first field that comes later in the target; at the end where the target says nothing."""
    ranks: dict[str, int] = {}
    for at, name in enumerate(order):
        ranks.setdefault(name, at)
        ranks.setdefault(name.split(".")[0].removesuffix(LISTS), at)  # an object or list written as one rule
    rank = ranks.get(place)
    changed: dict[str, Any] = {}
    for key, kept in fields.items():
        if rank is not None and place not in changed and ranks.get(key, -1) > rank:
            changed[place] = rule
        changed[key] = kept
    changed.setdefault(place, rule)
    return changed
