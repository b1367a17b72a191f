"""One rule as a form, and back. Every kind of rule keeps what its form does not show."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from editor.mapping.build_form import expression_of
from engine.errors import UsageError
from engine.mapping.diff import normal_rule
from engine.mapping.document import TypeName
from engine.mapping.rewrite import write_text
from engine.mapping.yaml import read_text

TYPES: Final = ("", *get_args(TypeName))
SOURCES: Final = ("expr", "jmespath", "value", "template", "cases", "each", "fields")
MISSING_WORDS: Final = {"hold": "hold the record", "default": "use the default", "error": "reject the record"}

Rule = Mapping[str, Any] | None
Sent = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    at: int
    when: str  # "" in the last one: otherwise
    kind: str  # expr | value | kept
    text: str


@dataclass(frozen=True, kw_only=True)
class Constant:
    kind: str  # text | number | yesno | nothing | json
    text: str


def changed_rule(what: str, rule: Rule, sent: Sent) -> Rule:
    """The rule after the form `what` was sent. Raises UsageError or MappingError with words for people."""
    if what not in CHANGES:
        raise UsageError(f"there is no form {what!r}")
    return _tidy(CHANGES[what](rule, sent))


def _pick(rule: Rule, sent: Sent) -> Rule:
    return {**_finish(rule), "expr": sent.get("path", "").strip()}


def _expression(rule: Rule, sent: Sent) -> Rule:
    source = "jmespath" if rule and "jmespath" in rule else "expr"
    text = sent.get("expr", "")
    return {source: text, **_finish(rule)} if text.strip() else None


def _build(rule: Rule, sent: Sent) -> Rule:
    return {"expr": expression_of(sent), **_finish(rule)}


def _constant(rule: Rule, sent: Sent) -> Rule:
    kept = {"type": rule["type"]} if rule and "type" in rule else {}
    return {"value": constant_value(sent.get("constant", ""), sent.get("constant_as", "text")), **kept}


def _template(rule: Rule, sent: Sent) -> Rule:
    text = sent.get("template", "")
    return {"template": text, **_finish(rule)} if text else None


def _cases(rule: Rule, sent: Sent) -> Rule:
    old = list((rule or {}).get("cases") or [])
    do = sent.get("do", "")
    cases: list[dict[str, Any]] = []
    at = 0
    while f"case.{at}.then" in sent:
        if do != f"remove_case.{at}":
            before = old[at] if at < len(old) and isinstance(old[at], Mapping) else {}
            word = "then" if f"case.{at}.when" in sent else "otherwise"
            result = _result(sent, f"case.{at}", before.get(word))
            cases.append({"when": sent[f"case.{at}.when"], "then": result} if word == "then" else {"otherwise": result})
        at += 1
    if do == "add_case" or not cases:
        place = len(cases) - 1 if cases and "otherwise" in cases[-1] else len(cases)
        cases.insert(place, {"when": "true", "then": {"value": ""}})
        if len(cases) == 1:
            cases.append({"otherwise": {"value": ""}})
    return {"cases": cases, **_finish(rule)}


def _each(rule: Rule, sent: Sent) -> Rule:
    text = sent.get("each", "")
    kept = {key: value for key, value in (rule or {}).items() if key in ("omit_empty", "required")}
    return {"each": text, **kept} if text.strip() else None


def _yaml(rule: Rule, sent: Sent) -> Rule:
    """The rule as it stands in the file."""
    text = sent.get("yaml", "")
    if not text.strip():
        return None
    data = read_text(text).data
    return normal_rule(data) if isinstance(data, (str, Mapping)) else {"value": data}


def _options(rule: Rule, sent: Sent) -> Rule:
    """What is done with the value: required, type, lookup, default, left out when empty."""
    if rule is None:
        raise UsageError("Choose where the value comes from first.")
    changed = {key: value for key, value in rule.items() if key in SOURCES}
    if sent.get("lookup"):
        changed["lookup"] = sent["lookup"]
        if sent.get("missing") in ("default", "error"):
            changed["missing"] = sent["missing"]
    if sent.get("has_default"):
        changed["default"] = constant_value(sent.get("default", ""), sent.get("default_as", "text"))
    if sent.get("type") in TYPES[1:]:
        changed["type"] = sent["type"]
    for flag in ("omit_empty", "required"):
        if sent.get(flag):
            changed[flag] = True
    return changed


def _clear(rule: Rule, sent: Sent) -> Rule:
    return None


CHANGES: Final[dict[str, Callable[[Rule, Sent], Rule]]] = {
    "pick": _pick,
    "expr": _expression,
    "build": _build,
    "constant": _constant,
    "template": _template,
    "cases": _cases,
    "each": _each,
    "yaml": _yaml,
    "options": _options,
    "clear": _clear,
}


def _finish(rule: Rule) -> dict[str, Any]:
    """Everything of a rule but where its value comes from: kept when the source is replaced."""
    return {key: value for key, value in (rule or {}).items() if key not in SOURCES}


def _tidy(rule: Rule) -> Rule:
    """A constant takes no lookup, default or flags; a list takes no type: what its kind cannot have is left away."""
    if rule is None:
        return None
    if "value" in rule:
        return {key: value for key, value in rule.items() if key in ("value", "type")}
    if "each" in rule or "fields" in rule:
        return {key: value for key, value in rule.items() if key in ("each", "fields", "omit_empty", "required")}
    return rule


def _result(sent: Sent, name: str, old: Any) -> Any:
    """What a case gives: an expression, a constant, or what was there and cannot be shown."""
    kind, text = sent.get(f"{name}.then_as", "value"), sent.get(f"{name}.then", "")
    if kind == "kept":
        return old
    if kind == "expr":
        return text
    return {"value": constant_value(text, kind)}


def constant_value(text: str, kind: str) -> Any:
    """The value a person means by the text. Raises UsageError."""
    if kind == "number":
        return _number(text)
    if kind == "yesno":
        return text.strip().lower() in ("yes", "true", "1", "on")
    if kind == "nothing":
        return None
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise UsageError(f"This is not JSON: {error}") from None
    return text


def _number(text: str) -> int | float:
    plain = text.strip().replace(",", "")
    try:
        return int(plain) if plain.lstrip("+-").isdigit() else float(plain)
    except ValueError:
        raise UsageError(f"{text!r} is not a number.") from None


def constant_of(value: Any) -> Constant:
    if isinstance(value, bool):
        return Constant(kind="yesno", text="yes" if value else "no")
    if value is None:
        return Constant(kind="nothing", text="")
    if isinstance(value, str):
        return Constant(kind="text", text=value)
    if isinstance(value, (list, dict)):
        return Constant(kind="json", text=json.dumps(value, ensure_ascii=False, default=str))
    return Constant(kind="number", text=str(value))


def case_rows(rule: Rule) -> tuple[CaseRow, ...]:
    rows = []
    for at, case in enumerate((rule or {}).get("cases") or ()):
        if not isinstance(case, Mapping):
            continue
        result = case.get("then", case.get("otherwise"))
        when = "" if "otherwise" in case else str(case.get("when") or "")
        if isinstance(result, Mapping) and set(result) == {"value"}:
            constant = constant_of(result["value"])
            rows.append(CaseRow(at=at, when=when, kind=constant.kind, text=constant.text))
        elif isinstance(result, str) or (isinstance(result, Mapping) and set(result) == {"expr"}):
            text = result if isinstance(result, str) else str(result["expr"])
            rows.append(CaseRow(at=at, when=when, kind="expr", text=text))
        else:
            rows.append(
                CaseRow(at=at, when=when, kind="kept", text=json.dumps(result, ensure_ascii=False, default=str))
            )
    return tuple(rows)


def rule_yaml(rule: Rule) -> str:
    """The rule as it stands in the file, without the fields nested in it."""
    return write_text(dict(rule)).rstrip() if rule else ""
