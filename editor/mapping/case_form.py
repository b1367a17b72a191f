"""The cases of a rule as a form, and back: conditions with what each gives, tried from the top."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from editor.mapping.condition_form import Boxes, boxes_of, sent_condition
from editor.mapping.constants import constant_of, constant_value
from engine.errors import UsageError
from engine.mapping.visual import Field, read_form

RESULT_KINDS: Final = {
    "field": "field",
    "text": "text",
    "number": "number",
    "yesno": "yes/no",
    "nothing": "null",
    "template": "text with fields",
    "lookup": "field through lookup",
    "code": "code",
    "json": "JSON",
}
KEPT: Final = "kept"  # a result that no other kind can show
_TEXTS: Final = {"field": "expr", "code": "expr", "template": "template"}

Rule = Mapping[str, Any] | None
Sent = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a case gives."""

    kind: str  # a key of RESULT_KINDS, or KEPT
    text: str
    lookup: str = ""
    missing: str = "hold"


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    at: int
    when: Boxes | None  # None in the last one: otherwise
    result: Result


def case_rows(rule: Rule, *, language: str = "jsonata", as_code: str = "") -> tuple[CaseRow, ...]:
    """`as_code` names the condition that is to be edited as code."""
    rows = []
    for at, case in enumerate((rule or {}).get("cases") or ()):
        if not isinstance(case, Mapping):
            continue
        when = None
        if "otherwise" not in case:
            label = f"Condition {at + 1}"
            when = boxes_of(str(case.get("when") or ""), f"case.{at}.when", label, language=language, as_code=as_code)
        rows.append(CaseRow(at=at, when=when, result=result_of(case.get("then", case.get("otherwise")))))
    return tuple(rows)


def result_of(rule: Any) -> Result:
    if isinstance(rule, str):
        return _of_expression(rule)
    if isinstance(rule, Mapping):
        if set(rule) == {"value"}:
            constant = constant_of(rule["value"])
            return Result(kind=constant.kind, text=constant.text)
        if set(rule) == {"expr"}:
            return _of_expression(str(rule["expr"]))
        if set(rule) == {"template"} and str(rule["template"]).isprintable():
            return Result(kind="template", text=str(rule["template"]))
        if "expr" in rule and rule.get("lookup") and str(rule["expr"]).isprintable():
            missing = str(rule.get("missing") or "hold")
            return Result(kind="lookup", text=str(rule["expr"]), lookup=str(rule["lookup"]), missing=missing)
    return Result(kind=KEPT, text=json.dumps(rule, ensure_ascii=False, default=str))


def _of_expression(text: str) -> Result:
    if not text.isprintable():  # a box for one line would lose its breaks
        return Result(kind=KEPT, text=json.dumps({"expr": text}, ensure_ascii=False))
    return Result(kind="field" if isinstance(read_form(text), Field) else "code", text=text)


def sent_cases(rule: Rule, sent: Sent) -> list[dict[str, Any]]:
    """The cases the boxes say, after the button that was pressed did its work. Raises UsageError."""
    old: Sequence[Any] = (rule or {}).get("cases") or []
    cases: list[dict[str, Any]] = []
    while f"case.{len(cases)}.then" in sent:
        name, at = f"case.{len(cases)}", len(cases)
        before = old[at] if at < len(old) and isinstance(old[at], Mapping) else {}
        word = "then" if f"{name}.when.is" in sent else "otherwise"
        result = _sent_result(sent, name, before.get(word))
        if word == "then":
            cases.append({**before, "when": sent_condition(sent, f"{name}.when"), "then": result})
        else:
            cases.append({"otherwise": result})
    if not cases:  # the rule was of another kind: its value is what no case changes
        cases = [{"otherwise": _value_of(rule or {})}]
    return _pressed(cases, sent.get("do", ""))


def _value_of(rule: Mapping[str, Any]) -> Any:
    kinds = ("value", "template", "jmespath")
    return rule["expr"] if "expr" in rule else {kind: rule[kind] for kind in kinds if kind in rule} or {"value": ""}


def _pressed(cases: list[dict[str, Any]], do: str) -> list[dict[str, Any]]:
    what, _, place = do.partition(".")
    at = int(place) if place.isdigit() else -1
    last = len(cases) - 1 if cases and "otherwise" in cases[-1] else len(cases)  # where `otherwise` stands
    if what == "remove_case" and at >= 0:
        cases = [case for number, case in enumerate(cases) if number != at]
    elif what in ("up_case", "down_case") and at >= 0:
        to = at - 1 if what == "up_case" else at + 1
        if 0 <= to < last and at < last:
            cases[at], cases[to] = cases[to], cases[at]
    elif what == "add_otherwise" and last == len(cases):
        cases.append({"otherwise": {"value": ""}})
    elif what == "add_case":
        cases.insert(last, {"when": "false", "then": {"value": ""}})
    return cases or [{"otherwise": {"value": ""}}]


def _sent_result(sent: Sent, name: str, before: Any) -> Any:
    """The rule of a result; the one it had where its boxes still say that."""
    result = Result(
        kind=sent.get(f"{name}.then_as", "text"),
        text=sent.get(f"{name}.then", ""),
        lookup=sent.get(f"{name}.lookup", ""),
        missing=sent.get(f"{name}.missing", "hold"),
    )
    if before is not None and (result.kind == KEPT or _says(result, result_of(before))):
        return before
    if result.kind == "lookup":
        return _through_lookup(result, before if isinstance(before, Mapping) and "lookup" in before else {})
    if result.kind not in _TEXTS:
        return {"value": constant_value(result.text, result.kind)}
    if not result.text.strip():
        raise UsageError("Say what the case gives: its box is empty.")
    if result.kind == "field" and not isinstance(read_form(result.text), Field):
        raise UsageError(f"{result.text!r} is not a field: choose one of the list, or choose code.")
    return {_TEXTS[result.kind]: result.text} if result.kind == "template" else result.text.strip()


def _says(sent: Result, drawn: Result) -> bool:
    if sent.kind == drawn.kind == "lookup":
        return sent == drawn
    return (sent.kind, sent.text) == (drawn.kind, drawn.text)


def _through_lookup(result: Result, before: Mapping[str, Any]) -> dict[str, Any]:
    if not result.lookup:
        raise UsageError("Choose the lookup; the mapping has none yet where the list is empty.")
    if not result.text.strip():
        raise UsageError("Name the field that is looked up.")
    rule = {**before, "expr": result.text.strip(), "lookup": result.lookup}
    if result.missing != before.get("missing", "hold"):
        rule["missing"] = result.missing
    return rule
