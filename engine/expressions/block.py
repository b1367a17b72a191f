"""Many expressions in one Python function: what a mapping compiles to.

A Block is a piece of the function that is being written. Each value written is named by an `Atom`, which is handed on
to what uses it. Work that two expressions share (prefixes of paths, pure calls, whole sub-expressions) is written once,
in the block where it is first needed and in all blocks inside it; loops over the same list become one loop.

    def write(block):
        main = block.expression(parse("variants[0]")[0])                 # about the payload
        block.bind("main", main)                                         # $main, from here on
        sku = block.expression(parse("$main.sku")[0])
        block.leave(block.expression(parse("status = 'archived'")[0]), block.constant("archived"))

        def image(item):                                                 # item is the context of one entry
            return block.object([("src", block.expression(parse("url")[0], item))])

        images = block.each(block.expression(parse("media")[0]), image)  # always a list
        tax = block.call(look_up, block.expression(parse("tax_class")[0]))  # look_up is any Python function
        kind = block.choose(
            [(lambda: block.expression(parse("stock > $least")[0]), lambda: block.constant("instock"))],
            lambda: block.constant("outofstock"),
        )
        return block.object([("sku", sku), ("images", images), ("tax", tax), ("kind", kind)])

    program = compile_block(write, variables=("least",))                 # $least is given with each call
    program.run(payload, given={"least": 3})

`leave` ends the whole function with a value when its test is true (here: skip the record).

Nothing there is `UNDEFINED` (engine.expressions.values), never None, which is null; `object` leaves such entries out,
functions given to `call` receive it as it is. `atom.optional` says whether a value may be UNDEFINED, `atom.kind` what
is known of its type (any, string, number, boolean, object, array, null, function, nothing).

`write` and the functions given to `each` and `choose` may be called more than once (a loop that cannot join an earlier
one is written again; a second, general program is written when a payload has lists inside lists, which the first one
takes not to be there), so they must do nothing but write. Values must not be changed after they are built: the same
list or object may stand in several places of a result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from engine.errors import ExpressionError, LimitError
from engine.expressions.analysis import bound_in
from engine.expressions.ancestors import streams
from engine.expressions.emit import NAMES, writer
from engine.expressions.emit_operators import merged, open_frame, truth
from engine.expressions.emit_values import write_object
from engine.expressions.limits import Budget, refill, spend
from engine.expressions.messages import fault
from engine.expressions.parser import parse
from engine.expressions.program import FILENAME, Program
from engine.expressions.runtime_steps import UNBOUND
from engine.expressions.suites import NOTHING, Atom, Context, Suite, render
from engine.expressions.syntax import Node
from engine.expressions.values import UNDEFINED, collapse

Branch = tuple[Callable[[], Atom], Callable[[], Atom]]  # what writes the test, what writes the value


def compile_block(
    write: Callable[[Block], Atom],
    *,
    variables: tuple[str, ...] = (),
    payload_kind: str = "any",
    missing: frozenset[str] | None = None,
) -> Program:
    """The function that computes what `write` writes. `variables` (without $) are given with each call.

    `payload_kind` is "object" where the caller promises that every payload is a dict, which saves looking. `missing`
    names the fields that a payload may lack, None for any: the program raises KeyError where another one is missing.
    Raises ExpressionError L1002 where it is nested too deeply for Python.
    """

    @cache
    def general() -> Program:
        block = Block(variables=variables, payload_kind=payload_kind, quick=False)
        return block.build(write(block), None)

    block = Block(variables=variables, payload_kind=payload_kind, quick=True, missing=missing)
    return block.build(write(block), general)


class Block:
    """A function in the making. `payload` is the context of its input."""

    def __init__(
        self, *, variables: tuple[str, ...], payload_kind: str, quick: bool, missing: frozenset[str] | None = None
    ) -> None:
        self.out = writer(quick=quick, missing=missing)
        self.variables = variables
        self.out.externals = {name: f"given{number}" for number, name in enumerate(variables)}
        self.out.root = self.payload = Context("r", payload_kind, whole=True)
        self.trees: list[Node] = []  # kept, because steps are recognised by identity

    def expression(self, tree: Node, context: Context | None = None) -> Atom:
        """Write an expression about `context`, by default the payload. Raises ExpressionError L1002."""
        out = self.out
        self.trees.append(tree)
        out.streams |= streams(tree)
        if not any(bound_in(tree)):
            return out.emit(tree, context or self.payload)
        open_frame(out, (tree,))
        atom = out.emit(tree, context or self.payload)
        out.leave()
        return atom

    def bind(self, name: str, value: Atom) -> None:
        """`$name` in all that is written from here on in this block and in blocks inside it."""
        value = self.out.name(value)
        frame = self.out.enter({name: value.code})
        frame.known[name] = value
        self.out.remember(("bound", value.code), True)

    def constant(self, value: Any) -> Atom:
        """A constant; lists and objects in it must not be changed by whoever gets the result."""
        kinds = {str: "string", int: "number", float: "number", bool: "boolean", dict: "object", list: "array"}
        kind = "null" if value is None else kinds.get(type(value), "any")
        simple = value is None or type(value) in (str, bool) or (type(value) is int and value >= 0)
        return Atom(repr(value) if simple else self.out.constant(value), kind, optional=False)

    def call(self, function: Callable[..., Any], *values: Atom, kind: str = "any", optional: bool = True) -> Atom:
        """The result of a Python function; `kind` and `optional` say what it promises to return."""
        codes = ", ".join(value.code for value in values)
        return self.out.assign(f"{self.out.constant(function)}({codes})", kind, optional=optional)

    def object(self, entries: Sequence[tuple[str, Atom]]) -> Atom:
        """An object without the entries that turn out to be UNDEFINED."""
        return write_object(self.out, list(entries))

    def each(self, values: Atom, body: Callable[[Context], Atom]) -> Atom:
        """A list of what `body` writes for each entry of a list (a single value is one entry, nothing is none)."""
        out = self.out
        result = Atom(out.fresh(), "array", optional=False)

        def write(before: Suite, entry: str) -> None:
            before.entries.append(f"{result.code} = []")
            frame = out.frame
            value = body(out.entry(entry))
            out.frame = frame
            append = f"{result.code}.append({value.code})"
            out.line(f"if {value.code} is not U: {append}" if value.optional else append)

        out.each(out.entries_of(out.name(values)), write)
        return result

    def choose(self, branches: Sequence[Branch], otherwise: Callable[[], Atom] | None = None) -> Atom:
        """The value of the first branch whose test is true as in JSONata; UNDEFINED if none is and no `otherwise`."""
        out = self.out
        result = out.assign("U")
        previous = out.open("for _ in ONCE", loop=True)
        frame = out.frame
        atoms = []
        for test, then in branches:
            inner = out.open(f"if {truth(test())}")
            atoms.append(then())
            out.line(f"{result.code} = {atoms[-1].code}")
            out.line("break")
            out.close(inner)
            out.fence()
            out.frame = frame
        atoms.append(otherwise() if otherwise is not None else NOTHING)
        out.line(f"{result.code} = {atoms[-1].code}")
        out.close(previous)
        out.frame = frame
        return merged(result, atoms, any(atom.optional for atom in atoms))

    def leave(self, test: Atom, value: Atom) -> None:
        """Return `value` from the whole function if `test` is true as in JSONata. Only outside of `each`."""
        self.out.line(f"if {truth(test)}: return {value.code}")
        self.out.fence()

    def build(self, result: Atom, general: Callable[[], Program] | None) -> Program:
        """The finished function."""
        out = self.out
        out.line(f"return {result.code}")
        lines, places = render(out.top, 1)
        parameters = "".join(f", {name}" for name in out.externals.values())
        source = "\n".join([f"def program(r, B, now{parameters}):", *lines, ""])
        names = NAMES | out.constants | {"refill": refill, "evaluate": evaluate_text}
        try:
            exec(compile(source, FILENAME, "exec"), names)
        except (SyntaxError, MemoryError, RecursionError) as error:
            raise fault("L1002") from error
        return Program(
            function=names["program"],
            source=source,
            places={line + 2: place for line, place in places.items()},
            variables=self.variables,
            kind=result.kind,
            needs_plain=out.needs_plain,
            clock=out.clock,
            functions_used=frozenset(out.functions_used),
            variables_used=frozenset(out.variables_used),
            general=general if "flat(" in source else None,
        )


@lru_cache(maxsize=2048)
def compiled(text: str, variables: tuple[str, ...]) -> tuple[Node, Program]:
    """The tree and the program of one text. Programs hold no state, so equal texts share one."""
    tree, errors = parse(text)
    if errors:
        raise errors[0]
    try:
        return tree, compile_block(lambda block: block.expression(tree), variables=variables)
    except RecursionError:
        raise too_deep(text) from None
    except ExpressionError as failure:
        failure.expression = text
        raise


def too_deep(text: str) -> ExpressionError:
    """The error for a text that is nested more deeply than Python can follow."""
    error = fault("L1002", (0, len(text)))
    error.expression = text
    return error


def evaluate_text(text: Any, focus: Any, context: Any, visible: dict[str, Any], budget: Budget, now: int) -> Any:
    """$eval: compile and run a text with the variables that are visible where it is called. Raises D3120, D3121."""
    if text is UNDEFINED:
        return UNDEFINED
    if text.__class__ is not str:
        raise fault("T0410", token="eval", value=text, index=1)
    names = tuple(name for name, value in visible.items() if value is not UNBOUND)
    try:
        _, program = compiled(text, names)
    except ExpressionError as error:
        raise fault("D3120", value=error.message) from error
    spend(budget, 100)
    try:
        values = [visible[name] for name in names]
        return collapse(program.evaluate(context if focus is UNDEFINED else focus, budget, now, values))
    except LimitError:
        raise
    except ExpressionError as error:
        raise fault("D3121", value=error.message) from error
