"""Expression text → a Python function.

    total = compile_expression("$sum(lines.(qty * price))")
    total({"lines": [{"qty": 2, "price": 3.5}]})        # 7

An Expression may be called from any number of threads at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from engine.errors import ExpressionError, UsageError
from engine.expressions.ancestors import streams
from engine.expressions.emit import NAMES, writer
from engine.expressions.limits import LIMITS, Budget, Limits, refill
from engine.expressions.messages import Place, fault
from engine.expressions.parser import parse
from engine.expressions.syntax import Node
from engine.expressions.values import UNDEFINED, Constructed, Sequence, collapse, plain
from engine.expressions.writer import render

FILENAME: Final = "<expression>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What a text was compiled to. Holds no state of an evaluation."""

    function: Callable[..., Any]  # takes input, budget, time in milliseconds, then the variables in order
    source: str  # the Python it is made of
    places: dict[int, Place]  # line of the source → place in the text
    variables: tuple[str, ...]  # given from outside, without $
    needs_plain: bool  # the result may hold lists of the classes in values.py
    functions_used: frozenset[str] = frozenset()
    variables_used: frozenset[str] = frozenset()  # used, but neither assigned nor given nor built in


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A compiled expression: call it with an input (UNDEFINED for none) and the values of its variables."""

    text: str
    language: str
    program: Program
    limits: Limits = field(default=LIMITS)

    @property
    def source(self) -> str:
        return self.program.source

    def __call__(self, payload: Any = UNDEFINED, /, **variables: Any) -> Any:
        """The value, as plain JSON values; UNDEFINED where there is nothing.

        Raises ExpressionError with code and place, LimitError (one of them) when it takes too much, UsageError for a
        variable that the expression was not compiled for.
        """
        program = self.program
        if variables and not variables.keys() <= set(program.variables):
            unknown = next(name for name in variables if name not in program.variables)
            raise UsageError(f"${unknown} was not announced when the expression was compiled")
        given = [variables.get(name, UNDEFINED) for name in program.variables]
        budget = self.limits.budget()
        value = self.evaluate(payload, budget, int(time.time() * 1000), given)
        return plain(value) if program.needs_plain or isinstance(value, Sequence | Constructed) else value

    def evaluate(self, payload: Any, budget: Budget, now: int, given: list[Any]) -> Any:
        """One evaluation on a budget that may be shared; errors get their place."""
        try:
            return self.program.function(payload, budget, now, *given)
        except ExpressionError as error:
            _locate(error, self)
            raise
        except RecursionError:
            error = fault("D1011")
            error.expression = self.text
            raise error from None


def _locate(error: ExpressionError, expression: Expression) -> None:
    """Where in the text the error happened: the line of the program that was running tells."""
    if error.expression is not None:
        return
    error.expression = expression.text
    if error.start is not None:
        return
    trace, places = error.__traceback__, expression.program.places
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == FILENAME and trace.tb_lineno in places:
            error.start, error.end = places[trace.tb_lineno]
        trace = trace.tb_next


def compile_expression(
    text: str, language: str = "jsonata", *, limits: Limits | None = None, variables: tuple[str, ...] = ()
) -> Expression:
    """Compile a text. `variables` names (without $) what a call will give.

    Raises ExpressionError (with all further errors in its `__notes__`), UsageError for an unknown language.
    """
    if language != "jsonata":
        raise UsageError(f"There is no expression language {language!r}; use jsonata")
    return Expression(text=text, language=language, program=_program(text, tuple(variables)), limits=limits or LIMITS)


@lru_cache(maxsize=2048)
def _program(text: str, variables: tuple[str, ...]) -> Program:
    tree, errors = parse(text)
    if errors:
        raise errors[0]
    try:
        return build(tree, variables)
    except RecursionError:
        raise _with_text(fault("L1002", tree.at), text) from None
    except ExpressionError as error:
        raise _with_text(error, text) from error.__cause__


def _with_text(error: ExpressionError, text: str) -> ExpressionError:
    error.expression = text
    return error


def build(tree: Node, variables: tuple[str, ...]) -> Program:
    """Write the program of one tree."""
    out = writer()
    out.streams = streams(tree)
    out.externals = {name: f"given{number}" for number, name in enumerate(variables)}
    result = out.emit(tree, out.root)
    out.line(f"return {result.code}")
    lines, places = render(out.top, 1)
    parameters = "".join(f", {name}" for name in out.externals.values())
    source = "\n".join([f"def program(r, B, now{parameters}):", *lines, ""])
    names = NAMES | out.constants | {"evaluate": evaluate_text, "refill": refill}
    try:
        exec(compile(source, FILENAME, "exec"), names)
    except (SyntaxError, MemoryError) as error:
        raise fault("L1002", tree.at) from error
    return Program(
        function=names["program"],
        source=source,
        places={line + 2: place for line, place in places.items()},
        variables=variables,
        needs_plain=out.needs_plain,
        functions_used=frozenset(out.functions_used),
        variables_used=frozenset(out.variables_used),
    )


def evaluate_text(
    text: Any, focus: Any, context: Any, whole: bool, visible: dict[str, Any], budget: Budget, now: int
) -> Any:
    """$eval: compile and run a text with the variables that are visible where it is called. Raises D3120, D3121."""
    if text is UNDEFINED:
        return UNDEFINED
    if text.__class__ is not str:
        raise fault("T0410", token="eval", value=text, index=1)
    names = tuple(name for name, value in visible.items() if value is not NAMES["UNBOUND"])
    try:
        expression = compile_expression(text, variables=names)
    except ExpressionError as error:
        raise fault("D3120", value=error.message) from error
    payload = context if focus is UNDEFINED else focus
    budget[0] -= 100
    try:
        return collapse(expression.evaluate(payload, budget, now, [visible[name] for name in names]))
    except ExpressionError as error:
        if error.code.startswith(("D1011", "D1012", "L")):
            raise
        raise fault("D3121", value=error.message) from error
