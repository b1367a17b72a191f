"""Expression text → something to call.

    total = compile_expression("$sum(lines.(qty * price))")
    total({"lines": [{"qty": 2, "price": 3.5}]})        # 7

An Expression may be called from any number of threads at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.errors import ExpressionError, UsageError
from engine.expressions.block import Block, compile_block
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.limits import LIMITS, Budget, Limits
from engine.expressions.messages import fault
from engine.expressions.parser import parse
from engine.expressions.program import Program
from engine.expressions.reads import Path, reads, result_type
from engine.expressions.runtime_steps import UNBOUND
from engine.expressions.values import UNDEFINED, collapse
from engine.expressions.writer import Atom

__all__ = ["Expression", "compile_expression", "parse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled JSONata expression: call it with an input (UNDEFINED for none) and the values of its variables."""

    text: str
    program: Program
    reads: tuple[Path, ...]  # source paths, such as ("variants", "price"); "*" and "**" stand for anything
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
    program, paths, kind = _compiled(text, tuple(variables))
    return Expression(text=text, program=program, reads=paths, type=kind, limits=limits or LIMITS)


@lru_cache(maxsize=2048)
def _compiled(text: str, variables: tuple[str, ...]) -> tuple[Program, tuple[Path, ...], str]:
    """Programs hold no state, so equal texts share one."""
    tree, errors = parse(text)
    if errors:
        raise errors[0]
    try:
        kinds: list[str] = []

        def write(block: Block) -> Atom:
            block.out.constants["evaluate"] = evaluate_text
            result = block.expression(tree)
            kinds.append(result.kind)
            return result

        program = compile_block(write, variables=variables)
        return program, reads(tree), result_type(tree, kinds[0])
    except RecursionError:
        error = fault("L1002", tree.at)
        error.expression = text
        raise error from None
    except ExpressionError as failure:
        failure.expression = text
        raise


def evaluate_text(text: Any, focus: Any, context: Any, visible: dict[str, Any], budget: Budget, now: int) -> Any:
    """$eval: compile and run a text with the variables that are visible where it is called. Raises D3120, D3121."""
    if text is UNDEFINED:
        return UNDEFINED
    if text.__class__ is not str:
        raise fault("T0410", token="eval", value=text, index=1)
    names = tuple(name for name, value in visible.items() if value is not UNBOUND)
    try:
        program, _, _ = _compiled(text, names)
    except ExpressionError as error:
        raise fault("D3120", value=error.message) from error
    budget[0] -= 100
    try:
        values = [visible[name] for name in names]
        return collapse(program.evaluate(context if focus is UNDEFINED else focus, budget, now, values))
    except ExpressionError as error:
        if error.code in ("D1011", "D1012", "D2015", "L1001"):
            raise
        raise fault("D3121", value=error.message) from error
