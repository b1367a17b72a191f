"""Findings about a mapping, each with a stable code, a place and a mend.

Codes are never reused: 0xx the file, 1xx the document's structure, 2xx its expressions, 3xx what happens with records,
4xx advice. `CODES` is the one table; docs/diagnostics.md and the editor's problem list come from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One kind of finding."""

    severity: Severity
    title: str  # a few words, for tables
    explanation: str  # why it matters and how to mend it


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a finding is. Lines and columns count from 1, offsets from 0; None where not known."""

    field: str = ""  # target field path: price, images[].src; "" for the document itself
    part: str = ""  # which text of the rule: expr, each, template, cases[0].when, let.main, skip_when, lookups.tax
    start: int | None = None  # offset into that text
    end: int | None = None  # exclusive
    file: str | None = None  # the file, or the base mapping's name
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding about a mapping."""

    code: str  # CODI101 …, stable
    severity: Severity
    message: str  # what is wrong, with the names in question
    hint: str = ""  # how to mend it; "" where the message says so
    place: Place = Place()

    def line(self) -> str:
        """`file:line:col code message` for terminals and editors; parts that are not known are left out."""
        place = ":".join(
            str(part) for part in (self.place.file, self.place.line, self.place.column) if part is not None
        )
        field = f"{self.place.field}: " if self.place.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place} {self.code} {field}{self.message}{hint}".strip()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def diagnose(code: str, message: str, *, hint: str = "", place: Place = Place()) -> Diagnostic:
    """A Diagnostic with the severity of its code."""
    return Diagnostic(code=code, severity=CODES[code].severity, message=message, hint=hint, place=place)


def errors(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [found for found in diagnostics if found.severity == "error"]


def _error(title: str, explanation: str) -> Code:
    return Code(severity="error", title=title, explanation=explanation)


def _warning(title: str, explanation: str) -> Code:
    return Code(severity="warning", title=title, explanation=explanation)


def _info(title: str, explanation: str) -> Code:
    return Code(severity="info", title=title, explanation=explanation)


CODES: dict[str, Code] = {
    # 0xx: the file
    "CODI001": _error(
        "not YAML",
        "The file cannot be read as YAML or JSON. The cause is where reading stopped, or just before it.",
    ),
    "CODI002": _error(
        "same key twice",
        "A key stands twice in the same object. YAML readers silently keep one of the two, so CODI refuses both.",
    ),
    "CODI003": _error(
        "file too large",
        "A mapping document has at most 2 MB and 200,000 values. Longer code tables belong into shared lookups.",
    ),
    "CODI004": _error("nested too deep", "Values may be nested 40 levels deep."),
    "CODI005": _error(
        "alias or anchor",
        "YAML anchors, aliases and tags (&name, *name, !type) are refused: a few lines of them can grow to "
        "gigabytes. Write the value out, or name it once under `let`.",
    ),
    "CODI006": _error("not an object", "A mapping document is an object with keys: format, mapping, from, to, fields."),
    "CODI007": _error("not text", "The file is not UTF-8 text, or it holds characters that YAML does not allow."),
    # 1xx: the document
    "CODI101": _error("unknown key", "The key is not part of format 1. Nothing is ignored silently."),
    "CODI102": _error("key missing", "A key that every mapping document needs is not there."),
    "CODI103": _error("wrong kind of value", "The value has the wrong type or is not one of the allowed words."),
    "CODI104": _error(
        "no rule kind, or several",
        "A rule has one source for its value: expr, jmespath, value, template, cases, each or fields.",
    ),
    "CODI105": _error(
        "target set twice",
        "Two rules make the same target field, or one makes a field inside a value that the other makes whole.",
    ),
    "CODI106": _error("unknown target", "The target has no field of this name, so the value would be refused or lost."),
    "CODI107": _error("required target not mapped", "The target needs this field and no rule makes it."),
    "CODI108": _error("base mapping unknown", "`extend` names a mapping that is not there or that extends this one."),
    "CODI109": _error("bad field name", "A target field is a dotted path of names, such as `dimensions.length`."),
    "CODI110": _error("bad case", "Each case has `when` and `then`; the last may have `otherwise` instead."),
    "CODI111": _error("lookup unknown", "The rule looks its value up in a table that the mapping does not have."),
    "CODI112": _error("default missing", "`missing: default` needs a `default` on the same rule."),
    "CODI113": _error("default has the wrong type", "The default or constant cannot become the rule's type."),
    "CODI114": _error(
        "lookup option without lookup", "`missing` is about a lookup without a row; this rule has no lookup."
    ),
    "CODI115": _error(
        "name taken", "The name is one that CODI binds itself ($id, $links, $settings, $now, $root, $parent, $index)."
    ),
    # 2xx: expressions
    "CODI201": _error("expression cannot be read", "The expression is not valid in its language."),
    "CODI202": _error("unknown function", "The language has no function of this name and no `let` defines one."),
    "CODI203": _error(
        "unknown variable",
        "Neither `let` nor CODI binds the name. Names under `let` see only names above them.",
    ),
    "CODI204": _error(
        "type does not fit",
        "The rule makes another type than the target has. Say `type`, or change the rule.",
    ),
    "CODI205": _error("template cannot be read", "A template is text with {{expressions}} in double braces."),
    "CODI206": _warning(
        "case never used", "An earlier case always applies before this one, or its condition can never be true."
    ),
    "CODI207": _warning(
        "source path not in samples",
        "No sample has a value at this path. A typing error looks exactly like this.",
    ),
    "CODI208": _warning(
        "list may become a single value",
        "Where a path finds one value only, JSONata gives that value and no list. `type: list` keeps it a list.",
    ),
    "CODI209": _error("too much asked for", "The expression asks for more than its limits allow."),
    # 3xx: records
    "CODI301": _error("required field empty", "The rule says `required` and made no value, null or empty text."),
    "CODI302": _error("value cannot become the type", "The value cannot be turned into the rule's `type`."),
    "CODI303": _error("lookup has no row", "The value has no row and the rule says `missing: error`."),
    "CODI304": _error(
        "waits for a lookup row",
        "The value has no row in the lookup. The record is held until there is one; add the row and replay.",
    ),
    "CODI305": _error("expression failed", "The expression could not be evaluated on this record."),
    "CODI306": _error(
        "template needs text",
        "A part of a template is a list or an object; only text, numbers and true or false can be put into text.",
    ),
    "CODI307": _error("limit reached", "The expression asked for more steps, depth, time or space than it may have."),
    # 4xx: advice
    "CODI401": _warning("lookup never used", "No rule looks anything up in this table."),
    "CODI402": _info("source fields not used", "The samples have values that no rule reads. That may be meant."),
    "CODI403": _warning("name never used", "No rule uses this `let` name."),
    "CODI404": _warning("note without rule", "The note names a target field that no rule makes."),
    "CODI405": _info("rule without note", "Every rule of a shipped mapping says why it is as it is."),
    "CODI407": _error("nothing to take away", "An empty rule takes a field of the base away; there is none."),
}
