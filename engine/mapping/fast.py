"""A whole mapping as one Python function, without a `try`: what `Program.run` calls for each record.

Rules become one Block of engine.expressions, in which expressions share what they have in common. The function either
makes the output or raises; whatever it raises, the second look (rules.py) finds out which fields failed and why. Both
must give equal outputs, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions import syntax
from engine.expressions.block import Block
from engine.expressions.limits import LIMITS, SLICE
from engine.expressions.shape import ShapedProgram
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Node as Tree
from engine.expressions.values import UNDEFINED, plain
from engine.mapping.fast_finish import write_finish, write_template
from engine.mapping.language import FUNCTION_NAMES, allow_eval, clock_of, search
from engine.mapping.rules import (
    Broken,
    Chosen,
    Computed,
    Constant,
    Each,
    Filled,
    Formula,
    Nested,
    Node,
    entries_of,
    nothing_made,
    settled,
)

GIVEN: Final = ("id", "links", "settings", "now")  # what the caller binds, in this order
Fast = Callable[[Any, Any, Any, Any, Any], Any]  # payload and GIVEN → output, or UNDEFINED: the record is dropped


def write_fast(
    root: Nested, let: Sequence[tuple[str, Formula | Broken]], skip_when: Formula | Broken | None
) -> Fast | None:
    """The function; None where rules are broken or cannot stand in one function: then only the careful way is left."""
    used = _names_used(root, let, skip_when)
    given = tuple(name for name in GIVEN if name in used)

    def write(block: Block) -> Atom:
        allow_eval(block)
        writer = _Writer(block)
        writer.names(let, used)
        if isinstance(skip_when, Formula):
            block.leave(writer.formula(skip_when, None), block.constant(UNDEFINED))
        return writer.rule(root, None)

    try:
        return _callable(ShapedProgram(write, variables=given))
    except _NotFastError:
        return None
    except ExpressionError as error:
        if error.code != "L1002":  # nested too deeply for one function, see language.Expression.program
            raise
        return None


def _names_used(
    root: Nested, let: Sequence[tuple[str, Formula | Broken]], skip_when: Formula | Broken | None
) -> set[str]:
    formulas = [*root.formulas(), *(formula for _, formula in let), skip_when]
    return {name for formula in formulas if isinstance(formula, Formula) for name in formula.expression.variables}


def _callable(shaped: ShapedProgram) -> Fast:
    evaluate, depth = shaped.evaluate, LIMITS.depth
    order = [GIVEN.index(name) for name in shaped.program.variables]
    clocked = shaped.program.clock

    def fast(payload: Any, id: Any, links: Any, settings: Any, now: Any) -> Any:
        values: Sequence[Any] = ()
        if order:
            given = (id, links, settings, now)
            values = [UNDEFINED if given[index] is None else given[index] for index in order]
        return evaluate(payload, [SLICE, depth, LIMITS], clock_of(now) if clocked else 0, values)

    return fast


class _NotFastError(Exception):
    """A rule that cannot stand in the one function."""


class _Writer:
    """Writes rules into a block. `context` is the entry of the list around, None for the record."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.loose: set[str] = set()  # $names whose value may hold lists of the classes in values.py

    def names(self, let: Sequence[tuple[str, Formula | Broken]], used: set[str]) -> None:
        """Bind $root and the document's own names, in order."""
        if "root" in used:
            self.block.bind("root", Atom(self.block.payload.code))
        for name, formula in let:
            if isinstance(formula, Broken):
                raise _NotFastError
            if name in used:
                value, loose = self._evaluated(formula, None)
                if loose:
                    self.loose.add(name)
                self.block.bind(name, value)

    # ------------------------------------------------------------ expressions

    def _evaluated(self, formula: Formula, context: Context | None) -> tuple[Atom, bool]:
        """The value, and whether it may hold lists of the classes in values.py."""
        expression = formula.expression
        if expression.jmespath is not None:
            compiled = expression.jmespath
            source = Atom((context or self.block.payload).code)
            return self.block.call(lambda value: search(compiled, value), source), False
        assert expression.tree is not None
        out = self.block.out
        out.needs_plain = False
        atom = self.block.expression(expression.tree, context)
        loose = out.needs_plain or not self.loose.isdisjoint(expression.variables)
        out.needs_plain = False
        return atom, loose

    def formula(self, formula: Formula, context: Context | None) -> Atom:
        """The value for use inside the mapping."""
        return self._evaluated(formula, context)[0]

    def result(self, formula: Formula, context: Context | None) -> Atom:
        """The value as plain JSON values, for the output."""
        atom, loose = self._evaluated(formula, context)
        tree = formula.expression.tree
        if tree is not None and may_be_function(tree):
            return self.block.call(settled, atom)
        return self.block.call(plain, atom, kind=atom.kind, optional=atom.optional) if loose else atom

    # ------------------------------------------------------------ rules

    def rule(self, node: Node, context: Context | None) -> Atom:
        match node:
            case Computed():
                return write_finish(self.block, node.finish, self.result(node.formula, context))
            case Constant():
                return self.block.constant(node.value)
            case Filled():
                return self._filled(node, context)
            case Chosen():
                return self._chosen(node, context)
            case Nested():
                return self._nested(node, context)
            case Each():
                return self._each(node, context)
        raise _NotFastError

    def _filled(self, node: Filled, context: Context | None) -> Atom:
        pieces = tuple(piece if isinstance(piece, str) else self.result(piece, context) for piece in node.pieces)
        return write_finish(self.block, node.finish, write_template(self.block, pieces))

    def _chosen(self, node: Chosen, context: Context | None) -> Atom:
        branches = []
        otherwise: Callable[[], Atom] | None = None
        for when, then in node.cases:
            if when is None:
                otherwise = self._later(then, context)
                break
            branches.append((self._test(when, context), self._later(then, context)))
        if not branches:
            return write_finish(self.block, node.finish, self.rule(node.cases[0][1], context))
        return write_finish(self.block, node.finish, self.block.choose(branches, otherwise))

    def _later(self, node: Node, context: Context | None) -> Callable[[], Atom]:
        return lambda: self.rule(node, context)

    def _test(self, when: Formula, context: Context | None) -> Callable[[], Atom]:
        return lambda: self.formula(when, context)

    def _nested(self, node: Nested, context: Context | None) -> Atom:
        made = self.block.object([(name, self.rule(inner, context)) for name, inner in node.fields])
        if node.keep:
            return made
        if node.required:
            return self.block.call(_there, made, kind="object", optional=False)
        return self.block.out.assign(f"{made.code} or U", "object")

    def _each(self, node: Each, context: Context | None) -> Atom:
        used = {name for formula in node.entry.formulas() for name in formula.expression.variables}
        around = (context or self.block.payload).code
        source = self.block.out.name(self.formula(node.each, context))
        other = f"{self.block.out.constant(entries_of)}({source.code})"
        code = f"{source.code} if {source.code}.__class__ is list else {other}"
        entries = self.block.out.assign(code, "array", optional=False)

        counter = self.block.call(count, optional=False) if "index" in used else None

        def write(entry: Context) -> Atom:
            if "parent" in used:
                self.block.bind("parent", Atom(around))
            if counter is not None:
                self.block.bind("index", self.block.call(next, counter, kind="number", optional=False))
            return self.rule(node.entry, entry)

        made = self.block.each(entries, write)
        if node.required:
            return self.block.call(_there, made, kind="array", optional=False)
        return self.block.out.assign(f"{made.code} or U", "array") if node.omit_empty else made


def _there(made: Any) -> Any:
    if not made:
        raise nothing_made(UNDEFINED)
    return made


def may_be_function(tree: Tree) -> bool:
    """Whether the value of an expression can be a function. Payloads hold none, so only its own text can make one."""
    match tree:
        case syntax.Lambda():
            return True
        case syntax.Variable():
            return True if tree.name in FUNCTION_NAMES else tree.name not in ("", "$")
        case syntax.Condition():
            otherwise = tree.otherwise is not None and may_be_function(tree.otherwise)
            return otherwise or any(may_be_function(then) for _, then in tree.branches)
        case syntax.Default():
            return any(map(may_be_function, tree.operands))
        case syntax.Block():
            return bool(tree.expressions) and may_be_function(tree.expressions[-1])
        case syntax.Bind():
            return may_be_function(tree.value)
        case syntax.Apply():
            function = tree.functions[-1]
            return not isinstance(function, syntax.Variable) or function.name not in FUNCTION_NAMES
        case syntax.Call():
            function = tree.function
            return tree.partial or not isinstance(function, syntax.Variable) or function.name not in FUNCTION_NAMES
        case syntax.Path():
            first = tree.steps[0].expression
            plain_names = all(isinstance(s.expression, syntax.Name | syntax.Wildcard) for s in tree.steps[1:])
            return not plain_names or (len(tree.steps) == 1 and may_be_function(first))
        case syntax.Refined():
            return tree.group is None and may_be_function(tree.subject)
    return False
