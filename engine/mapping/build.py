"""The model's rules → compiled rules, with a finding for everything that cannot be one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.errors import ExpressionError, LimitError
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
from engine.mapping.document import (
    Finish as FinishKeys,
)
from engine.mapping.language import expression
from engine.mapping.load import did_you_mean, place_of
from engine.mapping.lookups import Table
from engine.mapping.rules import PLAIN, Broken, Chosen, Computed, Constant, Each, Filled, Finish, Formula, Nested, Node
from engine.mapping.template import split_template
from engine.mapping.yaml import Path, SourceText

Tables = Mapping[str, Table]

BOUND: Final = frozenset({"id", "links", "settings", "now", "root"})
IN_EACH: Final = frozenset({"parent", "index"})
_SEGMENT: Final = re.compile(r"`([^`]+)`|([^.`\[\]\s]+)")


def split_target(name: str) -> tuple[str, ...] | None:
    """`dimensions.length` → ("dimensions", "length"); names with dots stand in backticks. None: no path."""
    parts: list[str] = []
    position = 0
    while match := _SEGMENT.match(name, position):
        parts.append(match[1] or match[2])
        position = match.end()
        if position == len(name):
            return tuple(parts)
        if name[position] != ".":
            return None
        position += 1
    return None


def join_target(around: str, parts: Iterable[str]) -> str:
    names = [f"`{part}`" if "." in part else part for part in parts]
    return ".".join([around, *names] if around else names)


class Builder:
    """Builds the rules of one document and gathers findings; a rule with an error becomes Broken."""

    def __init__(
        self, document: Document, source: SourceText, own: Mapping[str, Any], tables: Mapping[str, Table]
    ) -> None:
        self.document = document
        self.source = source
        self.own = own  # the document as written, before its base came in: its places are in `source`
        self.tables = tables  # lookups of the document and of the context
        self.diagnostics: list[Diagnostic] = []
        self.targets: dict[str, Node] = {}
        self.places: dict[str, Path] = {}  # target field → where its rule stands in the document
        self.used_tables: set[str] = set()
        self.used_names: set[str] = set()
        self.visible: set[str] = set(BOUND)

    # ------------------------------------------------------------ findings

    def place(self, path: Path, *, field: str = "", part: str = "", key: bool = False, **span: int | None) -> Place:
        if len(path) > 1 and self.document.extend and path[1] not in self.own.get(str(path[0]), ()):
            return Place(field=field, part=part, file=self.document.extend, **span)
        return place_of(self.source, path, field=field, part=part, key=key, **span)

    def find(self, code: str, message: str, place: Place, hint: str = "") -> Diagnostic:
        diagnostic = diagnose(code, message, hint=hint, place=place)
        self.diagnostics.append(diagnostic)
        return diagnostic

    # ------------------------------------------------------------ expressions

    def formula(
        self,
        text: str,
        path: Path,
        *,
        field: str,
        part: str,
        context: str = "",
        language: str = "",
        offset: int = 0,
        names: frozenset[str] = frozenset(),
    ) -> Formula | Broken:
        """`offset`: where `text` begins in the value at `path` (inside a template)."""
        language = language or self.document.language
        try:
            compiled = expression(text, language)
        except ExpressionError as error:
            return self._unreadable(error, text, path, field, part, offset)
        unknown = sorted(compiled.variables - self.visible - names)
        if unknown:
            start = text.find(f"${unknown[0]}")
            place = self.place(
                path, field=field, part=part, start=start + offset, end=start + offset + len(unknown[0]) + 1
            )
            known = sorted(self.visible | names)
            hint = did_you_mean(unknown[0], known) or "names known here: " + ", ".join(f"${name}" for name in known)
            found = self.find("CODI203", f"There is no name ${unknown[0]}.", place, hint)
            return Broken(field=field, diagnostic=found, expression=text)
        self.used_names |= compiled.variables
        if compiled.fallback:
            self.find("CODI208", "The expression runs in the library.", self.place(path, field=field, part=part))
        return Formula(part=part, context=context, expression=compiled)

    def _unreadable(self, error: ExpressionError, text: str, path: Path, field: str, part: str, offset: int) -> Broken:
        start = None if error.start is None else error.start + offset
        end = None if error.end is None else error.end + offset
        place = self.place(path, field=field, part=part, start=start, end=end)
        code = (
            error.code if error.code.startswith("CODI") else "CODI209" if isinstance(error, LimitError) else "CODI201"
        )
        known = f" [{error.code}]" if error.code and not error.code.startswith("CODI") else ""
        return Broken(field=field, diagnostic=self.find(code, f"{error.message}{known}", place), expression=text)

    # ------------------------------------------------------------ rules

    def fields(
        self,
        fields: Mapping[str, Any],
        path: Path,
        *,
        around: str = "",
        context: str = "",
        names: frozenset[str] = frozenset(),
        keep: bool = False,
    ) -> Nested:
        """All rules of one object; dotted names become objects inside it."""
        tree: dict[str, Any] = {}
        for name, rule in fields.items():
            parts = split_target(name)
            if parts is None:
                hint = "lists are made with `each`" if "[" in name else "write a.b, names with dots in backticks"
                self.find("CODI109", f"`{name}` is not a target field.", self.place((*path, name), key=True), hint)
                continue
            field = join_target(around, parts)
            if rule is None:
                place = self.place((*path, name), field=field, key=True)
                self.find("CODI407", f"The rule of {field} is empty.", place, "write an expression, or remove the line")
                continue
            node = self.rule(rule, (*path, name), field=field, context=context, names=names)
            self._insert(tree, parts, node, self.place((*path, name), field=field, key=True))
        return self._nested(tree, around, keep)

    def _insert(self, tree: dict[str, Any], parts: Sequence[str], node: Node, place: Place) -> None:
        """Put a rule at its place in the tree of objects; objects merge, everything else may be there once."""
        for part in parts[:-1]:
            inner = tree.setdefault(part, {})
            if not isinstance(inner, dict):
                self.find("CODI105", f"{place.field} is inside {part}, which another rule makes whole.", place)
                return
            tree = inner
        there = tree.get(parts[-1])
        if there is None:
            tree[parts[-1]] = _branches(node) if isinstance(node, Nested) and not node.required else node
        elif isinstance(there, dict) and isinstance(node, Nested):
            for name, inner in node.fields:
                self._insert(there, [name], inner, place)
        else:
            self.find("CODI105", f"{place.field} is already made by another rule.", place, "keep one of the two")

    def _nested(self, tree: Mapping[str, Any], around: str, keep: bool = False) -> Nested:
        fields: list[tuple[str, Node]] = []
        for name, inner in tree.items():
            field = join_target(around, [name])
            fields.append((name, self._nested(inner, field) if isinstance(inner, dict) else inner))
        return Nested(field=around, fields=tuple(fields), keep=keep)

    def rule(self, rule: Any, path: Path, *, field: str, context: str, names: frozenset[str]) -> Node:
        self.places.setdefault(field, path)
        node = self._rule(rule, path, field=field, context=context, names=names)
        if not isinstance(node, Nested):
            self.targets.setdefault(field, node)
        return node

    def _rule(self, rule: Any, path: Path, *, field: str, context: str, names: frozenset[str]) -> Node:
        match rule:
            case str():
                return self._computed(rule, path, PLAIN, field=field, part="expr", context=context, names=names)
            case ExprRule():
                finish = self.finish(rule, path, field)
                return self._computed(
                    rule.expr, (*path, "expr"), finish, field=field, part="expr", context=context, names=names
                )
            case JmespathRule():
                finish = self.finish(rule, path, field)
                return self._computed(
                    rule.jmespath, (*path, "jmespath"), finish,
                    field=field, part="jmespath", context=context, names=names, language="jmespath",
                )  # fmt: skip
            case ValueRule():
                return self._constant(rule, path, field)
            case TemplateRule():
                return self._template(rule, path, field=field, context=context, names=names)
            case CasesRule():
                return self._cases(rule, path, field=field, context=context, names=names)
            case EachRule():
                return self._each(rule, path, field=field, context=context, names=names)
            case ObjectRule():
                nested = self.fields(rule.fields, (*path, "fields"), around=field, context=context, names=names)
                return Nested(field=field, fields=nested.fields, required=rule.required)
        raise TypeError(f"no rule: {type(rule).__name__}")

    def _computed(self, text: str, path: Path, finish: Finish | Broken, **where: Any) -> Node:
        formula = self.formula(text, path, **where)
        if isinstance(formula, Broken):
            return formula
        if isinstance(finish, Broken):
            return finish
        return Computed(field=where["field"], formula=formula, finish=finish)

    def _constant(self, rule: ValueRule, path: Path, field: str) -> Node:
        value = rule.value
        if rule.type and value is not None:
            try:
                value = CONVERT[rule.type](value)
            except ExpressionError as error:
                place = self.place((*path, "value"), field=field, part="value")
                return Broken(field=field, diagnostic=self.find("CODI113", f"The constant: {error.message}.", place))
        return Constant(field=field, value=value)

    def _template(self, rule: TemplateRule, path: Path, *, field: str, context: str, names: frozenset[str]) -> Node:
        finish = self.finish(rule, path, field)
        at = (*path, "template")
        try:
            split = split_template(rule.template)
        except ExpressionError as error:
            return self._unreadable(error, rule.template, at, field, "template", 0)
        pieces: list[str | Formula] = []
        broken: Broken | None = finish if isinstance(finish, Broken) else None
        for piece in split:
            if not piece.expression:
                pieces.append(piece.text)
                continue
            formula = self.formula(
                piece.text, at, field=field, part="template", context=context, names=names, offset=piece.start
            )
            if isinstance(formula, Broken):
                broken = broken or formula
            else:
                pieces.append(formula)
        if broken or isinstance(finish, Broken):
            return broken or finish  # type: ignore[return-value]
        return Filled(field=field, pieces=tuple(pieces), finish=finish)

    def _cases(self, rule: CasesRule, path: Path, *, field: str, context: str, names: frozenset[str]) -> Node:
        finish = self.finish(rule, path, field)
        cases: list[tuple[Formula | None, Node]] = []
        broken: Broken | None = finish if isinstance(finish, Broken) else None
        for index, case in enumerate(rule.cases):
            at = (*path, "cases", index)
            made = self._case(case, at, index, field=field, context=context, names=names)
            broken = broken or next((part for part in made if isinstance(part, Broken)), None)
            cases.append(made)  # type: ignore[arg-type]
        self._reach(rule.cases, path, field)
        if broken or isinstance(finish, Broken):
            return broken or finish  # type: ignore[return-value]
        return Chosen(field=field, cases=tuple(cases), finish=finish)

    def _case(
        self, case: Case, path: Path, index: int, *, field: str, context: str, names: frozenset[str]
    ) -> tuple[Formula | Broken | None, Node]:
        said = case.model_fields_set
        part = f"cases[{index}]"
        if said not in ({"when", "then"}, {"otherwise"}):
            hint = "write {when: …, then: …}, and as the last one {otherwise: …}"
            place = self.place(path, field=field, part=part)
            found = self.find("CODI110", "A case has `when` and `then`, or `otherwise`.", place, hint)
            return None, Broken(field=field, diagnostic=found)
        word = "otherwise" if "otherwise" in said else "then"
        when = None
        if case.when is not None:
            when = self.formula(
                case.when, (*path, "when"), field=field, part=f"{part}.when", context=context, names=names
            )
        inner = getattr(case, word)
        then: Node
        if inner is None:
            then = Constant(field=field, value=None)
        else:
            then = self._rule(inner, (*path, word), field=field, context=context, names=names)
        return when, then

    def _reach(self, cases: Sequence[Case], path: Path, field: str) -> None:
        """Cases that an earlier one leaves nothing for."""
        seen: dict[str, int] = {}
        always: int | None = None
        for index, case in enumerate(cases):
            place = self.place((*path, "cases", index), field=field, part=f"cases[{index}]")
            text = (case.when or "").strip()
            if always is not None:
                self.find("CODI206", f"Case {index + 1} is never reached: case {always + 1} always applies.", place)
            elif text in seen:
                self.find("CODI206", f"Case {index + 1} asks the same as case {seen[text] + 1}.", place)
            elif text in ("false", "null", "0", "''", '""', "[]", "{}"):
                self.find("CODI206", f"Case {index + 1} never applies: its condition is always false.", place)
            if text:
                seen.setdefault(text, index)
            if always is None and (case.when is None or text == "true"):
                always = index

    def _each(self, rule: EachRule, path: Path, *, field: str, context: str, names: frozenset[str]) -> Node:
        formula = self.formula(rule.each, (*path, "each"), field=field, part="each", context=context, names=names)
        below = formula.expression.reads[:1] if isinstance(formula, Formula) else ()
        inside = ".".join(part for part in (context, *below) if part)
        entry = self.fields(
            rule.fields, (*path, "fields"), around=f"{field}[]", context=inside, names=names | IN_EACH, keep=True
        )
        if isinstance(formula, Broken):
            return formula
        return Each(field=field, each=formula, entry=entry, omit_empty=rule.omit_empty, required=rule.required)

    # ------------------------------------------------------------ after the value

    def finish(self, rule: FinishKeys, path: Path, field: str) -> Finish | Broken:
        before = len(self.diagnostics)
        table = self._table(rule, path, field)
        default: Any = rule.default if rule.has_default else UNDEFINED
        if rule.missing == "default" and not rule.has_default:
            place = self.place((*path, "missing"), field=field, part="missing")
            self.find("CODI112", "`missing: default` needs a `default`.", place, "add `default: …` to the rule")
        if rule.type and default is not UNDEFINED and default is not None:
            try:
                default = CONVERT[rule.type](default)
            except ExpressionError as error:
                place = self.place((*path, "default"), field=field, part="default")
                self.find("CODI113", f"The default: {error.message}.", place)
        if len(self.diagnostics) > before:
            return Broken(field=field, diagnostic=self.diagnostics[-1])
        return Finish(
            table=table,
            lookup=rule.lookup or "",
            missing=rule.missing or "hold",
            default=default,
            type=rule.type or "",
            convert=CONVERT[rule.type] if rule.type else None,
            omit_empty=rule.omit_empty,
            required=rule.required,
        )

    def _table(self, rule: FinishKeys, path: Path, field: str) -> Table | None:
        if rule.lookup is None:
            if rule.missing is not None:
                place = self.place((*path, "missing"), field=field, part="missing")
                self.find("CODI114", "`missing` stands without `lookup`.", place, "add `lookup: …` or remove it")
            return None
        self.used_tables.add(rule.lookup)
        table = self.tables.get(rule.lookup)
        if table is None:
            place = self.place((*path, "lookup"), field=field, part="lookup")
            hint = did_you_mean(rule.lookup, list(self.tables)) or "add the table under `lookups`"
            self.find("CODI111", f"There is no lookup `{rule.lookup}`.", place, hint)
        return table

    # ------------------------------------------------------------ the document around the rules

    def let(self) -> tuple[tuple[str, Formula | Broken], ...]:
        named: list[tuple[str, Formula | Broken]] = []
        for name, text in self.document.let.items():
            if name in BOUND | IN_EACH:
                place = self.place(("let", name), part=f"let.{name}", key=True)
                self.find("CODI115", f"${name} is a name CODI binds itself.", place, "choose another name")
                continue
            named.append((name, self.formula(text, ("let", name), field="", part=f"let.{name}")))
            self.visible.add(name)
        return tuple(named)

    def skip_when(self) -> Formula | Broken | None:
        text = self.document.skip_when
        return self.formula(text, ("skip_when",), field="", part="skip_when") if text is not None else None


def _branches(node: Nested) -> dict[str, Any]:
    return {name: _branches(inner) if isinstance(inner, Nested) else inner for name, inner in node.fields}
