"""Compiled rules: the tree a mapping document becomes, and how each kind of rule makes its value.

`make(value, names, sheet)` takes the context (the record, or the entry of the list inside `each`), the $names and the
sheet on which results and errors are noted, and returns a JSON value or UNDEFINED. A rule that fails raises RuleError;
the object around it notes that on the sheet and goes on, so that one record shows every failing field. This is the
careful way, for `preview` and the second look; the one function in fast.py must give equal results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import ExpressionError, LimitError
from engine.expressions.reads import Lineage, Origin
from engine.expressions.values import UNDEFINED, FunctionValue, plain, truthy
from engine.mapping.convert import as_text, shown
from engine.mapping.diagnostics import Diagnostic
from engine.mapping.language import Expression
from engine.mapping.lookups import Table, look_up
from engine.mapping.outcomes import FieldError, Read

Names = Mapping[str, Any]


class RuleError(Exception):
    """A rule could not make its value."""

    def __init__(self, error: FieldError) -> None:
        self.error = error


class Sheet:
    """What was made of one record: errors by field and, for a preview, every result and what was read."""

    def __init__(self, *, preview: bool = False) -> None:
        self.preview = preview
        self.errors: dict[str, FieldError] = {}  # target field → the first error in it
        self.made: dict[str, list[Any]] = {}  # target field → results, one for each entry of the lists around it
        self.reads: dict[str, tuple[Read, ...]] = {}  # target field → what its rule read, for the first entry
        self.entries: list[tuple[str, int]] = []  # the lists we are inside of: field and index

    def fail(self, field: str, error: FieldError) -> None:
        if self.entries:
            around, index = self.entries[-1]
            error = replace(error, message=f"entry {index + 1} of {around}: {error.message}")
        self.errors.setdefault(field, error)

    def note(self, node: Node, result: Any, value: Any, names: Names) -> None:
        self.made.setdefault(node.field, []).append(result)
        if node.field not in self.reads:
            reads = {read.path: read for formula in node.inputs() for read in formula.trace(value, names)}
            self.reads[node.field] = tuple(reads.values())


_WORDS_OF_THE_MAPPING = frozenset(("D3137", "D3141"))  # $error and $assert: the consultant's own sentence


@dataclass(frozen=True, slots=True)
class Unmade:
    """Stands among the $names for a `let` whose expression failed, until a rule asks for it."""

    error: FieldError


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One expression of a rule, and how its places are called."""

    part: str  # expr, jmespath, each, template, cases[0].when, let.main, skip_when
    expression: Expression
    lineage: Lineage  # as in the expression, with the functions followed that the document names
    prefixes: Mapping[str, tuple[str, ...]]  # starting point (see Origin) → its source paths: "" the record itself

    @property
    def named(self) -> bool:
        """Whether it is the value of a `let` name."""
        return self.part.startswith("let.")

    def evaluate(self, value: Any, names: Names) -> Any:
        for name in self.expression.variables:
            bound = names.get(name)
            if bound.__class__ is Unmade:
                raise RuleError(bound.error)
        try:
            return self.expression.evaluate(value, names)
        except ExpressionError as error:
            raise RuleError(self.blame(error, value, names)) from error

    def blame(self, error: ExpressionError, value: Any, names: Names) -> FieldError:
        """The error with its place and what was read."""
        lookup = error.token if error.code in ("CODI303", "CODI304") else None
        ours = error.code.startswith("CODI")
        bare = ours or not error.code or error.code in _WORDS_OF_THE_MAPPING
        general = "CODI307" if isinstance(error, LimitError) else "CODI305"
        own = error.expression == self.expression.text
        return FieldError(
            message=error.message if bare else f"{error.message} [{error.code}]",
            code=error.code if ours else general,
            part=self.part,
            expression=self.expression.text,
            start=error.start if own else None,
            end=error.end if own else None,
            reads={read.path: read.value for read in self.trace(value, names) if read.found},
            lookup=lookup,
            key=error.value if lookup else None,
            hold=error.code == "CODI304",
        )

    def path(self, origin: Origin) -> str:
        """The source path, from the record: `variants.price`; from a $name where that stands for none or several:
        `$links.category`."""
        prefixes = self.prefixes.get(origin.name, ())
        return _join(prefixes[0] if len(prefixes) == 1 else f"${origin.name or 'entry'}", origin.text)

    def sources(self, origins: Iterable[Origin]) -> Iterator[str]:
        """Every source path that these stand for. What the caller binds stands for itself: `$links.category`."""
        for origin in origins:
            if origin.name in self.prefixes:
                yield from (_join(prefix, origin.text) for prefix in self.prefixes[origin.name])
            elif origin.name in self.expression.variables:
                yield _join(f"${origin.name}", origin.text)

    def paths(self, *, own: bool = False) -> Iterator[str]:
        """Every source path it looks at; `own`: without those its result stands for, which others read on."""
        result = self.lineage.result if own else ()
        return self.sources(origin for origin in self.lineage.reads if origin not in result)

    def trace(self, value: Any, names: Names) -> Iterator[Read]:
        """The source values the expression looks at, in the order of its text."""
        for origin in self.lineage.reads:
            if not origin.path and not self.prefixes.get(origin.name):
                continue  # a name as a whole that is no source value
            name = "root" if origin.name == "$" else origin.name
            start = names.get(name, UNDEFINED) if name else value
            found = _at(start, origin.path) if start.__class__ is not Unmade else UNDEFINED
            yield Read(
                path=self.path(origin), value=None if found is UNDEFINED else found, found=found is not UNDEFINED
            )


def _join(prefix: str, path: str) -> str:
    return ".".join(part for part in (prefix, path) if part)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """The value at a path, through lists as in JSONata; for showing, not for mapping."""
    for step in path:
        if isinstance(value, list):
            found = [entry[step] for entry in value if isinstance(entry, dict) and step in entry]
            value = found if len(found) > 1 else found[0] if found else UNDEFINED
        else:
            value = value.get(step, UNDEFINED) if isinstance(value, dict) else UNDEFINED
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """What is done with a rule's value: lookup, default, type, omit_empty, required, in this order."""

    table: Table | None = None
    lookup: str = ""  # the table's name
    missing: str = "hold"
    default: Any = UNDEFINED
    convert: Callable[[Any], Any] | None = None
    omit_empty: bool = False
    required: bool = False

    @property
    def plain(self) -> bool:
        """True when the value stays as it is."""
        return not (
            self.table is not None or self.default is not UNDEFINED or self.convert or self.omit_empty or self.required
        )

    def __call__(self, value: Any) -> Any:
        """Raises ExpressionError (CODI301 … CODI304)."""
        if self.table is not None and value is not UNDEFINED and value is not None:
            value = look_up(self.table, self.lookup, value, self.missing)
        if (value is UNDEFINED or value is None) and self.default is not UNDEFINED:
            value = deepcopy(self.default)
        elif self.convert and value is not UNDEFINED and value is not None:
            value = self.convert(value)
        if self.omit_empty:
            value = without_empty(value)
        return require(value) if self.required else value


def without_empty(value: Any) -> Any:
    """Nothing instead of null, "", [] and {}."""
    return UNDEFINED if value is None or value == "" or value == [] or value == {} else value


def require(value: Any) -> Any:
    """The value, if it is one. Raises ExpressionError (CODI301)."""
    if value is UNDEFINED or value is None or value == "":
        raise nothing_made(value)
    return value


def settled(value: Any) -> Any:
    """A result as plain JSON values. Raises ExpressionError for a function: most likely its parentheses are missing."""
    if isinstance(value, FunctionValue):
        raise ExpressionError("the expression gives a function, not a value; call it with ( )", code="CODI305")
    return plain(value)


def nothing_made(value: Any) -> ExpressionError:
    what = "has no value" if value is UNDEFINED else "is null" if value is None else "is empty text"
    return ExpressionError(f"the field is required and {what}", code="CODI301")


PLAIN = Finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Computed:
    """The value of one expression."""

    field: str  # target field: price, images[].src
    formula: Formula
    finish: Finish = PLAIN

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        result = self.formula.evaluate(value, names)
        try:
            return self.finish(settled(result))
        except ExpressionError as error:
            raise RuleError(self.formula.blame(error, value, names)) from error

    def inputs(self) -> Iterator[Formula]:
        yield self.formula

    def formulas(self) -> Iterator[Formula]:
        yield self.formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """Always the same value."""

    field: str
    value: Any

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        return deepcopy(self.value)

    def inputs(self) -> Iterator[Formula]:
        return iter(())

    def formulas(self) -> Iterator[Formula]:
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template: text and expressions by turns."""

    field: str
    pieces: tuple[str | Formula, ...]
    finish: Finish = PLAIN

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        results = [piece if isinstance(piece, str) else plain(piece.evaluate(value, names)) for piece in self.pieces]
        try:
            return self.finish(join_pieces(results))
        except ExpressionError as error:
            raise RuleError(self._blame(error, results, value, names)) from error

    def _blame(self, error: ExpressionError, results: list[Any], value: Any, names: Names) -> FieldError:
        formulas = [piece for piece in self.pieces if isinstance(piece, Formula)]
        guilty = (f for f, made in zip(self.pieces, results, strict=True) if isinstance(made, list | dict))
        formula = next((f for f in guilty if isinstance(f, Formula)), formulas[0] if formulas else None)
        if formula is None:
            return FieldError(message=error.message, code=error.code or "CODI305", part="template")
        return formula.blame(error, value, names)

    def inputs(self) -> Iterator[Formula]:
        return (piece for piece in self.pieces if isinstance(piece, Formula))

    def formulas(self) -> Iterator[Formula]:
        return (piece for piece in self.pieces if isinstance(piece, Formula))


def join_pieces(results: list[Any]) -> Any:
    """Template text; UNDEFINED as soon as one piece has no value. Raises ExpressionError (CODI306)."""
    texts: list[str] = []
    for result in results:
        if result is UNDEFINED or result is None:
            return UNDEFINED
        if isinstance(result, list | dict):
            message = f"{shown(result)} cannot be put into text; choose one value or $join them"
            raise ExpressionError(message, code="CODI306", value=result)
        texts.append(result if result.__class__ is str else as_text(result))
    return "".join(texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The first case whose condition is true; a condition of None is `otherwise`."""

    field: str
    cases: tuple[tuple[Formula | None, Node], ...]
    finish: Finish = PLAIN

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        result: Any = UNDEFINED
        for when, then in self.cases:
            if when is None or truthy(when.evaluate(value, names)):
                result = then.make(value, names, sheet)
                break
        try:
            return self.finish(result)
        except ExpressionError as error:
            raise RuleError(self._blame(error, value, names)) from error

    def _blame(self, error: ExpressionError, value: Any, names: Names) -> FieldError:
        formulas = list(self.formulas())
        if not formulas:
            return FieldError(message=error.message, code=error.code, part="cases")
        return formulas[0].blame(error, value, names)

    def inputs(self) -> Iterator[Formula]:
        for when, then in self.cases:
            if when is not None:
                yield when
            yield from then.inputs()

    def formulas(self) -> Iterator[Formula]:
        for when, then in self.cases:
            if when is not None:
                yield when
            yield from then.formulas()


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """An object, field by field; UNDEFINED when no field has a value and `keep` is False."""

    field: str
    fields: tuple[tuple[str, Node], ...]
    required: bool = False
    keep: bool = False  # an entry of a list stays even when it is empty

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        made: dict[str, Any] = {}
        for name, node in self.fields:
            result: Any = UNDEFINED
            try:
                result = node.make(value, names, sheet)
            except RuleError as failed:
                sheet.fail(node.field, failed.error)
            if sheet.preview:
                sheet.note(node, result, value, names)
            if result is not UNDEFINED:
                made[name] = result
        if made or self.keep:
            return made
        if self.required and not sheet.errors:
            raise RuleError(FieldError(message=nothing_made(UNDEFINED).message, code="CODI301", part="fields"))
        return UNDEFINED

    def inputs(self) -> Iterator[Formula]:
        for _, node in self.fields:
            yield from node.inputs()

    def formulas(self) -> Iterator[Formula]:
        for _, node in self.fields:
            yield from node.formulas()


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """A list: one object for each entry of the source list. No list there makes an empty one."""

    field: str
    each: Formula
    entry: Nested
    omit_empty: bool = False
    required: bool = False

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        made: list[Any] = []
        for index, entry in enumerate(entries_of(self.each.evaluate(value, names))):
            sheet.entries.append((self.field, index))
            made.append(self.entry.make(entry, {**names, "parent": value, "index": index}, sheet))
            sheet.entries.pop()
        if not made and self.required:
            error = ExpressionError("the field is required and the list is empty", code="CODI301")
            raise RuleError(self.each.blame(error, value, names))
        return made if made or not self.omit_empty else UNDEFINED

    def inputs(self) -> Iterator[Formula]:
        yield self.each

    def formulas(self) -> Iterator[Formula]:
        yield self.each
        yield from self.entry.formulas()


def entries_of(value: Any) -> list[Any]:
    """The entries an `each` goes over: a list's own, a single value as one, none for null and UNDEFINED."""
    if isinstance(value, list):
        return value
    return [] if value is UNDEFINED or value is None else [value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A rule of a draft that cannot be compiled; it fails on every record with what is wrong."""

    field: str
    diagnostic: Diagnostic
    expression: str = ""

    def make(self, value: Any, names: Names, sheet: Sheet) -> Any:
        raise RuleError(self.error())

    def evaluate(self, value: Any, names: Names) -> Any:
        raise RuleError(self.error())

    def trace(self, value: Any, names: Names) -> Iterator[Read]:
        return iter(())

    def error(self) -> FieldError:
        found, place = self.diagnostic, self.diagnostic.place
        return FieldError(
            message=found.message,
            code=found.code,
            part=place.part,
            expression=self.expression,
            start=place.start,
            end=place.end,
        )

    def inputs(self) -> Iterator[Formula]:
        return iter(())

    def formulas(self) -> Iterator[Formula]:
        return iter(())


Node = Computed | Constant | Filled | Chosen | Nested | Each | Broken
