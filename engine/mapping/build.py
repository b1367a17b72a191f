"""The model's rules → compiled rules, with a finding for everything that cannot be one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.errors import ExpressionError, LimitError
from engine.expressions import syntax
from engine.expressions.reads import MAX_ORIGINS, trace_jsonata
from engine.expressions.values import UNDEFINED
from engine.mapping.convert import CONVERT
from engine.mapping.diagnostics import Diagnostic, Place, diagnose
from engine.mapping.document import (
    Case,
    CasesRule,
    Document,
    EachRule,
    ExprRule,
    JmespathRule,
    ObjectRule,
    TemplateRule,
    ValueRule,
)
from engine.mapping.document import Finish as FinishKeys
from engine.mapping.language import FUNCTION_NAMES, Expression, expression
from engine.mapping.load import did_you_mean, place_of
from engine.mapping.lookups import Table
from engine.mapping.rules import PLAIN, Broken, Chosen, Computed, Constant, Each, Filled, Finish, Formula, Nested, Node
from engine.mapping.targets import join_target, split_target
from engine.mapping.template import split_template
from engine.mapping.yaml import Path, SourceText

BOUND: Final = frozenset({"id", "links", "settings", "now", "root"})
IN_EACH: Final = frozenset({"parent", "index"})
FALSE: Final = frozenset({"false", "null", "0", "''", '""', "[]", "{}"})  # conditions that are never true


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Where we are in the document."""

    path: Path  # keys from the top
    field: str = ""  # target field
    part: str = ""  # which text of the rule
    names: frozenset[str] = frozenset()  # $names beside those of the whole document
    prefixes: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)  # see rules.Formula

    def into(self, *steps: str | int, part: str | None = None) -> At:
        return replace(self, path=(*self.path, *steps), part=self.part if part is None else part)


@dataclass(frozen=True, slots=True)
class Placed:
    """An expression and where it stands."""

    at: At
    formula: Formula
    offset: int  # where it begins in the text there (inside a template)


class Builder:
    """Builds the rules of one document and gathers findings; a rule with an error becomes Broken."""

    def __init__(self, document: Document, source: SourceText, tables: Mapping[str, Table]) -> None:
        self.document = document
        self.source = source  # as written, before the base's rules came in
        self.tables = tables  # lookups of the document and of the context
        self.diagnostics: list[Diagnostic] = []
        self.formulas: list[Placed] = []
        self.targets: dict[str, Node] = {}
        self.places: dict[str, At] = {}  # target field → where its rule stands
        self.used_tables: set[str] = set()
        self.used_names: set[str] = set()
        self.visible: set[str] = set(BOUND)
        self.prefixes: dict[str, tuple[str, ...]] = {"": ("",), "$": ("",), "root": ("",)}
        self.functions: dict[str, syntax.Lambda] = {}  # names of `let` that are functions

    # ------------------------------------------------------------ findings

    def place(self, at: At, start: int | None = None, end: int | None = None, *, key: bool = False) -> Place:
        """`start`, `end`: a range in the text at this place."""
        top = self.source.data.get(at.path[0], ()) if at.path else ()
        if self.document.extend and len(at.path) > 1 and at.path[1] not in top:
            return Place(field=at.field, part=at.part, start=start, end=end, file=self.document.extend)
        return place_of(self.source, at.path, field=at.field, part=at.part, key=key, start=start, end=end)

    def find(self, code: str, message: str, place: Place, hint: str = "") -> Diagnostic:
        diagnostic = diagnose(code, message, hint=hint, place=place)
        self.diagnostics.append(diagnostic)
        return diagnostic

    # ------------------------------------------------------------ expressions

    def formula(self, text: str, at: At, language: str = "", offset: int = 0) -> Formula | Broken:
        """`offset`: where `text` begins in the value at `at` (inside a template)."""
        compiled = expression(
            text, language or self.document.language, bool(at.names), frozenset(self.visible | at.names)
        )
        if isinstance(compiled, tuple):
            broken = [self._unreadable(error, text, at, offset) for error in compiled]
            return broken[0]
        unknown = self._unknown_name(compiled, at, offset)
        if unknown is not None:
            return Broken(field=at.field, diagnostic=unknown, expression=text)
        self.used_names |= compiled.variables.keys()
        lineage = compiled.lineage
        if compiled.tree is not None and not self.functions.keys().isdisjoint(compiled.variables):
            lineage = trace_jsonata(compiled.tree, self.functions)
        prefixes = {**self.prefixes, **at.prefixes}
        formula = Formula(part=at.part, expression=compiled, lineage=lineage, prefixes=prefixes)
        self.formulas.append(Placed(at, formula, offset))
        return formula

    def _unknown_name(self, compiled: Expression, at: At, offset: int) -> Diagnostic | None:
        """A finding for the first variable or function that is not there."""
        visible = self.visible | at.names
        for name, (start, end) in compiled.variables.items():
            if name not in visible:
                known = sorted(visible)
                hint = did_you_mean(name, known) or "names known here: " + ", ".join(f"${each}" for each in known)
                return self.find(
                    "CODI203", f"There is no name ${name}.", self.place(at, start + offset, end + offset), hint
                )
        for name, (start, end) in compiled.functions.items():
            if name not in compiled.variables and name not in FUNCTION_NAMES:
                hint = did_you_mean(name, sorted({*FUNCTION_NAMES, *self.document.let}))
                place = self.place(at, start + offset, end + offset)
                return self.find("CODI202", f"There is no function ${name}.", place, hint)
        return None

    def _unreadable(self, error: ExpressionError, text: str, at: At, offset: int) -> Broken:
        start = None if error.start is None else error.start + offset
        end = None if error.end is None else error.end + offset
        own = error.code.startswith("CODI")
        if error.code == "unknown-function":
            error.code, own = "CODI202", True  # in JMESPath's words
        code = error.code if own else "CODI209" if isinstance(error, LimitError) else "CODI201"
        message = f"{error.message} [{error.code}]" if error.code and not own else error.message
        found = self.find(code, message, self.place(at, start, end))
        return Broken(field=at.field, diagnostic=found, expression=text)

    # ------------------------------------------------------------ objects

    def fields(self, fields: Mapping[str, Any], at: At, *, keep: bool = False) -> Nested:
        """All rules of one object; dotted names become objects inside it."""
        tree: dict[str, Any] = {}
        for name, rule in fields.items():
            parts = split_target(name)
            here = at.into(name)
            if parts is None:
                hint = "lists are made with `each`" if "[" in name else "write a.b, names with dots in backticks"
                self.find("CODI109", f"`{name}` is not a target field.", self.place(here, key=True), hint)
                continue
            here = replace(here, field=join_target(at.field, parts))
            if rule is None:
                message = f"The rule of {here.field} is empty."
                self.find("CODI407", message, self.place(here, key=True), "write an expression, or remove the line")
                continue
            self._insert(tree, parts, self._target(rule, here), here)
        return self._nested(tree, at.field, keep)

    def _target(self, rule: Any, at: At) -> Node:
        node = self.rule(rule, at)
        self.places.setdefault(at.field, at)
        if not isinstance(node, Nested):
            self.targets.setdefault(at.field, node)
        return node

    def _insert(self, tree: dict[str, Any], parts: Sequence[str], node: Node, at: At) -> None:
        """Put a rule at its place in the tree of objects; objects merge, everything else may be there once."""
        for part in parts[:-1]:
            inner = tree.setdefault(part, {})
            if not isinstance(inner, dict):
                message = f"{at.field} is inside {part}, which another rule makes whole."
                self.find("CODI105", message, self.place(at, key=True), "keep one of the two")
                return
            tree = inner
        there = tree.get(parts[-1])
        if there is None:
            tree[parts[-1]] = _branches(node) if isinstance(node, Nested) and not node.required else node
        elif isinstance(there, dict) and isinstance(node, Nested):
            for name, inner in node.fields:
                self._insert(there, [name], inner, at)
        else:
            message = f"{at.field} is already made by another rule."
            self.find("CODI105", message, self.place(at, key=True), "keep one of the two")

    def _nested(self, tree: Mapping[str, Any], around: str, keep: bool = False) -> Nested:
        fields: list[tuple[str, Node]] = []
        for name, inner in tree.items():
            target = join_target(around, [name])
            fields.append((name, self._nested(inner, target) if isinstance(inner, dict) else inner))
        return Nested(field=around, fields=tuple(fields), keep=keep)

    # ------------------------------------------------------------ rules

    def rule(self, rule: Any, at: At) -> Node:
        """The compiled form of one rule of the model."""
        match rule:
            case str():
                return self._computed(rule, replace(at, part="expr"), PLAIN)
            case ExprRule():
                return self._computed(rule.expr, at.into("expr", part="expr"), self.finish(rule, at))
            case JmespathRule():
                inside = at.into("jmespath", part="jmespath")
                return self._computed(rule.jmespath, inside, self.finish(rule, at), "jmespath")
            case ValueRule():
                return self._constant(rule, at)
            case TemplateRule():
                return self._template(rule, at)
            case CasesRule():
                return self._cases(rule, at)
            case EachRule():
                return self._each(rule, at)
            case ObjectRule():
                return replace(self.fields(rule.fields, at.into("fields")), required=rule.required)
        raise TypeError(f"no rule: {type(rule).__name__}")

    def _computed(self, text: str, at: At, finish: Finish | Broken, language: str = "") -> Node:
        formula = self.formula(text, at, language)
        if isinstance(formula, Broken):
            return formula
        if isinstance(finish, Broken):
            return finish
        return Computed(field=at.field, formula=formula, finish=finish)

    def _constant(self, rule: ValueRule, at: At) -> Node:
        value = rule.value
        if rule.type and value is not None:
            try:
                value = CONVERT[rule.type](value)
            except ExpressionError as error:
                place = self.place(at.into("value", part="value"))
                return Broken(field=at.field, diagnostic=self.find("CODI113", f"The constant: {error.message}.", place))
        return Constant(field=at.field, value=value)

    def _template(self, rule: TemplateRule, at: At) -> Node:
        inside = at.into("template", part="template")
        made: list[str | Formula | Broken] = []
        try:
            for piece in split_template(rule.template):
                made.append(self.formula(piece.text, inside, "", piece.start) if piece.expression else piece.text)
        except ExpressionError as error:
            return self._unreadable(error, rule.template, inside, 0)
        finish = self.finish(rule, at)
        broken = next((part for part in (*made, finish) if isinstance(part, Broken)), None)
        if broken or isinstance(finish, Broken):
            return broken or finish  # type: ignore[return-value]  # the second is reached with a Broken only
        pieces = tuple(piece for piece in made if not isinstance(piece, Broken))
        return Filled(field=at.field, pieces=pieces, finish=finish)

    def _cases(self, rule: CasesRule, at: At) -> Node:
        finish = self.finish(rule, at)
        cases: list[tuple[Formula | None, Node]] = []
        broken = finish if isinstance(finish, Broken) else None
        for index, case in enumerate(rule.cases):
            when, then = self._case(case, replace(at.into("cases", index), part=f"cases[{index}]"))
            broken = broken or next((part for part in (when, then) if isinstance(part, Broken)), None)
            if not isinstance(when, Broken):
                cases.append((when, then))
        self._reach(rule.cases, at)
        if broken or isinstance(finish, Broken):
            return broken or finish  # type: ignore[return-value]  # the second is reached with a Broken only
        return Chosen(field=at.field, cases=tuple(cases), finish=finish)

    def _case(self, case: Case, at: At) -> tuple[Formula | Broken | None, Node]:
        said = case.model_fields_set
        if said not in ({"when", "then"}, {"otherwise"}):
            hint = "write {when: …, then: …}, and as the last one {otherwise: …}"
            found = self.find("CODI110", "A case has `when` and `then`, or `otherwise`.", self.place(at), hint)
            return None, Broken(field=at.field, diagnostic=found)
        when = None
        if case.when is not None:
            when = self.formula(case.when, at.into("when", part=f"{at.part}.when"))
        inner = case.then if "then" in said else case.otherwise
        if inner is None:
            return when, Constant(field=at.field, value=None)
        return when, self.rule(inner, at.into("then" if "then" in said else "otherwise"))

    def _reach(self, cases: Sequence[Case], at: At) -> None:
        """Name the cases that are never used."""
        seen: dict[str, int] = {}
        always: int | None = None
        for index, case in enumerate(cases):
            text = (case.when or "").strip()
            message = ""
            if always is not None:
                message = f"Case {index + 1} is never reached: case {always + 1} always applies."
            elif text in seen:
                message = f"Case {index + 1} asks the same as case {seen[text] + 1}."
            elif text in FALSE:
                message = f"Case {index + 1} never applies: its condition is always false."
            if message:
                self.find("CODI206", message, self.place(at.into("cases", index, part=f"cases[{index}]")))
            if text:
                seen.setdefault(text, index)
            if always is None and (case.when is None or text == "true"):
                always = index

    def _each(self, rule: EachRule, at: At) -> Node:
        formula = self.formula(rule.each, at.into("each", part="each"))
        entry = _stands_for(formula)
        prefixes = {**at.prefixes, "parent": at.prefixes.get("", ("",)), "index": (), "": entry}
        inside = replace(at.into("fields"), field=f"{at.field}[]", names=at.names | IN_EACH, prefixes=prefixes, part="")
        nested = self.fields(rule.fields, inside, keep=True)
        if isinstance(formula, Broken):
            return formula
        return Each(field=at.field, each=formula, entry=nested, omit_empty=rule.omit_empty, required=rule.required)

    # ------------------------------------------------------------ after the value

    def finish(self, rule: FinishKeys, at: At) -> Finish | Broken:
        """What is done with the rule's value once it is there."""
        before = len(self.diagnostics)
        table = self._table(rule, at)
        default: Any = rule.default if rule.has_default else UNDEFINED
        if rule.missing == "default" and not rule.has_default:
            place = self.place(at.into("missing", part="missing"))
            self.find("CODI112", "`missing: default` needs a `default`.", place, "add `default: …` to the rule")
        if rule.type and default is not UNDEFINED and default is not None:
            try:
                default = CONVERT[rule.type](default)
            except ExpressionError as error:
                place = self.place(at.into("default", part="default"))
                self.find("CODI113", f"The default: {error.message}.", place)
        if len(self.diagnostics) > before:
            return Broken(field=at.field, diagnostic=self.diagnostics[-1])
        return Finish(
            table=table,
            lookup=rule.lookup or "",
            missing=rule.missing or "hold",
            default=default,
            convert=CONVERT[rule.type] if rule.type else None,
            omit_empty=rule.omit_empty,
            required=rule.required,
        )

    def _table(self, rule: FinishKeys, at: At) -> Table | None:
        if rule.lookup is None:
            if rule.missing is not None:
                place = self.place(at.into("missing", part="missing"))
                self.find("CODI114", "`missing` stands without `lookup`.", place, "add `lookup: …` or remove it")
            return None
        self.used_tables.add(rule.lookup)
        table = self.tables.get(rule.lookup)
        if table is None:
            place = self.place(at.into("lookup", part="lookup"))
            hint = did_you_mean(rule.lookup, list(self.tables)) or "add the table under `lookups`"
            self.find("CODI111", f"There is no lookup `{rule.lookup}`.", place, hint)
        return table

    # ------------------------------------------------------------ the document around the rules

    def let(self) -> tuple[tuple[str, Formula | Broken], ...]:
        """The document's names, in order; each sees those above it."""
        named: list[tuple[str, Formula | Broken]] = []
        for name, text in self.document.let.items():
            at = At(path=("let", name), part=f"let.{name}")
            if name in BOUND | IN_EACH:
                message = f"${name} is a name CODI binds itself."
                self.find("CODI115", message, self.place(at, key=True), "choose another name")
                continue
            formula = self.formula(text, at)
            named.append((name, formula))
            self.visible.add(name)
            self.prefixes[name] = _stands_for(formula)
            if isinstance(formula, Formula) and isinstance(formula.expression.tree, syntax.Lambda):
                self.functions[name] = formula.expression.tree
        return tuple(named)

    def skip_when(self) -> Formula | Broken | None:
        text = self.document.skip_when
        return None if text is None else self.formula(text, At(path=("skip_when",), part="skip_when"))


def _stands_for(formula: Formula | Broken) -> tuple[str, ...]:
    """The source paths that the value of an expression is taken from; none where it is computed."""
    if isinstance(formula, Broken):
        return ()
    return tuple(dict.fromkeys(formula.sources(formula.lineage.result)))[:MAX_ORIGINS]


def _branches(node: Nested) -> dict[str, Any]:
    return {name: _branches(inner) if isinstance(inner, Nested) else inner for name, inner in node.fields}
