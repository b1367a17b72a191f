"""The one door to the expression languages: text → an Expression that mapping rules evaluate.

Until the compiler in engine.expressions has landed, the libraries run behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import jmespath
import jsonata

from engine.errors import ExpressionError
from engine.expressions.functions.registry import FUNCTIONS
from engine.expressions.parser import parse
from engine.expressions.syntax import Node
from engine.expressions.values import UNDEFINED
from engine.mapping.lineage import Lineage, trace_jmespath, trace_jsonata

# Functions that call functions: they live in the compiler, not in the registry.
HIGHER: Final = frozenset(("map", "filter", "reduce", "sift", "each", "single", "sort", "eval"))
FUNCTION_NAMES: Final = frozenset(FUNCTIONS) | HIGHER
Wrong = tuple[ExpressionError, ...]

NOW: Final = frozenset({"now"})  # $now is the caller's time, $now() the function


@dataclass(frozen=True, kw_only=True)
class Expression:
    """One expression, ready to run any number of times."""

    text: str
    language: str  # jsonata or jmespath
    tree: Node | None  # None for jmespath
    lineage: Lineage
    run: Callable[[Any, Mapping[str, Any]], Any]
    variables: Mapping[str, tuple[int, int]]  # $names it needs from outside → where they first stand
    fallback: bool  # True: it runs in the library, because the compiler does not cover it

    @property
    def functions(self) -> Mapping[str, tuple[int, int]]:
        """Functions it calls by name → where the first call stands; {} for jmespath."""
        return self.lineage.functions if self.tree is not None else {}

    def evaluate(self, value: Any, names: Mapping[str, Any]) -> Any:
        """The result as plain JSON values, or UNDEFINED. Raises ExpressionError."""
        return self.run(value, names)


@lru_cache(maxsize=20_000)
def expression(text: str, language: str, visible: frozenset[str]) -> Expression | Wrong:
    """Parse and compile once for each text. `visible`: the $names of the document around it, which win over built-in
    functions of the same name. Text that is no expression gives what is wrong with it, all of it."""
    return _jmespath(text) if language == "jmespath" else _jsonata(text, visible)


def _jsonata(text: str, visible: frozenset[str]) -> Expression | Wrong:
    tree, errors = parse(text)
    if errors:
        return tuple(errors)

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        fresh = jsonata.Jsonata(text)
        fresh.set_validate_input(False)
        frame = fresh.create_frame()
        for name, bound in names.items():
            if bound is not UNDEFINED and f"${name}" in text and name != "now":
                frame.bind(name, _floats(bound))
        try:
            result = fresh.evaluate(_floats(value), frame)
        except Exception as error:
            raise ExpressionError(str(error), code=getattr(error, "error", "") or "", expression=text) from error
        return UNDEFINED if result is None else result

    lineage = trace_jsonata(tree)
    called = {name: place for name, place in lineage.functions.items() if name in visible - NOW}
    variables = {**lineage.variables, **called}
    return Expression(
        text=text, language="jsonata", tree=tree, lineage=lineage, run=run, variables=variables, fallback=False
    )


def _jmespath(text: str) -> Expression | Wrong:
    try:
        parsed = jmespath.compile(text)
    except Exception as error:
        return (ExpressionError(str(error), code="CODI201", expression=text),)

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        try:
            result = parsed.search(_floats(value))
        except Exception as error:
            raise ExpressionError(str(error), code="", expression=text) from error
        return UNDEFINED if result is None else result

    lineage = trace_jmespath(parsed.parsed)
    return Expression(text=text, language="jmespath", tree=None, lineage=lineage, run=run, variables={}, fallback=False)


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_floats(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value
