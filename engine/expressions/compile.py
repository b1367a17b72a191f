"""Expression text → something to call.

    total = compile_expression("$sum(lines.(qty * price))")
    total({"lines": [{"qty": 2, "price": 3.5}]})        # 7

An Expression may be called from any number of threads at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.errors import ExpressionError, UsageError
from engine.expressions.block import compiled, too_deep
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.limits import LIMITS, Limits
from engine.expressions.parser import parse
from engine.expressions.program import Program
from engine.expressions.reads import result_type, trace_jsonata
from engine.expressions.values import UNDEFINED

__all__ = ["Expression", "compile_expression", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled JSONata expression: call it with an input (UNDEFINED for none) and the values of its variables."""

    text: str
    program: Program
    reads: tuple[tuple[str, ...], ...]  # source paths, such as ("variants", "price"); "*" and "**" stand for anything
    type: str  # of the result as far as it is known: string, number, boolean, object, array, null, function or any
    limits: Limits = LIMITS
    language: str = "jsonata"
    fallback: bool = False  # nothing is left to the library

    @property
    def source(self) -> str:
        """The Python it was compiled to."""
        return self.program.source

    def __call__(self, payload: Any = UNDEFINED, /, **variables: Any) -> Any:
        """The value, as plain JSON values; UNDEFINED where there is nothing.

        Raises ExpressionError with code and place, LimitError (one of them) when it takes too much, UsageError for a
        variable that the expression was not compiled for.
        """
        program = self.program
        for name in variables:
            if name not in program.variables:
                raise UsageError(f"${name} was not announced when the expression was compiled")
        try:
            return program.run(payload, given=variables, limits=self.limits)
        except ExpressionError as error:
            error.expression = self.text
            raise


def compile_expression(
    text: str, language: str = "jsonata", *, limits: Limits | None = None, variables: tuple[str, ...] = ()
) -> Expression | JmespathExpression:
    """Compile a text. `variables` names (without $) what a call will give; JMESPath has none.

    Raises ExpressionError with the first error (`parse` gives all of them), UsageError for an unknown language.
    """
    if language == "jmespath":
        return JmespathExpression(text, limits or LIMITS)
    if language != "jsonata":
        raise UsageError(f"There is no expression language {language!r}; say jsonata or jmespath")
    tree, program = compiled(text, tuple(variables))
    try:
        paths, kind = trace_jsonata(tree).paths, result_type(tree, program.kind)
    except RecursionError:
        raise too_deep(text) from None
    return Expression(text=text, program=program, reads=paths, type=kind, limits=limits or LIMITS)
