"""Paths: names are read with `dict.get` while there is one value; from the first other step on there are loops.

Two forms alternate. In the *value* form the path so far has one Python value, a list standing for its entries. In the
*entry* form the code is inside loops and has one value of a step in hand; what the last step gives is collected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.expressions.analysis import is_truth
from engine.expressions.emit_operators import truth
from engine.expressions.emit_values import isolated
from engine.expressions.suites import NOTHING, Atom, Context, Suite
from engine.expressions.syntax import (
    Array,
    Descendants,
    Filter,
    Name,
    Node,
    Number,
    Parent,
    Path,
    Position,
    Refined,
    Sort,
    Step,
    Variable,
    Wildcard,
)
from engine.expressions.writer import Writer

Sink = Callable[[Atom, bool], None]  # takes a result, and whether it is exactly one entry (so never opened further)


# -- names -------------------------------------------------------------------------------------------------------------


def field(out: Writer, base: str, name: str, form: str, kind: str = "any", *, last: bool = False) -> Atom:
    """The next name of a path. `form` says what a list in `base` would be, see `Writer.reader`; after the `last` one
    nothing more is read, so that a list, if it is one, can be read at once.
    """
    key = ("field", base, name, form)
    found = out.recall(key)
    if found is None:
        if not base.isidentifier():
            base = out.assign(base).code
        optional = out.missing is None or name in out.missing
        access = f".get({name!r}, U)" if optional else f"[{name!r}]"
        if last and form == "several" and kind != "object" and not out.recall(("reader", base, form)):
            other = f"{'field' if optional else 'expected_field'}({base}, {name!r}, B)"
            found = out.assign(f"{base}{access} if {base}.__class__ is dict else {other}", optional=optional)
        else:
            reader = base if kind == "object" else out.reader(base, form)
            found = out.assign(reader + access, optional=optional)
        out.remember(key, found)
    return found  # type: ignore[no-any-return]


def form_of(context: Context) -> str:
    """What a list would be as the context of a path."""
    return "flat" if context.flat else "whole" if context.whole else "several"


# -- filters -----------------------------------------------------------------------------------------------------------


def _index(stage: Node) -> int | None:
    """The position a filter picks, where it is a number written there."""
    if isinstance(stage, Filter) and isinstance(stage.predicate, Number):
        return int(stage.predicate.value // 1)
    return None


def picked(out: Writer, value: str, index: int) -> Atom:
    """`[0]`, which is what most positions are, and the others."""
    slow = f"pick({value}, {index})"
    return out.assign(f"{value}[0] if {value} and {value}.__class__ is list else {slow}" if not index else slow)


def filtered(out: Writer, value: Atom, stage: Filter, parent: Context | None) -> tuple[Atom, bool]:
    """One filter over one value. Returns the result and whether it is a list of exactly the entries that passed."""
    index = _index(stage)
    if index is not None:
        return picked(out, out.name(value).code, index), False
    value = out.name(value)
    source = out.assign(f"{value.code} if {value.code}.__class__ is list else exploded({value.code})").code
    result, entry = out.assign("[]", "array", optional=False), out.fresh()
    out.spend(f"len({source})")
    if is_truth(stage.predicate):
        previous = out.open(f"for {entry} in {source}", loop=True)
        answer = isolated(out, stage.predicate, out.entry(entry, parent))
        out.line(f"if {truth(answer)}: {result.code}.append({entry})")
    else:
        position = out.fresh()
        previous = out.open(f"for {position}, {entry} in enumerate({source})", loop=True)
        answer = isolated(out, stage.predicate, out.entry(entry, parent))
        out.line(f"select({answer.code}, {position}, len({source}), {entry}, {result.code})", stage.at)
    out.close(previous)
    return result, True


# -- paths -------------------------------------------------------------------------------------------------------------


class PathWriter:
    """Writes the steps of one path."""

    def __init__(self, out: Writer, node: Path, context: Context, *, marks: bool = False) -> None:
        self.out = out
        self.marks = marks  # give a Sequence where the value is one, also one of several values
        self.steps = node.steps
        self.keeps = node.keeps
        self.context = context
        self.array: Atom | None = None  # the array constructor at the beginning
        self.origin: Context | None = context  # what the next `%` goes up from

    def value(self) -> Atom:
        sorts = [number for number, step in enumerate(self.steps) if isinstance(step.expression, Sort)]
        if not sorts:
            return self.unless_empty(self.finished(*self.reach(len(self.steps))))
        source = self.listed(*self.reach(sorts[0]))
        for number, following in zip(sorts, [*sorts[1:], len(self.steps)], strict=True):
            source = self.ordered(self.steps[number], source)
            if following > number + 1:
                result = self.collect(number + 1, following, source)
                source = self.listed(*result) if following < len(self.steps) else ""
        if source:
            result_of_all = self.out.assign(f"{'kept_list' if self.keeps else 'collapsed'}({source})")
            return self.unless_empty(result_of_all)
        return self.unless_empty(self.finished(*result))

    def entries(self, end: int) -> str:
        """The entries that step `end` goes over, as a list."""
        sorts = [number for number in range(end) if isinstance(self.steps[number].expression, Sort)]
        if not sorts:
            return self.listed(*self.reach(end))
        source = self.listed(*self.reach(sorts[0]))
        for number, following in zip(sorts, [*sorts[1:], end], strict=True):
            source = self.ordered(self.steps[number], source)
            if following > number + 1:
                source = self.listed(*self.collect(number + 1, following, source))
        return source

    def unless_empty(self, value: Atom) -> Atom:
        return or_array(self.out, value, self.array, keeps=self.keeps)

    def finished(self, value: Atom, form: str) -> Atom:
        """The value of the whole path: from the value form, or from a list of exact entries or of results."""
        out = self.out
        if form == "value":
            return out.assign(f"keep({value.code})") if self.keeps else value
        if self.marks:
            return out.assign(f"{f'Sequence({value.code})' if form == 'entries' else f'last_marked({value.code}, B)'}")
        if form == "entries":
            if self.keeps:
                return out.assign(f"kept_list({value.code})")
            return out.assign(f"{value.code} if len({value.code}) > 1 else collapsed({value.code})")
        return out.assign(f"{'last_kept' if self.keeps else 'last'}({value.code}, B)")

    def listed(self, value: Atom, form: str) -> str:
        """The entries that the next step goes over, as a list."""
        if form == "value":
            return self.out.assign(f"list(entries({value.code}))").code
        return value.code if form == "entries" else self.out.assign(f"flattened({value.code}, B)").code

    def reach(self, end: int) -> tuple[Atom, str]:
        """The steps up to `end`, from the beginning."""
        value, number = self.prefix(end)
        if number == end and value is not None:
            return value, "value"
        out = self.out
        if value is None and out.one(self.context):
            return self.collect_from(0, end, self.context)
        if value is None:
            code = self.context.code
            if self.context == out.root:  # the whole input is one value, even if it is a list
                source = out.assign(f"[{code}]").code
            else:
                source = out.assign(f"{code} if {code}.__class__ is list else first_entries({code})").code
        elif self.single_name(number, value):
            return self.collect_from(number, end, Context(value.code, "object"))
        else:
            source = out.entries_of(value)
        return self.collect(number, end, source)

    # -- value form --

    def prefix(self, end: int) -> tuple[Atom | None, int]:
        """As many steps as can be taken in the value form, and how many these are."""
        value = self.first_value(self.steps[0]) if end else None
        if value is None:
            return None, 0
        number = 1
        while number < end:
            step = self.steps[number]
            if isinstance(step.expression, Parent) and not step.stages:
                value = self.climb()
                number += 1
                continue
            index = _index(step.stages[0]) if len(step.stages) == 1 else None
            if not isinstance(step.expression, Name) or (step.stages and index is None):
                break
            name = step.expression.value
            if index is None and self.looped(value):
                break
            if self.marks and number == len(self.steps) - 1 and index is None:
                value = self.out.assign(f"field_marked({value.code}, {name!r}, B)")
            elif index is None:
                value = field(self.out, value.code, name, "several", value.certain, last=number == len(self.steps) - 1)
            else:
                value = self.out.name(value)
                quick = f"pick({value.code}.get({name!r}, U), {index}) if {value.code}.__class__ is dict"
                value = self.out.assign(f"{quick} else pick_field({value.code}, {name!r}, {index}, B)")
            number += 1
        return value, number

    def looped(self, value: Atom) -> bool:
        """Whether there is a loop over this value already that can do this step in passing."""
        source = self.out.recall(("entries", value.code))
        return source is not None and ("loop", source) in self.out.suite.memo

    def climb(self) -> Atom:
        """`%` at the beginning of a path: go up once more."""
        self.origin = self.origin.parent if self.origin is not None else None
        return self.origin.atom if self.origin is not None else NOTHING

    def climbed(self) -> Atom:
        """`%` as the first step: once for each entry where the context is a list."""
        out, context, value = self.out, self.context, self.climb()
        if context == out.root or context.kind == "object" or (context.flat and out.one(context)):
            return value
        test = f"{context.code}.__class__ is not list"
        return out.assign(f"{value.code} if {test} else repeated({value.code}, len({context.code}), B)")

    def first_value(self, step: Step) -> Atom | None:
        """The first step where the context is one value, or where it does not matter; else None."""
        out, context, node = self.out, self.context, step.expression
        one = not isinstance(node, Name) and out.one(context)
        if isinstance(node, Parent):
            return self.filtered_value(self.climbed(), step)
        if isinstance(node, Name):
            if step.stages and (any(_index(stage) is None for stage in step.stages) or not out.one(context)):
                return None
            value = field(out, context.code, node.value, form_of(context), context.kind)
            for stage in step.stages:
                index = _index(stage)
                assert index is not None
                value = picked(out, value.code, index)
            return value
        inner = node.subject if isinstance(node, Refined) else node
        if isinstance(node, Refined) and not node.filters and node.group is None:
            node = inner
        if isinstance(inner, Array) and any(not isinstance(step.expression, Sort) for step in self.steps[1:]):
            value = out.emit(node, context)
            self.array = value if value.kind == "array" else None
            return value if value.kind == "array" else out.assign(f"constructed_entries({value.code})")
        if not one and not isinstance(inner, Variable):
            return None
        return self.filtered_value(out.emit(node, context), step)

    def filtered_value(self, value: Atom, step: Step) -> Atom:
        """The stages of a step, over its only value."""
        listed = False
        for stage in step.stages:
            assert isinstance(stage, Filter)
            value, listed = filtered(self.out, value, stage, None)
        return self.out.assign(f"marked({value.code})") if listed else value

    def single_name(self, number: int, value: Atom) -> bool:
        return value.certain == "object" and isinstance(self.steps[number].expression, Name)

    def collect_from(self, number: int, end: int, one: Context) -> tuple[Atom, str]:
        """The steps from `number` on over a single value: no loop around them."""
        result = Results(self.out)
        result.start(None)
        self.step(number, end, one, result.add)
        return result.atom, result.form

    # -- entry form --

    def collect(self, number: int, end: int, source: str) -> tuple[Atom, str]:
        """The steps from `number` up to `end` over the entries in `source`, results in a new list."""
        result = Results(self.out)

        def body(before: Suite, entry: str) -> None:
            result.start(before)
            self.step(number, end, self.out.entry(entry), result.add)

        self.out.each(source, body)
        return result.atom, result.form

    def step(self, number: int, end: int, entry: Context, sink: Sink) -> None:
        """One step on one entry, and what follows."""
        step, out = self.steps[number], self.out
        if isinstance(step.expression, Name):
            form = "flat" if entry.flat else "whole"
            value = field(out, entry.code, step.expression.value, form, entry.kind)
        else:
            parent = self.context.parent if not number else None
            value = isolated(out, step.expression, replace(entry, parent=parent))
            if isinstance(step.expression, Array):
                value = out.assign(f"Constructed({value.code})", "array", optional=False)
                out.needs_plain = True
        self.stages(step, number, end, value, sink)

    def stages(self, step: Step, number: int, end: int, value: Atom, sink: Sink) -> None:
        if not step.stages:
            self.onward(number + 1, end, value, sink)
            return
        predicates = [stage.predicate for stage in step.stages if isinstance(stage, Filter)]
        if isinstance(step.expression, Name) and all(map(is_truth, predicates)):
            self.out.each(
                self.out.entries_of(value),
                lambda _, entry: self.passing(predicates, number, end, entry, sink),
            )
            return
        listed = False
        for stage in step.stages:
            if isinstance(stage, Position):
                continue
            value, listed = filtered(self.out, value, stage, None)
        if listed:
            self.out.each(value.code, lambda _, entry: self.onward_entry(number + 1, end, entry, sink))
            return
        if number + 1 == end and value.optional:  # unlike a field that is missing, a filter without a match counts
            value = self.out.assign(f"EMPTY if {value.code} is U else {value.code}", optional=False)
        self.onward(number + 1, end, value, sink)

    def passing(self, predicates: list[Node], number: int, end: int, entry: str, sink: Sink) -> None:
        """Go on with an entry if it passes all filters."""
        opened = []
        for predicate in predicates:
            answer = isolated(self.out, predicate, self.out.entry(entry))
            opened.append(self.out.open(f"if {truth(answer)}"))
        self.onward_entry(number + 1, end, entry, sink)
        for previous in reversed(opened):
            self.out.close(previous)

    def onward(self, number: int, end: int, value: Atom, sink: Sink) -> None:
        """What follows a step that gave `value` for one entry."""
        while number < end:
            step = self.steps[number]
            if not isinstance(step.expression, Name) or step.stages:
                break
            value = field(self.out, value.code, step.expression.value, "several", value.certain)
            number += 1
        if number == end:
            sink(value, False)
        elif value.single and not value.optional:
            self.step(number, end, Context(value.code, value.kind, flat=True), sink)
        else:
            self.out.each(
                self.out.entries_of(value), lambda _, entry: self.step(number, end, self.out.entry(entry), sink)
            )

    def onward_entry(self, number: int, end: int, entry: str, sink: Sink) -> None:
        """What follows where `entry` is exactly one entry of the step before."""
        if number == end:
            sink(Atom(entry, optional=False), True)
        else:
            self.step(number, end, self.out.entry(entry), sink)

    # -- order --

    def ordered(self, step: Step, source: str) -> str:
        """The entries in order, and then through the filters behind `^(…)`."""
        assert isinstance(step.expression, Sort)
        out, keys = self.out, []
        for term in step.expression.terms:
            name, entry = out.fresh("f"), out.fresh("x")
            previous = out.open(f"def {name}({entry})", definition=True)
            out.line(f"return {out.emit(term.expression, out.entry(entry)).code}")
            out.close(previous)
            keys.append(f"({name}, {term.descending})")
        out.spend(f"len({source})")
        result = out.assign(f"ordered({source}, [{', '.join(keys)}])", "array", optional=False, at=step.at)
        listed = True
        for stage in step.stages:
            assert isinstance(stage, Filter)
            result, listed = filtered(out, result, stage, None)
        return result.code if listed else out.assign(f"list(entries({result.code}))").code


def or_array(out: Writer, value: Atom, array: Atom | None, *, keeps: bool) -> Atom:
    """A path that begins with an empty array is that array; with `[]` a list of it."""
    if array is None:
        return value
    return out.assign(f"{value.code} if {array.code} else {f'[{array.code}]' if keeps else array.code}")


class Results:
    """The list in which the results of the last step are collected."""

    def __init__(self, out: Writer) -> None:
        self.out = out
        self.atom = Atom(out.fresh(), "array", optional=False)
        self.form = "results"

    def start(self, before: Suite | None) -> None:
        line = f"{self.atom.code} = []"
        if before is None:
            self.out.line(line)
        else:
            before.entries.append(line)

    def add(self, value: Atom, exact: bool) -> None:
        self.form = "entries" if exact or value.single else "results"
        append = f"{self.atom.code}.append({value.code})"
        self.out.line(f"if {value.code} is not U: {append}" if value.optional else append)


def emit_wildcard(out: Writer, node: Wildcard, context: Context) -> Atom:
    return out.assign(f"collapse({emit_wildcard_sequence(out, node, context).code})")


def emit_wildcard_sequence(out: Writer, node: Wildcard, context: Context) -> Atom:
    return out.assign(f"wildcard({context.code}, B)")


def emit_descendants(out: Writer, node: Descendants, context: Context) -> Atom:
    return out.assign(f"collapse({emit_descendants_sequence(out, node, context).code})")


def emit_descendants_sequence(out: Writer, node: Descendants, context: Context) -> Atom:
    return out.assign(f"descendants({context.code}, B)")


def emit_name(out: Writer, node: Name, context: Context) -> Atom:
    return field(out, context.code, node.value, "flat" if context.flat else "whole", context.kind)
