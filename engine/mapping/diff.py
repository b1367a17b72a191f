"""Two mapping documents compared target field by target field, as lines a consultant can read.

Works on the plain structure of format 1 (what YAML or JSON decodes to), so that drafts which do not check yet can be
compared as well. A shorthand rule (`name: title`) equals its long form (`name: {expr: title}`), and flags that are
false equal flags that are left out: only what changes the meaning is a change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.mapping.difference import same, shown

Section = Literal["head", "let", "field", "lookup", "note", "order"]
ChangeKind = Literal["added", "removed", "changed"]

HEAD = ("mapping", "title", "extend", "from", "to", "language", "skip_when")
FLAGS = ("required", "omit_empty")  # false means the same as absent
LISTS = "[]"  # after a target name: what is inside the list, as in `images[].src`


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two documents."""

    section: Section
    place: str  # target path (`images[].src`), `lookup key`, name of a let, or key of the head
    kind: ChangeKind
    before: Any = None  # rule as a mapping in its long form, lookup value, text; None where added
    after: Any = None  # the same; None where removed
    parts: tuple[str, ...] = ()  # which parts of a changed rule differ: ("expr", "default")
    words: str  # one line, ready to show


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDiff:
    """All changes from one document to another, in the order of the document."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, section: Section) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.section == section)

    @property
    def summary(self) -> str:
        """Such as "2 fields changed, 1 field added, 3 lookup rows changed"; "no difference"."""
        counts: dict[tuple[Section, ChangeKind], int] = {}
        for change in self.changes:
            counts[change.section, change.kind] = counts.get((change.section, change.kind), 0) + 1
        return ", ".join(f"{_counted(number, section)} {kind}" for (section, kind), number in counts.items()) or (
            "no difference"
        )

    def lines(self) -> tuple[str, ...]:
        """One line per change, marked + - ~ as in other diffs."""
        return tuple(f"{MARKS[change.kind]} {change.words}" for change in self.changes)


MARKS: dict[str, str] = {"added": "+", "removed": "-", "changed": "~"}
NOUNS: dict[str, tuple[str, str]] = {
    "head": ("heading", "headings"),
    "let": ("name", "names"),
    "field": ("field", "fields"),
    "lookup": ("lookup row", "lookup rows"),
    "note": ("note", "notes"),
    "order": ("order", "orders"),
}


def diff_documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> DocumentDiff:
    """What changes when `before` is replaced by `after`."""
    return DocumentDiff(changes=tuple(_changes(before, after)))


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in HEAD:
        yield from _entry("head", key, before.get(key), after.get(key))
    yield from _table("let", _object(before, "let"), _object(after, "let"))
    rules, others = flat_rules(_object(before, "fields")), flat_rules(_object(after, "fields"))
    yield from _table("field", rules, others)
    yield from _order(rules, others)
    for name in _union(_object(before, "lookups"), _object(after, "lookups")):
        yield from _lookup(name, _object(before, "lookups").get(name), _object(after, "lookups").get(name))
    yield from _table("note", _object(before, "notes"), _object(after, "notes"))


def flat_rules(fields: Mapping[str, Any], inside: str = "") -> dict[str, dict[str, Any]]:
    """Target path → rule in its long form; the fields of an `each` follow their list as `images[].src`, those of an
    object are dotted, so that `size: {fields: {l: …}}` and `size.l: …` are the same."""
    flat: dict[str, dict[str, Any]] = {}
    for name, rule in fields.items():
        place = f"{inside}{name}"
        normal = normal_rule(rule)
        nested = normal.pop("fields", None)
        if normal or nested is None:
            flat[place] = normal
        if isinstance(nested, Mapping):
            flat |= flat_rules(nested, f"{place}{LISTS if 'each' in normal else ''}.")
    return flat


def normal_rule(rule: Any) -> dict[str, Any]:
    """A rule in its long form: a shorthand becomes `expr`, flags that are false are left out, an empty rule (which
    takes a field of the base away) becomes `{expr: null}`."""
    if not isinstance(rule, Mapping):
        return {"expr": rule}
    return {key: value for key, value in rule.items() if not (key in FLAGS and value is False)}


def rule_words(rule: Mapping[str, Any]) -> str:
    """A rule on one line, such as `tax_class, lookup tax_class, missing hold, required`."""
    words = [_source_words(rule)]
    for key in ("default", "type", "lookup", "missing"):
        if key in rule:
            words.append(f"{key} {rule[key] if isinstance(rule[key], str) and rule[key] else shown(rule[key])}")
    words += [flag.replace("_", " ") for flag in FLAGS if rule.get(flag)]
    return ", ".join(words)


def _source_words(rule: Mapping[str, Any]) -> str:
    if "expr" in rule:
        return "taken away" if rule["expr"] is None else str(rule["expr"])
    if "value" in rule:
        return f"always {shown(rule['value'])}"
    if "template" in rule:
        return f"text {shown(rule['template'])}"
    if "jmespath" in rule:
        return f"JMESPath {rule['jmespath']}"
    if "each" in rule:
        return f"for each {rule['each']}"
    if isinstance(cases := rule.get("cases"), list):
        return " | ".join(_case_words(case) for case in cases)
    return shown(dict(rule))


def _case_words(case: Any) -> str:
    if not isinstance(case, Mapping):
        return shown(case)
    if "otherwise" in case:
        return f"otherwise {rule_words(normal_rule(case['otherwise']))}"
    return f"when {case.get('when')}: {rule_words(normal_rule(case.get('then')))}"


def _table(section: Section, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for place in _union(before, after):
        yield from _entry(section, place, before.get(place), after.get(place))


def _entry(section: Section, place: str, before: Any, after: Any) -> Iterator[Change]:
    if same(before, after):
        return
    kind: ChangeKind = "added" if before is None else "removed" if after is None else "changed"
    parts: tuple[str, ...] = ()
    if kind == "changed" and section == "field":
        parts = tuple(key for key in _union(before, after) if not same(before.get(key), after.get(key)))
    old, new = _words(section, before), _words(section, after)
    label = place if section == "field" else f"{section} {place}" if section != "head" else place
    words = {"added": f"{label}: {new}", "removed": f"{label}: {old}", "changed": f"{label}: {old} → {new}"}[kind]
    yield Change(section=section, place=place, kind=kind, before=before, after=after, parts=parts, words=words)


def _words(section: Section, value: Any) -> str:
    if value is None:
        return ""
    if section == "field":
        return rule_words(value)
    if isinstance(value, Mapping):
        return " ".join(f"{key} {entry}" for key, entry in value.items())
    return str(value) if section in ("head", "let") else shown(value)


def _lookup(name: str, before: Any, after: Any) -> Iterator[Change]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield from _whole_lookup(name, before, after)
        return
    for key in _union(before, after):
        place = f"{name} {key}"
        if key not in after:
            words = f"lookup {name}: {shown(key)} → {shown(before[key])} taken out"
            yield Change(section="lookup", place=place, kind="removed", before=before[key], words=words)
        elif key not in before:
            words = f"lookup {name}: {shown(key)} → {shown(after[key])}"
            yield Change(section="lookup", place=place, kind="added", after=after[key], words=words)
        elif not same(before[key], after[key]):
            words = f"lookup {name}: {shown(key)} → {shown(after[key])}, was {shown(before[key])}"
            old, new = before[key], after[key]
            yield Change(section="lookup", place=place, kind="changed", before=old, after=new, words=words)


def _whole_lookup(name: str, before: Any, after: Any) -> Iterator[Change]:
    if same(before, after):
        return
    kind: ChangeKind = "added" if before is None else "removed" if after is None else "changed"
    rows = after if after is not None else before
    size = f"{len(rows)} row{'' if len(rows) == 1 else 's'}" if isinstance(rows, Mapping) else shown(rows)
    yield Change(
        section="lookup", place=name, kind=kind, before=before, after=after, words=f"lookup {name}: whole table, {size}"
    )


def _order(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """The order of rules is the order of the output; told as one change, and only for rules that both have."""
    old, new = [place for place in before if place in after], [place for place in after if place in before]
    if old != new:
        moved = next(place for place, other in zip(new, old, strict=True) if place != other)
        words = f"order of fields, from {moved} on"
        yield Change(section="order", place="fields", kind="changed", before=old, after=new, words=words)


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, Mapping) else {}


def _union(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys of both: those of `after` in their order, each removed key where it used to stand."""
    keys = list(after)
    known = set(keys)
    previous: str | None = None
    for key in before:
        if key not in known:
            keys.insert(keys.index(previous) + 1 if previous is not None else 0, key)
            known.add(key)
        previous = key
    return keys


def _counted(number: int, section: Section) -> str:
    return f"{number} {NOUNS[section][number != 1]}"
