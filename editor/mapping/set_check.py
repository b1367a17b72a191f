"""What replacing one state of a mapping set by another does: rule by rule, test by test, record by record."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from editor.bases import bases_in, whole
from engine.errors import CodiError, MappingError
from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.diagnostics import Diagnostic, errors
from engine.mapping.diff import DocumentDiff, diff_documents
from engine.mapping.golden import GoldenReport, GoldenResult, parse_case, run_case
from engine.mapping.impact import FieldImpact, Impact, ImpactCounter, ImpactRecord
from engine.mapping.program import Program
from engine.mapping.yaml import read_text


@dataclass(kw_only=True)
class MappingCheck:
    """One mapping of the set, before and after. Filled in step by step, so that a page can show how far it is."""

    stem: str
    title: str
    kind: str  # changed | new | removed | same
    diff: DocumentDiff
    before: Program | None
    after: Program | None  # None: taken out, or its text cannot be read
    diagnostics: tuple[Diagnostic, ...]
    tests: GoldenReport
    data: Mapping[str, Any]  # the document after; before, where it is taken out
    counter: ImpactCounter | None = None
    affected: list[str] = field(default_factory=list)  # keys of the records that come out differently
    note: str = ""  # why nothing was compared

    @property
    def impact(self) -> Impact | None:
        return self.counter.result() if self.counter is not None else None

    @property
    def errors(self) -> int:
        return len(errors(self.diagnostics))

    @property
    def outgoing(self) -> bool:
        return bool((self.data.get("from") or {}).get("entity"))

    @property
    def moves(self) -> bool:
        """Whether records may come out differently."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return self.before.hash != self.after.hash

    def add(self, records: Sequence[ImpactRecord]) -> None:
        """Maps the records both ways."""
        assert self.counter is not None
        for record in records:
            known = self.counter.affected
            self.counter.add(record)
            if self.counter.affected > known:
                self.affected.append(record.key)


@dataclass(kw_only=True)
class SetCheck:
    """The whole comparison, while it runs and after."""

    environment: str
    before: int | None  # revision that runs; None: nothing runs yet
    hash: str  # content hash of what would run
    size: int  # how many of the newest records of each mapping are tried
    limit: float  # share of records that may change without a confirmation
    mappings: list[MappingCheck] = field(default_factory=list)
    done: int = 0  # records compared
    total: int = 0
    ended: bool = False
    problem: str = ""  # why it stopped
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    @property
    def changed(self) -> list[MappingCheck]:
        return [each for each in self.mappings if each.kind != "same" or each.moves]

    @property
    def rules(self) -> int:
        return sum(len(each.diff.changes) for each in self.mappings)

    @property
    def errors(self) -> int:
        return sum(each.errors for each in self.mappings)

    @property
    def warnings(self) -> int:
        return sum(found.severity == "warning" for each in self.mappings for found in each.diagnostics)

    @property
    def tests(self) -> int:
        return sum(len(each.tests.results) for each in self.mappings)

    @property
    def failing(self) -> int:
        return sum(len(each.tests.failed) for each in self.mappings)

    @property
    def compared(self) -> list[MappingCheck]:
        """Mappings that ran before and would run differently."""
        return [each for each in self.mappings if each.counter is not None and each.kind != "new"]

    @property
    def records(self) -> int:
        return sum(each.counter.records for each in self.compared if each.counter)

    @property
    def affected(self) -> int:
        return sum(len(each.affected) for each in self.compared)

    @property
    def emptied(self) -> int:
        return self._effect("emptied")

    @property
    def fails(self) -> int:
        return self._effect("fails")

    def _effect(self, effect: Any) -> int:
        impacts = [each.impact for each in self.compared]
        return sum(found.counts[effect] for impact in impacts if impact for found in impact.fields)

    @property
    def share(self) -> float:
        return self.affected / self.records if self.records else 0.0

    @property
    def over(self) -> bool:
        """Whether more changes than the workspace lets pass unseen."""
        return self.share > self.limit

    @property
    def confirm(self) -> int | None:
        """The number a person types to publish to live; None: nothing to confirm."""
        if self.over:
            return self.affected
        return self.failing or None

    @property
    def losses(self) -> list[FieldImpact]:
        """Fields that are filled less often than before, the worst first."""
        impacts = [each.impact for each in self.compared]
        fields = [found for impact in impacts if impact for found in impact.fields]
        return sorted(
            (found for found in fields if found.filled_after < found.filled_before),
            key=lambda found: found.filled_after - found.filled_before,
        )


def check_mapping(
    stem: str, before: Mapping[str, str], after: Mapping[str, str], old: MappingContext, new: MappingContext
) -> MappingCheck:
    """Everything but the records: the difference, the findings, the golden tests. `before` and `after` are the files
    of the two states; the contexts hold each state's bases, the new one also schemas and samples."""
    path = f"{stem}.yaml"
    was, _, unreadable = _read(before.get(path), path)
    data, text, found = _read(after.get(path), path)
    program = compile_draft(text, new, file=path) if text and not found else None
    earlier = compile_draft(was, old) if was and not unreadable else None
    was, data = whole(was, bases_in(before)), whole(data, bases_in(after))
    kind = "new" if path not in before else "removed" if path not in after else "same" if was == data else "changed"
    return MappingCheck(
        stem=stem,
        title=str(data.get("title") or was.get("title") or stem),
        kind=kind,
        diff=diff_documents(was, was if found else data),
        before=earlier,
        after=program,
        diagnostics=program.diagnostics if program else found,
        tests=golden_results(stem, after, program),
        data=data or was,
    )


def _read(text: str | None, path: str) -> tuple[Mapping[str, Any], str, tuple[Diagnostic, ...]]:
    """The document, its text, and what is wrong where it cannot be read."""
    if not text:
        return {}, "", ()
    try:
        data = read_text(text, path).data
    except MappingError as error:
        return {}, text, tuple(error.diagnostics)
    return (data if isinstance(data, Mapping) else {}), text, ()


def golden_results(stem: str, files: Mapping[str, str], program: Program | None) -> GoldenReport:
    """The golden tests of a mapping among the files of its set, run."""
    prefix = f"{stem}.golden/"
    cases = {path: text for path, text in sorted(files.items()) if path.startswith(prefix)}
    return GoldenReport(mapping=stem, results=tuple(_test(path, prefix, text, program) for path, text in cases.items()))


def _test(path: str, prefix: str, text: str, program: Program | None) -> GoldenResult:
    """A case that cannot be read has failed like any other."""
    name = path.removeprefix(prefix).removesuffix(".yaml")
    try:
        case = parse_case(text, name, path)
    except CodiError as error:
        return GoldenResult(name=name, title=name, passed=False, message=str(error), got="refused")
    if program is None:
        message = "the mapping is not there or cannot be read"
        return GoldenResult(name=name, title=case.title or name, passed=False, message=message, got="refused")
    return run_case(program, case)
