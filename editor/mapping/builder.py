"""The open rule: everything its three tabs, its outcome line and its options show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editor.mapping.build_form import Build, build_of, functions_by_category
from editor.mapping.case_form import RESULT_KINDS, CaseRow, case_rows
from editor.mapping.chips import Chip, chips_of
from editor.mapping.condition_form import KINDS, Boxes, boxes_of, focus_after
from editor.mapping.constants import Constant, constant_of
from editor.mapping.edits import list_around, rule_at
from editor.mapping.opened import Opened, shallow_sources
from editor.mapping.probe import Now, Standing, standings
from editor.mapping.rule_form import MISSING_WORDS, TYPES, rule_yaml
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
    standing: Mapping[str, Standing]  # of the parts of the cases' conditions, by name
    applies: int | None  # the case whose result the chosen sample gets; None: nobody can say
    focus: str  # id of the box one goes on with
    each: str
    around: str  # the source list of the rule around, without indexes and filters; "": none
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
    value_kinds: tuple[tuple[str, str], ...] = tuple(KINDS.items())
    result_kinds: tuple[tuple[str, str], ...] = tuple(RESULT_KINDS.items())


@dataclass(frozen=True, kw_only=True)
class SkipForm:
    """The condition under which a record is left out."""

    boxes: Boxes
    standing: Mapping[str, Standing]
    focus: str
    value_kinds: tuple[tuple[str, str], ...] = tuple(KINDS.items())


def skip_form(opened: Opened, pressed: str = "") -> SkipForm:
    language = str(opened.data.get("language") or "jsonata")
    text = str(opened.data.get("skip_when") or "false")
    as_code = pressed.removeprefix("as_code.") if pressed.startswith("as_code.") else ""
    boxes = boxes_of(text, "skip_when", "Condition for leaving a record out", language=language, as_code=as_code)
    standing = standings(opened, "", [boxes])
    if text == "false":
        standing = dict.fromkeys(standing, Standing(now=Now(text="no record is left out", tone="off")))
    return SkipForm(boxes=boxes, standing=standing, focus=focus_after(pressed, [boxes]))


def kind_of(rule: Mapping[str, Any] | None) -> str:
    if rule is None:
        return "none"
    return next((kind for kind in ("value", "template", "cases", "each", "jmespath") if kind in rule), "expr")


def builder_of(opened: Opened, row: Row, tab: str = "", *, with_picks: bool = True, pressed: str = "") -> Builder:
    """`pressed`: the button of the cases' form after which it is drawn."""
    rule = row.rule or {}
    kind = kind_of(row.rule)
    expression = str(rule.get("jmespath") or rule.get("expr") or "")
    live = rule_at(opened.live, row.place) if opened.live is not None else None
    build = build_of(expression) if kind == "expr" else Build()
    language = str(opened.data.get("language") or "jsonata")
    as_code = pressed.removeprefix("as_code.") if pressed.startswith("as_code.") else ""
    cases = case_rows(row.rule, language=language, as_code=as_code)
    conditions = [case.when for case in cases if case.when is not None]
    standing = standings(opened, row.place, conditions) if conditions else {}
    return Builder(
        row=row,
        tab=tab or _tab(kind, build),
        kind=kind,
        expression=expression,
        build=build,
        constant=constant_of(rule.get("value", "")),
        template=str(rule.get("template") or ""),
        cases=cases,
        standing=standing,
        applies=_applies(cases, standing) if not list_around(opened.data, row.place) else None,
        focus=_focus(pressed, cases) or focus_after(pressed, conditions),
        each=str(rule.get("each") or ""),
        around=_source_list(opened, row.place),
        yaml="" if kind in ("none", "expr", "jmespath") else rule_yaml(row.rule),  # those have a form of their own
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


def _applies(cases: Sequence[CaseRow], standing: Mapping[str, Standing]) -> int | None:
    """The first case whose condition holds; none where one fails before, or where there is no sample."""
    for case in cases:
        now = None if case.when is None else standing[case.when.name].now
        if case.when is None or (now is not None and now.tone == "ok"):
            return case.at if standing and all(each.now is not None for each in standing.values()) else None
        if now is None or now.tone == "bad":
            return None
    return None


def _focus(pressed: str, cases: Sequence[CaseRow]) -> str:
    """After a button that is about a whole case."""
    what, _, place = pressed.partition(".")
    at = int(place) if place.isdigit() else 0
    if what == "add_case":
        last = [case.when for case in cases if case.when is not None]
        return f"{last[-1].id}-0-left" if last else ""
    if what in ("up_case", "down_case"):
        return f"{what}-{max(0, at - 1) if what == 'up_case' else at + 1}"
    return {"remove_case": "add-case", "add_otherwise": f"case-{len(cases) - 1}-then"}.get(what, "")


def _source_list(opened: Opened, place: str) -> str:
    around = list_around(opened.data, place)
    return str((rule_at(opened.data, around) or {}).get("each", "")).partition("[")[0].strip() if around else ""


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
