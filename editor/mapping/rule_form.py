"""One rule as a form, and back. Every kind of rule keeps what its form does not show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from editor.mapping.build_form import expression_of
from editor.mapping.case_form import sent_cases
from editor.mapping.constants import constant_value
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


def changed_rule(what: str, rule: Rule, sent: Sent) -> Rule:
    """The rule after the form `what` was sent. Raises UsageError or MappingError with words for people."""
    if what not in CHANGES:
        raise UsageError(f"there is no form {what!r}")
    return _tidy(CHANGES[what](rule, sent))


def _pick(rule: Rule, sent: Sent) -> Rule:
    return {**_finish(rule), "expr": sent.get("path", "").strip()}


def _expression(rule: Rule, sent: Sent) -> Rule:
    source = "jmespath" if rule and "jmespath" in rule else "expr"
    text = sent.get("expr", "").strip()
    return {source: text, **_finish(rule)} if text else None


def _build(rule: Rule, sent: Sent) -> Rule:
    return {"expr": expression_of(sent), **_finish(rule)}


def _constant(rule: Rule, sent: Sent) -> Rule:
    kept = {"type": rule["type"]} if rule and "type" in rule else {}
    return {"value": constant_value(sent.get("constant", ""), sent.get("constant_as", "text")), **kept}


def _template(rule: Rule, sent: Sent) -> Rule:
    text = sent.get("template", "")
    return {"template": text, **_finish(rule)} if text else None


def _cases(rule: Rule, sent: Sent) -> Rule:
    return {"cases": sent_cases(rule, sent), **_finish(rule)}


def _each(rule: Rule, sent: Sent) -> Rule:
    text = sent.get("each", "").strip()
    kept = {key: value for key, value in (rule or {}).items() if key in ("omit_empty", "required")}
    return {"each": text, **kept} if text else None


def _yaml(rule: Rule, sent: Sent) -> Rule:
    """The rule as it stands in the file."""
    text = sent.get("yaml", "").strip()
    if not text:
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


def rule_yaml(rule: Rule) -> str:
    """The rule as it stands in the file, without the fields nested in it."""
    return write_text(dict(rule)).rstrip() if rule else ""
