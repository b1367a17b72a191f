"""The one door to the expression languages: text → an Expression that mapping rules evaluate one by one.

Reading and lineage happen at once, because the checks need them; a function of its own is written for an expression
when it is first evaluated by itself (preview, second look). fast.py writes all expressions of a mapping together.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Final

from engine.errors import ExpressionError, UsageError
from engine.expressions.block import Block, compile_block, evaluate_text
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.limits import LIMITS, SLICE, Budget
from engine.expressions.parser import parse
from engine.expressions.program import Program
from engine.expressions.reads import Lineage, trace_jsonata
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Node
from engine.expressions.values import UNDEFINED, collapse

# Functions that call functions: they live in the compiler, not in the registry.
HIGHER: Final = frozenset(("map", "filter", "reduce", "sift", "each", "single", "sort", "eval"))
FUNCTION_NAMES: Final = frozenset(FUNCTIONS) | HIGHER
NOW: Final = frozenset({"now"})  # $now is the caller's time, $now() the function

# Entries among the $names that no expression can say.
CLOCK: Final = "now()"  # milliseconds since 1970 for $now() and $millis()
DEADLINE: Final = "deadline()"  # time.monotonic() at which all expressions of one record together must have ended

Wrong = tuple[ExpressionError, ...]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One expression, ready to run any number of times, in any number of threads."""

    text: str
    language: str  # jsonata or jmespath
    inside: bool  # about an entry of a list (in `each`); else about the record
    tree: Node | None  # None for jmespath
    jmespath: JmespathExpression | None  # None for jsonata
    lineage: Lineage
    variables: Mapping[str, tuple[int, int]]  # $names it needs from outside → where they first stand

    @property
    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Functions it calls by name → where the first call stands; {} for jmespath."""
        return self.lineage.functions if self.tree is not None else {}

    def evaluate(self, value: Any, names: Mapping[str, Any]) -> Any:
        """The result, or UNDEFINED; lists may be of the classes in values.py. Raises ExpressionError with its place."""
        if self.jmespath is not None:
            return search(self.jmespath, value)
        given = [names.get(name, UNDEFINED) for name in self.program.variables[: len(self.variables)]]
        if self.inside:
            given.append(value)
        clock = names[CLOCK] if CLOCK in names else clock_of(None)
        try:
            return collapse(self.program.evaluate(names["root"], _budget(names), clock, given))
        except ExpressionError as error:
            error.expression = self.text
            raise

    @cached_property
    def program(self) -> Program:
        """Its own function. Raises ExpressionError where it is nested too deeply for Python."""
        tree = self.tree
        assert tree is not None
        order = tuple(sorted(self.variables))
        context = Context(f"given{len(order)}") if self.inside else None

        def write(block: Block) -> Atom:
            allow_eval(block)
            return block.expression(tree, context)

        return compile_block(write, variables=(*order, "entry()") if self.inside else order)


def allow_eval(block: Block) -> None:
    """Let the expressions of a block call $eval."""
    block.out.constants["evaluate"] = evaluate_text


def search(compiled: JmespathExpression, value: Any) -> Any:
    """A JMESPath result; null counts as nothing, because JMESPath cannot tell the two apart."""
    result = compiled(None if value is UNDEFINED else value)
    return UNDEFINED if result is None else result


def _budget(names: Mapping[str, Any]) -> Budget:
    """Steps for one expression, and the time that is left for its record."""
    budget = LIMITS.budget()
    if DEADLINE in names:
        budget += [LIMITS.steps - SLICE, names[DEADLINE]]
    return budget


@lru_cache(maxsize=20_000)
def expression(text: str, language: str, inside: bool, visible: frozenset[str]) -> Expression | Wrong:
    """Read once for each text. `visible`: the $names of the document around it, which win over built-in functions of
    the same name. Text that is no expression gives what is wrong with it, all of it."""
    try:
        return _jmespath(text, inside) if language == "jmespath" else _jsonata(text, inside, visible)
    except ExpressionError as error:
        return (error,)


def _jsonata(text: str, inside: bool, visible: frozenset[str]) -> Expression | Wrong:
    tree, errors = parse(text)
    if errors:
        return tuple(errors)
    lineage = trace_jsonata(tree)
    named = {name: place for name, place in lineage.variables.items() if name in visible or name not in FUNCTION_NAMES}
    called = {name: place for name, place in lineage.functions.items() if name in visible - NOW}
    return Expression(
        text=text,
        language="jsonata",
        inside=inside,
        tree=tree,
        jmespath=None,
        lineage=lineage,
        variables={**named, **called},
    )


def _jmespath(text: str, inside: bool) -> Expression:
    compiled = JmespathExpression(text)
    return Expression(
        text=text,
        language="jmespath",
        inside=inside,
        tree=None,
        jmespath=compiled,
        lineage=compiled.lineage,
        variables={},
    )


def clock_of(now: object) -> int:
    """Milliseconds since 1970 of the caller's $now, an RFC 3339 text; of this moment where it gave none."""
    if isinstance(now, str):
        try:
            moment = datetime.fromisoformat(now)
        except ValueError:
            raise UsageError(f"$now is a time such as 2026-11-30T09:15:00Z, not {now!r}") from None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return int(time.time() * 1000)
