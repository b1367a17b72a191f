"""The open rule: everything its three tabs, its outcome line and its options show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editor.mapping.build_form import Build, build_of, functions_by_category
from editor.mapping.chips import Chip, chips_of
from editor.mapping.edits import list_around, rule_at
from editor.mapping.opened import Opened, shallow_sources
from editor.mapping.rule_form import (
    MISSING_WORDS,
    TYPES,
    CaseRow,
    Constant,
    case_rows,
    constant_of,
    rule_yaml,
)
from editor.mapping.target_rows import Row
from engine.expressions.functions.function import Function
from engine.mapping.suggest import Suggestion, TargetField, suggest


@dataclass(frozen=True, kw_only=True)
class Builder:
    """The form of one rule."""

    row: Row
    tab: str  # pick | build | code
    kind: str  # expr | jmespath | value | template | cases | each | fields | none
    expression: str
    build: Build
    constant: Constant
    template: str
    cases: tuple[CaseRow, ...]
    each: str
    yaml: str
    rule: Mapping[str, Any]  # for the options
    default: Constant
    picks: tuple[Suggestion, ...]
    lookups: tuple[str, ...]
    palette: Mapping[str, Sequence[Function]]
    live_chips: tuple[Chip, ...]
    live_differs: bool
    others: tuple[str, ...]  # places a copy may go to
    good: int  # samples the rule gives a value or nothing for, without failing
    total: int
    types: tuple[str, ...] = TYPES
    missing_words: tuple[tuple[str, str], ...] = tuple(MISSING_WORDS.items())


def kind_of(rule: Mapping[str, Any] | None) -> str:
    if rule is None:
        return "none"
    return next((kind for kind in ("value", "template", "cases", "each", "jmespath") if kind in rule), "expr")


def builder_of(opened: Opened, row: Row, tab: str = "", *, with_picks: bool = True) -> Builder:
    rule = row.rule or {}
    kind = kind_of(row.rule)
    expression = str(rule.get("jmespath") or rule.get("expr") or "")
    live = rule_at(opened.live, row.place) if opened.live is not None else None
    build = build_of(expression) if kind == "expr" else Build()
    return Builder(
        row=row,
        tab=tab or _tab(kind, build),
        kind=kind,
        expression=expression,
        build=build,
        constant=constant_of(rule.get("value", "")),
        template=str(rule.get("template") or ""),
        cases=case_rows(row.rule),
        each=str(rule.get("each") or ""),
        yaml=rule_yaml(row.rule),
        rule=rule,
        default=constant_of(rule.get("default", "")),
        picks=_picks(opened, row) if with_picks else (),
        lookups=tuple(opened.data.get("lookups") or {}),
        palette=functions_by_category(),
        live_chips=chips_of(live) if live else (),
        live_differs=bool(row.change),
        others=tuple(target.path for target in opened.targets if target.path != row.place)[:400],
        good=len(opened.samples) - len(row.failing),
        total=len(opened.samples),
    )


def _tab(kind: str, build: Build) -> str:
    if kind == "none":
        return "pick"
    if kind in ("value", "template", "cases", "each"):
        return "build"
    return "code" if build.is_code or kind == "jmespath" else "build"


def _picks(opened: Opened, row: Row) -> tuple[Suggestion, ...]:
    """The source fields that fit best; inside a list those of its entries are picked in the source pane."""
    if list_around(opened.data, row.place) or not opened.samples:
        return ()
    return suggest(TargetField(path=row.place, type=None), shallow_sources(opened.samples, 500), limit=5)
