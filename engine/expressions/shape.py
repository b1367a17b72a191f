"""A program for the shape that records mostly have.

It expects every field that is read to be there, which saves asking for each of them. A record that lacks one is run
again by the careful program; when that has happened often, the program is compiled anew and asks for the fields that
were found missing. Worth it for a program that runs over many records: a single run is better off with the careful one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from engine.expressions.block import Block, compile_block
from engine.expressions.limits import Budget
from engine.expressions.program import REFUSALS, Program
from engine.expressions.suites import Atom

OFTEN: Final = 20  # records without an expected field before the program is compiled anew
TIMES: Final = 4  # how often that is done; after that the shape is taken to have no end


class ShapedProgram:
    """What `compile_block` makes of `write`, quicker over records of one shape. Any number of threads may run it."""

    def __init__(
        self, write: Callable[[Block], Atom], *, variables: tuple[str, ...] = (), payload_kind: str = "any"
    ) -> None:
        self.compile: Callable[[frozenset[str] | None], Program] = lambda missing: compile_block(
            write, variables=variables, payload_kind=payload_kind, missing=missing
        )
        self.program = self.compile(frozenset())
        self.missing: set[str] = set()  # names of fields that a record did not have
        self.misses = 0  # since the program was compiled
        self.compiled = 1

    @cached_property
    def careful(self) -> Program:
        """The program that expects nothing."""
        return self.compile(None)

    def evaluate(self, payload: Any, budget: Budget, now: int, values: Any) -> Any:
        """As Program.evaluate."""
        program = self.program
        try:
            return program.function(payload, budget, now, *values)
        except KeyError as missing:
            self._note(missing)
            return self.careful.evaluate(payload, budget, now, values)
        except REFUSALS as reason:
            value = program.otherwise(reason, payload, budget, now, values)
            if program.general is not None and program.refused[0] > OFTEN:  # lists inside lists are the rule here
                self.program = program.general()
            return value

    def _note(self, missing: KeyError) -> None:
        self.missing.add(missing.args[0])
        self.misses += 1
        if self.misses >= OFTEN:
            self.misses = 0
            self.compiled += 1
            self.program = self.compile(frozenset(self.missing)) if self.compiled <= TIMES else self.careful
