"""The middle pane: one row per target field with its rule, the value it gives now and its problem, in sections."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from editor.mapping.chips import Chip, chips_of
from editor.mapping.targets import Target, is_required, section_of, section_order
from editor.words import MISSING
from engine.mapping.diagnostics import Diagnostic
from engine.mapping.diff import LISTS, flat_rules
from engine.mapping.difference import same
from engine.mapping.outcomes import FieldPreview
from engine.mapping.suggest import Suggestion

UNKNOWN: Final = Target(path="", type="")
ORIGINS: Final = {
    "base": "from the shipped mapping",
    "same": "as in the shipped mapping, but kept here with the list or object around it",
    "own": "yours, instead of the shipped rule",
    "gone": "the shipped rule is taken away",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One target field."""

    place: str  # `images[].src`
    id: str  # safe in ids and selectors
    name: str  # the place inside its list
    type: str
    required: bool
    doc: str
    rule: Mapping[str, Any] | None  # long form, without nested fields; None: not mapped
    chips: tuple[Chip, ...] = ()
    value: Any = MISSING  # what it gives for this sample
    failed: bool = False  # no value: it fails for this sample
    problem: str = ""  # in words
    hint: str = ""
    error_range: tuple[int, int] | None = None  # in the text of the expression, for the wave under it
    failing: tuple[str, ...] = ()  # names of the samples for which it fails
    change: str = ""  # "" | changed | added, against live
    origin: str = ""  # against the base: "" (nothing to do with it) | base | same | own | gone; see ORIGINS
    suggestion: Suggestion | None = None
    note: str = ""
    reads: tuple[str, ...] = ()  # source paths
    rows: tuple[Row, ...] = ()  # the fields of each entry, where it makes a list
    choices: tuple[str, ...] = ()

    @property
    def unmapped(self) -> bool:
        return self.rule is None

    @property
    def is_list(self) -> bool:
        return self.rule is not None and "each" in self.rule

    @property
    def origin_words(self) -> str:
        return ORIGINS.get(self.origin, "")

    @property
    def error(self) -> bool:
        return bool(self.problem)

    @property
    def classes(self) -> str:
        marks = {
            "is-changed": bool(self.change),
            "is-error": self.error,
            "is-unmapped": self.unmapped,
            "is-suggested": self.suggestion is not None,
            "is-required": self.required and self.unmapped,
        }
        return " ".join(["row", *(name for name, on in marks.items() if on)])


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    id: str
    rows: tuple[Row, ...]

    @property
    def mapped(self) -> int:
        return sum(not row.unmapped for row in every(self.rows))

    @property
    def total(self) -> int:
        return sum(1 for _ in every(self.rows))

    @property
    def problems(self) -> int:
        return sum(row.error and not row.unmapped for row in every(self.rows))

    @property
    def required_unmapped(self) -> int:
        return sum(row.required and row.unmapped for row in every(self.rows))


@dataclass(frozen=True, kw_only=True)
class Counts:
    """For the filters and the coverage meter."""

    all: int = 0
    changed: int = 0
    problems: int = 0
    unmapped: int = 0
    suggestions: int = 0

    @property
    def mapped(self) -> int:
        return self.all - self.unmapped


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything rows are drawn from."""

    document: Mapping[str, Any]
    targets: Sequence[Target]
    live: Mapping[str, Any] | None = None  # the live document
    base: Mapping[str, Any] | None = None  # the mapping it extends
    own: Mapping[str, Any] = field(default_factory=dict)  # the document without its base
    previews: Mapping[str, FieldPreview] = field(default_factory=dict)  # of the chosen sample
    diagnostics: Sequence[Diagnostic] = ()
    failing: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)  # place → (sample, message)
    sample_count: int = 0
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)


def row_id(place: str) -> str:
    return "r" + hashlib.sha1(place.encode(), usedforsecurity=False).hexdigest()[:10]


def sections_of(facts: Facts) -> tuple[Section, ...]:
    rows = rows_of(facts)
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(section_of(row.place), []).append(row)
    return tuple(
        Section(title=title, id=f"s-{at}", rows=tuple(grouped[title]))
        for at, title in enumerate(section_order(grouped))
    )


def count(sections: Sequence[Section]) -> Counts:
    rows = [row for section in sections for row in every(section.rows)]
    return Counts(
        all=len(rows),
        changed=sum(bool(row.change) for row in rows),
        problems=sum(row.error for row in rows),
        unmapped=sum(row.unmapped for row in rows),
        suggestions=sum(row.suggestion is not None for row in rows),
    )


def every(rows: Sequence[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from every(row.rows)


def rows_of(facts: Facts) -> tuple[Row, ...]:
    """Target fields in the target's order, then rules for fields the target does not have."""
    rules = flat_rules(facts.document.get("fields") or {})
    known = {target.path: target for target in facts.targets}
    lists = {place for place in rules if "each" in rules[place]}
    places = [target.path for target in facts.targets if _shown(target.path, rules, lists)]
    seen = set(places)
    base = flat_rules(facts.base.get("fields") or {}) if facts.base else {}
    held = set(facts.own.get("fields") or {})
    places += [place for place in {**rules, **base} if place not in seen and (place in rules or place in held)]
    live = flat_rules(facts.live.get("fields") or {}) if facts.live else {}
    before = _by_field(facts.diagnostics)
    flat = {
        place: _row(place, facts, rules, known, live, before, _origin(place, rules, base, held)) for place in places
    }
    return _nested(flat)


def _origin(place: str, rules: Mapping[str, Any], base: Mapping[str, Any], held: set[str]) -> str:
    """`held`: the fields that the document itself says; the rule of a list holds all that is nested in it."""
    if place not in base:
        return ""
    if place not in rules:
        return "gone"
    if not same(rules[place], base[place]):
        return "own"
    return "same" if any(place == key or place.startswith((f"{key}.", f"{key}{LISTS}.")) for key in held) else "base"


def _shown(path: str, rules: Mapping[str, Any], lists: set[str]) -> bool:
    """Fields inside a list are shown once the list is made; a list or object mapped whole hides its inner fields."""
    around = path.rpartition(f"{LISTS}.")[0]
    if around and around not in lists:
        return False
    parts = path.split(".")
    return not any(".".join(parts[:at]) in rules and ".".join(parts[:at]) != path for at in range(1, len(parts)))


def _row(
    place: str,
    facts: Facts,
    rules: Mapping[str, dict[str, Any]],
    known: Mapping[str, Target],
    live: Mapping[str, Any],
    found: Mapping[str, list[Diagnostic]],
    origin: str,
) -> Row:
    target = known.get(place, UNKNOWN)
    if target.required != is_required(target, rules):
        target = replace(target, required=not target.required)
    rule = rules.get(place)
    preview = facts.previews.get(place)
    problem, hint, span = _problem(place, rule, target, preview, facts, found.get(place, []))
    change = ""
    if facts.live is not None and rule is not None:
        change = "added" if place not in live else "" if same(live[place], rule) else "changed"
    return Row(
        place=place,
        id=row_id(place),
        name=place.rpartition(f"{LISTS}.")[2],
        type=target.type or (str(rule.get("type", "")) if rule else ""),
        required=target.required or bool(rule and rule.get("required")),
        doc=target.doc,
        rule=rule,
        chips=chips_of(rule) if rule else (),
        value=_value(place, preview),
        failed=preview is not None and preview.state == "error",
        problem=problem,
        hint=hint,
        error_range=span,
        failing=tuple(name for name, _ in facts.failing.get(place, ())),
        change=change,
        suggestion=facts.suggestions.get(place) if rule is None else None,
        note=str((facts.document.get("notes") or {}).get(place, "")),
        origin=origin,
        reads=tuple(facts.reads.get(place, ())),
        choices=target.choices,
    )


def _value(place: str, preview: FieldPreview | None) -> Any:
    """Of a field inside a list the value for the first entry that has one."""
    if preview is None or preview.state != "value":
        return MISSING
    if LISTS not in place or not isinstance(preview.value, list):
        return preview.value
    return next((value for value in preview.value if value is not None), None)


def _problem(
    place: str,
    rule: Mapping[str, Any] | None,
    target: Target,
    preview: FieldPreview | None,
    facts: Facts,
    found: Sequence[Diagnostic],
) -> tuple[str, str, tuple[int, int] | None]:
    """What is wrong in words, the mend, and the place in the expression."""
    if rule is None:
        return ("Required and not mapped; publishing waits for it.", "", None) if target.required else ("", "", None)
    wrong = next((finding for finding in found if finding.severity == "error"), None)
    if wrong is not None:
        span = (wrong.place.start, wrong.place.end or wrong.place.start + 1) if wrong.place.start is not None else None
        return wrong.message, wrong.hint, span
    failing = facts.failing.get(place, ())
    error = preview.error if preview else None
    if error is None and not failing:
        return "", "", None
    span = (error.start, error.end or error.start + 1) if error and error.start is not None else None
    if len(failing) > 1:
        words = error.message if error else failing[0][1]
        return f"{len(failing)} of {facts.sample_count} samples fail: {words}", "", span
    if error is None:
        return f"Fails for the sample {failing[0][0]}: {failing[0][1]}", "", None
    return error.message, "", span


def _by_field(diagnostics: Sequence[Diagnostic]) -> dict[str, list[Diagnostic]]:
    grouped: dict[str, list[Diagnostic]] = {}
    for finding in diagnostics:
        grouped.setdefault(finding.place.field, []).append(finding)
    return grouped


def _nested(flat: Mapping[str, Row]) -> tuple[Row, ...]:
    """Rows of lists under their list."""
    children: dict[str, list[str]] = {}
    for place in flat:
        around = place.rpartition(f"{LISTS}.")[0]
        children.setdefault(around if around in flat else "", []).append(place)

    def built(place: str) -> Row:
        inner = children.get(place)
        return replace(flat[place], rows=tuple(built(child) for child in inner)) if inner else flat[place]

    return tuple(built(place) for place in children.get("", ()))
