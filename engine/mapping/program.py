"""A compiled mapping: run it over records, or preview one record field by field.

`$id`, `$links`, `$settings` and `$now` are what the caller binds; None and UNDEFINED both mean "not there". The other
names are the mapping's own `let` names, `$root` (the record) and, inside `each`, `$parent` and `$index`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any

from engine.expressions.limits import LIMITS
from engine.expressions.values import UNDEFINED, truthy
from engine.mapping.diagnostics import Diagnostic
from engine.mapping.document import Document
from engine.mapping.fast import Fast, write_fast
from engine.mapping.language import CLOCK, DEADLINE, clock_of
from engine.mapping.outcomes import Dropped, FieldPreview, Json, Mapped, Outcome, Preview, Read, Rejected
from engine.mapping.rules import Broken, Formula, Names, Nested, Node, RuleError, Sheet, Unmade


@dataclass(frozen=True, kw_only=True)
class Program:
    """One mapping document, compiled. Immutable and safe to share between threads."""

    document: Document  # as it runs: with the rules of its base mapping
    hash: str  # content hash of `document`
    diagnostics: tuple[Diagnostic, ...]  # every finding; no errors unless it was compiled as a draft
    root: Nested  # all rules
    let: tuple[tuple[str, Formula | Broken], ...]  # name → expression, in order
    skip_when: Formula | Broken | None
    targets: Mapping[str, Node]  # target field → its rule, also those inside objects and lists
    reads: Mapping[str, tuple[str, ...]]  # target field → source paths; $id and its like as "$id"
    coverage: Mapping[str, bool]  # source path of the samples → whether a rule reads it
    used: frozenset[str]  # source paths that rules, names and the filter use; see coverage.reader

    @cached_property
    def fast(self) -> Fast | None:
        """The whole mapping as one function without error handling; None where a rule is broken."""
        return write_fast(self.root, self.let, self.skip_when)

    @property
    def name(self) -> str:
        return self.document.mapping

    @property
    def writes(self) -> tuple[str, ...]:
        """Target fields in the order they are made."""
        return tuple(self.targets)

    def uses(self, name: str) -> bool:
        """Whether a rule asks for $name: links, id, settings, now."""
        return any(name in formula.expression.variables for formula in self._formulas())

    @property
    def uses_links(self) -> bool:
        return self.uses("links")

    @property
    def uses_now(self) -> bool:
        return self.uses("now")

    def _formulas(self) -> list[Formula]:
        named = [formula for _, formula in self.let if isinstance(formula, Formula)]
        first = [self.skip_when] if isinstance(self.skip_when, Formula) else []
        return [*named, *first, *self.root.formulas()]

    def run(
        self, payload: Json, *, id: Any = None, links: Any = None, settings: Any = None, now: Any = None
    ) -> Outcome:
        """Map one record. Never raises for what the record holds: that is Rejected."""
        if self.fast is not None:
            try:
                output = self.fast(payload, id, links, settings, now)
            except Exception:  # whatever it was, the second look names it
                return self.second_look(payload, id=id, links=links, settings=settings, now=now)
            return Mapped(output) if output is not UNDEFINED else self._dropped()
        return self.second_look(payload, id=id, links=links, settings=settings, now=now)

    def _dropped(self) -> Dropped:
        return Dropped(self.document.skip_when or "")

    def second_look(
        self, payload: Json, *, id: Any = None, links: Any = None, settings: Any = None, now: Any = None
    ) -> Outcome:
        """The careful way: field by field, with every failing field named. Equal to `run`, slower."""
        names = self._bind(payload, id, links, settings, now)
        return self._look(payload, names, Sheet())[0]

    def _look(self, payload: Json, names: Names, sheet: Sheet) -> tuple[Outcome, dict[str, Json]]:
        """The outcome, and every field that could be made."""
        skipped = False
        try:
            skipped = self._skipped(payload, names)
        except RuleError as failed:
            sheet.fail("skip_when", failed.error)
        if skipped and not sheet.preview:
            return self._dropped(), {}
        output = self.root.make(payload, names, sheet)
        if skipped:
            return self._dropped(), output
        return Rejected(sheet.errors) if sheet.errors else Mapped(output), output

    def _bind(self, payload: Json, id: Any, links: Any, settings: Any, now: Any) -> dict[str, Any]:
        given = {"id": id, "links": links, "settings": settings, "now": now}
        names: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        names["root"] = payload
        if isinstance(now, str):
            names[CLOCK] = clock_of(now)
        names[DEADLINE] = monotonic() + LIMITS.seconds
        for name, formula in self.let:
            try:
                names[name] = formula.evaluate(payload, names)
            except RuleError as failed:
                names[name] = Unmade(failed.error)
        return names

    def _skipped(self, payload: Json, names: Names) -> bool:
        return self.skip_when is not None and truthy(self.skip_when.evaluate(payload, names))

    def preview(
        self, payload: Json, *, id: Any = None, links: Any = None, settings: Any = None, now: Any = None
    ) -> Preview:
        """Value or error of every field, with what was read; other fields show even where some fail."""
        names = self._bind(payload, id, links, settings, now)
        sheet = Sheet(preview=True)
        outcome, output = self._look(payload, names, sheet)
        fields = {field: _field(field, sheet) for field in self.targets if field in sheet.made}
        named = {f"${name}": _name(formula, payload, names, names.get(name)) for name, formula in self.let}
        return Preview(outcome=outcome, output=output, fields=fields, names=named)


def _field(field: str, sheet: Sheet) -> FieldPreview:
    reads = sheet.reads[field]
    if field in sheet.errors:
        return FieldPreview(state="error", error=sheet.errors[field], reads=reads)
    made = sheet.made[field]
    if "[]" not in field:
        return _shown(made[0], reads)
    present = any(value is not UNDEFINED for value in made)
    values = [None if value is UNDEFINED else value for value in made]
    return _shown(values if present else UNDEFINED, reads)


def _name(formula: Formula | Broken, payload: Json, names: Names, bound: Any) -> FieldPreview:
    reads = tuple(formula.trace(payload, names))
    if isinstance(bound, Unmade):
        return FieldPreview(state="error", error=bound.error, reads=reads)
    return _shown(bound, reads)


def _shown(value: Any, reads: tuple[Read, ...]) -> FieldPreview:
    if value is UNDEFINED:
        return FieldPreview(state="undefined", reads=reads)
    return FieldPreview(state="value", value=value, reads=reads)
