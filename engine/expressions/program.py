"""A finished function, and how one evaluation of it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.errors import ExpressionError
from engine.expressions.limits import LIMITS, Budget, Limits
from engine.expressions.messages import Place, fault
from engine.expressions.runtime_steps import NestedListError
from engine.expressions.values import UNDEFINED, Constructed, Kept, Sequence, plain

FILENAME: Final = "<expression>"  # what the generated source is called in tracebacks
UNUSUAL: Final = frozenset((Sequence, Kept, Constructed))  # lists that are not plain ones
REFUSALS: Final = (ExpressionError, NestedListError, RecursionError)  # what `otherwise` deals with
OFTEN: Final = 20  # refusals after which the general program runs at once
_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What expressions were compiled to. Holds no state of an evaluation, so any number of threads may run it."""

    function: Callable[..., Any]  # takes input, budget, time in milliseconds since 1970, then the variables in order
    source: str  # the Python it is made of
    places: dict[int, Place] = field(repr=False)  # line of the source → place in the text
    variables: tuple[str, ...] = ()  # given with each call, without $
    kind: str = "any"  # what is known of the result's type, as in Atom.kind
    needs_plain: bool = False  # the result may hold lists of the classes in values.py
    clock: bool = False  # the function looks at the time
    functions_used: frozenset[str] = frozenset()
    variables_used: frozenset[str] = frozenset()  # used, but neither assigned nor given nor built in
    general: Callable[[], Program] | None = None  # gives the program for lists inside lists, which this one refuses
    refused: list[int] = field(default_factory=lambda: [0], repr=False)  # how often it did

    def run(
        self,
        payload: Any = UNDEFINED,
        *,
        given: Mapping[str, Any] = _NONE,
        limits: Limits = LIMITS,
        now: int | None = None,
    ) -> Any:
        """The value, as plain JSON values; UNDEFINED where there is nothing. `now` stands still during a run.

        Raises ExpressionError with code and place (in the text of one of the expressions), LimitError.
        """
        if now is None:
            now = time.time_ns() // 1_000_000 if self.clock else 0
        values = [given.get(name, UNDEFINED) for name in self.variables] if self.variables else ()
        budget = [limits.slice, limits.depth, limits]
        try:
            if self.refused[0] > OFTEN:
                raise NestedListError
            value = self.function(payload, budget, now, *values)
        except REFUSALS as reason:
            value = self.otherwise(reason, payload, budget, now, values)
        if self.needs_plain or value.__class__ in UNUSUAL:
            try:
                return plain(value)
            except RecursionError:
                raise fault("D1011") from None
        return value

    def evaluate(self, payload: Any, budget: Budget, now: int, values: Any) -> Any:
        """One evaluation on a budget that is shared with others."""
        try:
            return self.function(payload, budget, now, *values)
        except REFUSALS as reason:
            return self.otherwise(reason, payload, budget, now, values)

    def otherwise(self, reason: Exception, payload: Any, budget: Budget, now: int, values: Any) -> Any:
        """What to do where the function raised: the general program's value, or the error with its place."""
        if isinstance(reason, NestedListError):
            assert self.general is not None
            self.refused[0] += 1
            return self.general().evaluate(payload, budget, now, values)
        if isinstance(reason, RecursionError):
            raise fault("D1011") from None
        if isinstance(reason, ExpressionError) and reason.start is None:
            self._locate(reason)
        raise reason

    def _locate(self, error: ExpressionError) -> None:
        """Where in the text the error happened: the line of the source that was running tells."""
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == FILENAME and trace.tb_lineno in self.places:
                error.start, error.end = self.places[trace.tb_lineno]
            trace = trace.tb_next
