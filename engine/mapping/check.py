"""What can be said about a mapping without running it, once its rules are built: targets, types, names, coverage.

Everything is gathered; nothing stops at the first finding. build.py has named what could not be built at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.expressions import syntax
from engine.expressions.syntax import Node as Tree
from engine.expressions.values import UNDEFINED
from engine.mapping.build import At, Builder, Placed
from engine.mapping.convert import CONVERT, shown
from engine.mapping.coverage import reader
from engine.mapping.infer import Types, infer
from engine.mapping.load import did_you_mean
from engine.mapping.rules import Chosen, Computed, Constant, Each, Filled, Finish, Formula, Nested, Node
from engine.mapping.types import FieldType, read_schema, sample_paths, schema_paths, word_of

_TYPE_WORDS: Final[dict[Any, str]] = {
    CONVERT["string"]: "string",
    CONVERT["decimal"]: "string",
    CONVERT["date"]: "string",
    CONVERT["datetime"]: "string",
    CONVERT["number"]: "number",
    CONVERT["integer"]: "number",
    CONVERT["boolean"]: "boolean",
    CONVERT["list"]: "list",
    CONVERT["object"]: "object",
}
SHOWN: Final = 12  # unused source fields named in one message


@dataclass(kw_only=True)
class Checker:
    """The checks over one built document."""

    builder: Builder
    root: Nested
    target: FieldType | None  # what it makes; None: not known
    source: FieldType | None  # what it reads; None: not known
    samples: Sequence[Any]
    used: frozenset[str]  # see coverage.used_paths

    def __post_init__(self) -> None:
        self.sure = schema_paths(self.source) if self.source is not None else {}
        self.known = {**sample_paths(self.samples), **self.sure}
        self.coverage: dict[str, bool] = {}

    def run(self) -> None:
        """Add every finding to the builder's."""
        if self.target is not None:
            self._targets(self.target)
        for placed in self.builder.formulas if self.known else ():
            self._sources(placed)
        self._unused()
        self._notes()
        self._without_note()
        self._coverage()

    # ------------------------------------------------------------ targets

    def _targets(self, target: FieldType) -> None:
        for name, at in self.builder.places.items():
            path = tuple(name.replace("[]", "").split("."))
            node = self.builder.targets.get(name)
            kind = target.at(path)
            if kind is None:
                self._unknown(target, path, at)
            elif node is not None:
                self._fits(node, kind, at)
        self._required(self.root, target, At(path=("fields",)))

    def _unknown(self, target: FieldType, path: tuple[str, ...], at: At) -> None:
        around = target.at(path[:-1]) if len(path) > 1 else target
        if around is None:
            return  # the object around it is unknown already, and named
        while around.entries is not None and not around.fields:
            around = around.entries
        hint = did_you_mean(path[-1], list(around.fields))
        place = self.builder.place(at, key=True)
        self.builder.find("CODI106", f"The target has no field {at.field}.", place, hint)

    def _required(self, nested: Nested, target: FieldType, at: At) -> None:
        while target.entries is not None and "list" in target.types:
            target = target.entries
        made = {name for name, _ in nested.fields}
        for name in sorted(target.required - made):
            field = f"{nested.field}.{name}" if nested.field else name
            place = self.builder.place(replace(at, field=field))
            self.builder.find("CODI107", f"The target needs {field}, and no rule makes it.", place, "add a rule for it")
        for name, node in nested.fields:
            inner = target.fields.get(name)
            below = node.entry if isinstance(node, Each) else node
            if inner is not None and isinstance(below, Nested):
                field = node.field
                self._required(below, inner, self.builder.places.get(field, replace(at, field=field)))

    def _fits(self, node: Node, kind: FieldType, at: At) -> None:
        values = _constants(node)
        for value in values:
            if kind.allowed is not None and value not in kind.allowed:
                allowed = ", ".join(shown(each) for each in kind.allowed[:8])
                place = self.builder.place(at)
                self.builder.find("CODI204", f"{at.field} cannot be {shown(value)}.", place, f"it may be {allowed}")
                return
        types = self._types(node)
        if kind.types <= {"list", "null"} and (types is None or not types <= {"list", "null"}):
            place = self.builder.place(at)
            hint = "say `type: list`"
            self.builder.find("CODI208", f"{at.field} is a list, the rule may make a single value.", place, hint)
            return
        if types is None or types & kind.types:
            return
        if kind.format == "decimal" and "number" in types:
            return  # a number leaves as decimal text
        word = " or ".join(sorted(types))
        hint = "say `type: string` or `type: decimal`" if "number" in types and "string" in kind.types else ""
        message = f"The rule makes {word}, {at.field} must be {kind.words}."
        self.builder.find("CODI204", message, self.builder.place(at), hint)

    def _types(self, node: Node) -> Types:
        """The JSON types a rule can make; None: not known."""
        match node:
            case Constant():
                return frozenset({word_of(node.value)})
            case Filled():
                return self._finished(frozenset({"string"}), node.finish)
            case Each():
                return frozenset({"list"})
            case Nested():
                return frozenset({"object"})
            case Chosen():
                types: Types = frozenset()
                for _, then in node.cases:
                    made = self._types(then)
                    types = None if types is None or made is None else types | made
                return self._finished(types, node.finish)
            case Computed():
                tree = node.formula.expression.tree
                inferred = None if tree is None else infer(tree, lambda path: self._path_types(path, node.formula))
                return self._finished(inferred, node.finish)
        return None

    def _finished(self, types: Types, finish: Finish) -> Types:
        if finish.table is not None:
            types = frozenset(word_of(value) for value in finish.table.values()) or None
        if finish.convert is not None:
            types = frozenset({_TYPE_WORDS[finish.convert]})
        if finish.default is not UNDEFINED and types is not None:
            types = types | {word_of(finish.default)}
        return types

    def _path_types(self, path: Tree, formula: Formula) -> Types:
        """Of a path of plain names. Only the schema is sure of a type, but samples tell what is a list."""
        origins = formula.lineage.result
        if not isinstance(path, syntax.Path) or path.group is not None or len(origins) != 1:
            return None
        if not all(isinstance(s.expression, syntax.Name) and s == syntax.Step(s.expression) for s in path.steps):
            return frozenset({"list"}) if path.keeps else None
        for count in range(1, len(path.steps)):
            around = self.known.get(formula.path(replace(origins[0], path=origins[0].path[:count])))
            if around is None or "list" in around:
                return None  # several values, of which one would stand alone
        types = self.known.get(formula.path(origins[0]))
        if types is None or "list" in types:
            return types if types is not None and types <= {"list", "null"} else None
        return types if formula.path(origins[0]) in self.sure else None

    # ------------------------------------------------------------ expressions

    def _sources(self, placed: Placed) -> None:
        formula = placed.formula
        for origin in formula.lineage.reads:
            paths = list(formula.sources([origin]))
            if not paths or any(not p or p.startswith("$") or "*" in p or p in self.known for p in paths):
                continue
            path = paths[0]
            parent = path.rpartition(".")[0]
            near = [known for known in self.known if known.rpartition(".")[0] == parent] or list(self.known)
            place = self.builder.place(placed.at, origin.start + placed.offset, origin.end + placed.offset)
            what = "sample" if self.samples else "source"
            self.builder.find("CODI207", f"No {what} has {path}.", place, did_you_mean(path, near))

    # ------------------------------------------------------------ the document

    def _unused(self) -> None:
        document = self.builder.document
        for name in document.lookups:
            if name not in self.builder.used_tables:
                place = self.builder.place(At(path=("lookups", name), part=f"lookups.{name}"), key=True)
                self.builder.find("CODI401", f"No rule uses the lookup {name}.", place)
        for name in document.let:
            if name not in self.builder.used_names:
                place = self.builder.place(At(path=("let", name), part=f"let.{name}"), key=True)
                self.builder.find("CODI403", f"No rule uses ${name}.", place)

    def _notes(self) -> None:
        notes = self.builder.document.notes
        made = {*self.builder.places, *self.builder.document.let, *self.builder.document.lookups, "skip_when"}
        for name in notes:
            if name not in made:
                place = self.builder.place(At(path=("notes", name), field=name), key=True)
                self.builder.find("CODI404", f"No rule makes {name}.", place, did_you_mean(name, sorted(made)))

    def _without_note(self) -> None:
        """Where some rules have notes, the others."""
        notes = self.builder.document.notes
        noted = tuple(notes)
        bare = [
            name
            for name in self.builder.document.fields
            if name not in notes and not any(note.startswith((f"{name}.", f"{name}[")) for note in noted)
        ]
        if notes and bare:
            named = ", ".join(bare[:SHOWN]) + (f" and {len(bare) - SHOWN} more" if len(bare) > SHOWN else "")
            place = self.builder.place(At(path=("notes",)), key=True)
            self.builder.find("CODI405", f"{len(bare)} of {len(bare) + len(notes)} rules have no note: {named}.", place)

    def _coverage(self) -> None:
        """Which source fields with a value no rule reads."""
        paths = self.known
        leaves = [path for path, types in paths.items() if types - {"object", "list", "null"}]
        is_used = reader(self.used)
        self.coverage = {path: is_used(path) for path in leaves}
        unused = [path for path, used in self.coverage.items() if not used]
        if unused:
            more = f" and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
            message = f"{len(unused)} of {len(leaves)} source fields are not used: {', '.join(unused[:SHOWN])}{more}."
            self.builder.find("CODI402", message, self.builder.place(At(path=("fields",))))


def _constants(node: Node) -> Iterator[Any]:
    """The values a rule may make that its document spells out."""
    if isinstance(node, Constant):
        yield node.value
    elif isinstance(node, Chosen) and node.finish.table is None and node.finish.convert is None:
        for _, then in node.cases:
            yield from _constants(then)
    elif isinstance(node, Computed) and node.finish.table is not None and node.finish.convert is None:
        yield from node.finish.table.values()


def check(
    builder: Builder,
    root: Nested,
    *,
    target_schema: Mapping[str, Any] | None,
    source_schema: Mapping[str, Any] | None,
    samples: Sequence[Any],
    used: frozenset[str],
) -> Mapping[str, bool]:
    """Add the findings to the builder's; return the coverage of the source's fields."""
    checker = Checker(
        builder=builder,
        root=root,
        target=read_schema(target_schema) if target_schema is not None else None,
        source=read_schema(source_schema) if source_schema is not None else None,
        samples=samples,
        used=used,
    )
    checker.run()
    return checker.coverage
