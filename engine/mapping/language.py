"""The one door to the expression languages: text → an Expression that mapping rules evaluate."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from engine.errors import ExpressionError, UsageError
from engine.expressions.compile import compile_expression
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.jmespath_parse import parse as parse_jmespath
from engine.expressions.parser import parse
from engine.expressions.syntax import Node
from engine.expressions.values import UNDEFINED, collapse
from engine.mapping.lineage import Lineage, trace_jmespath, trace_jsonata

# Functions that call functions: they live in the compiler, not in the registry.
HIGHER: Final = frozenset(("map", "filter", "reduce", "sift", "each", "single", "sort", "eval"))
FUNCTION_NAMES: Final = frozenset(FUNCTIONS) | HIGHER
NOW: Final = frozenset({"now"})  # $now is the caller's time, $now() the function
CLOCK: Final = "now()"  # the $name that no expression can say: milliseconds for $now() and $millis()

Wrong = tuple[ExpressionError, ...]


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One expression, ready to run any number of times, in any number of threads."""

    text: str
    language: str  # jsonata or jmespath
    tree: Node | None  # None for jmespath
    lineage: Lineage
    variables: Mapping[str, tuple[int, int]]  # $names it needs from outside → where they first stand
    run: Callable[[Any, Mapping[str, Any]], Any]

    @property
    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Functions it calls by name → where the first call stands; {} for jmespath."""
        return self.lineage.functions if self.tree is not None else {}

    def evaluate(self, value: Any, names: Mapping[str, Any]) -> Any:
        """The result, or UNDEFINED. Raises ExpressionError. A `let` may be a function; elsewhere `plain` the result."""
        return self.run(value, names)


@lru_cache(maxsize=20_000)
def expression(text: str, language: str, visible: frozenset[str]) -> Expression | Wrong:
    """Parse and compile once for each text. `visible`: the $names of the document around it, which win over built-in
    functions of the same name. Text that is no expression gives what is wrong with it, all of it."""
    try:
        return _jmespath(text) if language == "jmespath" else _jsonata(text, visible)
    except ExpressionError as error:
        return (error,)


def clock_of(now: object) -> int:
    """Milliseconds since 1970 of the caller's $now, an RFC 3339 text; of this moment where it gave none."""
    if isinstance(now, str):
        try:
            moment = datetime.fromisoformat(now)
        except ValueError:
            raise UsageError(f"$now is a time such as 2026-11-30T09:15:00Z, not {now!r}") from None
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return int(time.time() * 1000)


def _jsonata(text: str, visible: frozenset[str]) -> Expression | Wrong:
    tree, errors = parse(text)
    if errors:
        return tuple(errors)
    lineage = trace_jsonata(tree)
    called = {name: place for name, place in lineage.functions.items() if name in visible - NOW}
    variables = {**lineage.variables, **called}
    order = tuple(sorted(variables))
    compiled = compile_expression(text, variables=order)

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        given = [names.get(name, UNDEFINED) for name in order]
        clock = names[CLOCK] if CLOCK in names else clock_of(None)
        return collapse(compiled.evaluate(value, compiled.limits.budget(), clock, given))

    return Expression(text=text, language="jsonata", tree=tree, lineage=lineage, variables=variables, run=run)


def _jmespath(text: str) -> Expression:
    compiled = JmespathExpression(text)

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        result = compiled(None if value is UNDEFINED else value)
        return UNDEFINED if result is None else result  # JMESPath cannot tell null from nothing

    lineage = trace_jmespath(parse_jmespath(text))
    return Expression(text=text, language="jmespath", tree=None, lineage=lineage, variables={}, run=run)
