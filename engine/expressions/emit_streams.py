"""Paths with `%`, `@` or `#`: every value travels with where it came from.

Origins and bound variables are simply the loop variables of the loops around. Only an order-by, a position or a filter
by position needs the whole stream at once: there the loops end, the rows (tuples of all these variables) are put into a
list, and new loops go on from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.expressions.analysis import is_truth
from engine.expressions.emit_operators import open_frame, truth
from engine.expressions.emit_paths import PathWriter, or_array
from engine.expressions.emit_values import isolated
from engine.expressions.suites import Atom, Context, Frame, Suite
from engine.expressions.syntax import Block, Filter, Node, Object, Parent, Path, Position, Refined, Sort, Step, Variable
from engine.expressions.writer import Writer


@dataclass(frozen=True, slots=True)
class _Begin:
    """Enter a path: its steps before `count` are taken in the ordinary way."""

    path: Path
    count: int


@dataclass(frozen=True, slots=True)
class _Enter:
    """Enter a block whose last expression goes on with the stream."""

    block: Block


Move = _Begin | _Enter | Step | Filter | Position


def first_of_stream(out: Writer, node: Path) -> int:
    """The number of the first step from which on values carry their origins; the number of steps if there is none."""
    for number, step in enumerate(node.steps):
        named = step.focus is not None or step.index is not None
        carrying = id(step) in out.streams or id(step.expression) in out.streams
        if named or carrying or any(isinstance(stage, Position) for stage in step.stages):
            return number
    return len(node.steps)


def emit_stream(out: Writer, node: Path, context: Context, *, marks: bool = False) -> Atom:
    """With `marks` the values come as a Sequence."""
    return StreamWriter(out, context).write(node, marks=marks)


class StreamWriter:
    """Writes one stream as a list of moves."""

    def __init__(self, out: Writer, context: Context) -> None:
        self.out = out
        self.context = context
        self.outer_frame = out.frame
        self.opened: list[Suite] = []  # suites to go back to when the loops end
        self.names: list[str] = []  # loop variables and assigned variables of this stream
        self.focused = False  # the step before bound its value and stayed where it was
        self.head = out.pocket()  # for what must stand before the loops
        self.array: Atom | None = None  # the array constructor at the beginning

    def write(self, node: Path, *, marks: bool) -> Atom:
        for move in self.moves(node):
            self.move(move)
        if node.group is not None:
            return self.grouped(node.group)
        result = self.out.fresh()
        self.head.entries.append(f"{result} = []")
        self.out.line(f"{result}.append({self.context.code})")
        self.end_loops()
        value = self.out.assign(f"{'kept_list' if node.keeps else 'Sequence' if marks else 'collapsed'}({result})")
        return or_array(self.out, value, self.array, keeps=node.keeps)

    def moves(self, node: Path) -> list[Move]:
        """The steps of a path and of the blocks in it that belong to the stream, in one row."""
        start = first_of_stream(self.out, node)
        found: list[Move] = [_Begin(node, start)]
        for step in node.steps[start:]:
            inner = self.continued(step)
            refined = step.expression if isinstance(step.expression, Refined) else None
            if inner is not None:
                found += [_Enter(inner[0]), *self.moves(inner[1])]
            elif refined is not None and id(refined) in self.out.streams:
                found.append(replace(step, expression=refined.subject))
            else:
                found.append(step)
                refined = None
            found += refined.filters if refined is not None else ()
            found += step.stages
        return found

    def continued(self, step: Step) -> tuple[Block, Path] | None:
        """The block and the path in it with which the stream goes on, where a step is such a block."""
        block = step.expression.subject if isinstance(step.expression, Refined) else step.expression
        if isinstance(block, Block) and id(block) in self.out.streams and block.expressions:
            last = block.expressions[-1]
            if isinstance(last, Path) and id(last) in self.out.streams:
                return block, last
        return None

    def move(self, move: Move) -> None:
        match move:
            case _Begin():
                self.begin(move)
            case _Enter():
                self.enter_block(move.block)
            case Step():
                self.sort(move) if isinstance(move.expression, Sort) else self.step(move)
            case Filter():
                self.filter(move.predicate)
            case Position():
                self.number_rows(move.name)

    # -- loops -------------------------------------------------------------------------------------------------------

    def loop(self, source: str, *, counted: bool = False) -> tuple[str, str]:
        """Open a loop over `source`; returns the names of position and entry."""
        out = self.out
        out.spend(f"len({source})")
        position, entry = out.fresh("x") if counted else "", out.fresh("x")
        head = f"for {position}, {entry} in enumerate({source})" if counted else f"for {entry} in {source}"
        self.opened.append(out.open(head, loop=True))
        self.names += [position, entry] if counted else [entry]
        return position, entry

    def end_loops(self) -> None:
        while self.opened:
            self.out.close(self.opened.pop())
        self.out.frame = self.outer_frame

    def bind(self, values: dict[str, str]) -> None:
        self.out.enter(values)
        for code in values.values():
            self.out.remember(("bound", code), True)

    def begin(self, begin: _Begin) -> None:
        """Go over the entries on which the stream starts."""
        out, context = self.out, self.context
        origin: Context | None = context.parent
        if begin.count:
            writer = PathWriter(out, begin.path, context)
            source = writer.entries(begin.count)
            self.array = writer.array
            origin = writer.origin.parent if writer.origin is not None else None
        elif out.one(context) or isinstance(begin.path.steps[0].expression, Variable):
            return
        else:
            source = out.assign(f"first_entries({context.code})").code
        _, entry = self.loop(source)
        self.context = Context(entry, parent=origin)

    def enter_block(self, block: Block) -> None:
        open_frame(self.out, block.expressions)
        assert self.out.frame is not None
        self.names += self.out.frame.names.values()
        for name in self.out.frame.names:
            self.out.declare(self.out.frame, name)
        for expression in block.expressions[:-1]:
            self.out.emit(expression, self.context)

    def step(self, step: Step) -> None:
        out, context = self.out, self.context
        value = isolated(out, step.expression, context)
        source = out.assign(f"exploded({value.code})").code
        position, entry = self.loop(source, counted=step.index is not None)
        bound = {name: code for name, code in ((step.focus, entry), (step.index, position)) if name}
        if bound:
            self.bind(bound)
        if step.focus is not None:
            parent = context.parent if self.focused else context
            self.context = replace(context, parent=parent)
        elif isinstance(step.expression, Parent):
            self.context = Context(entry, parent=context.parent.parent if context.parent else None)
        else:
            self.context = Context(entry, parent=context)
        self.focused = step.focus is not None

    def filter(self, predicate: Node) -> None:
        if is_truth(predicate):
            answer = isolated(self.out, predicate, self.context)
            self.opened.append(self.out.open(f"if {truth(answer)}"))
            return
        rows, frame = self.rows()
        out, chosen, position = self.out, self.out.assign("[]").code, self.out.fresh()
        row = self.row()
        previous = out.open(f"for {position}, {row} in enumerate({rows})", loop=True)
        self.restore(frame)
        answer = out.emit(predicate, self.context)
        out.line(f"select({answer.code}, {position}, len({rows}), {row}, {chosen})")
        out.close(previous)
        self.resume(chosen, frame)

    # -- the whole stream at once --------------------------------------------------------------------------------------

    def row(self) -> str:
        """All variables of the stream as a tuple, the current value first."""
        return "(" + "".join(f"{name}, " for name in dict.fromkeys([self.context.code, *self.names])) + ")"

    def rows(self) -> tuple[str, Frame | None]:
        """End the loops with all rows in a list; returns its name and the scope to go on in."""
        rows, frame = self.out.fresh(), self.out.frame
        self.head.entries.append(f"{rows} = []")
        self.out.line(f"{rows}.append({self.row()})")
        self.end_loops()
        self.head = self.out.pocket()
        return rows, frame

    def restore(self, frame: Frame | None) -> None:
        """In a place where the row's variables have their values again: make the scope around them valid."""
        self.out.frame = frame
        while frame is not None and frame is not self.outer_frame:
            for code in frame.names.values():
                self.out.remember(("bound", code), True)
            frame = frame.outer

    def resume(self, rows: str, frame: Frame | None) -> None:
        """New loops over rows."""
        self.out.frame = self.outer_frame
        self.out.spend(f"len({rows})")
        self.opened.append(self.out.open(f"for {self.row()} in {rows}", loop=True))
        self.restore(frame)

    def number_rows(self, name: str) -> None:
        """`#$name` behind a filter: the position among all rows."""
        rows, frame = self.rows()
        position, row = self.out.fresh("x"), self.row()
        self.opened.append(self.out.open(f"for {position}, {row} in enumerate({rows})", loop=True))
        self.restore(frame)
        self.names.append(position)
        self.bind({name: position})

    def sort(self, step: Step) -> None:
        assert isinstance(step.expression, Sort)
        rows, frame = self.rows()
        out, keys = self.out, []
        for term in step.expression.terms:
            name, argument = out.fresh("f"), out.fresh("x")
            previous = out.open(f"def {name}({argument})", definition=True)
            out.line(f"{self.row()} = {argument}")
            self.restore(frame)
            out.line(f"return {out.emit(term.expression, self.context).code}")
            out.frame = self.outer_frame
            out.close(previous)
            keys.append(f"({name}, {term.descending})")
        out.spend(f"len({rows})")
        done = out.assign(f"ordered({rows}, [{', '.join(keys)}])", at=step.at).code
        self.resume(done, frame)
        if step.index is not None:
            self.number_rows(step.index)

    def grouped(self, node: Object) -> Atom:
        out, groups = self.out, self.out.fresh()
        self.head.entries.append(f"{groups} = Groups()")
        for number, (key, _) in enumerate(node.pairs):
            value = out.emit(key, self.context)
            out.line(f"{groups}.add({value.code}, {number}, {self.row()})", key.at)
        frame = out.frame
        self.end_loops()
        result = out.assign("{}").code
        for number, (_, pair) in enumerate(node.pairs):
            name = out.fresh()
            previous = out.open(f"for {name}, {self.row()} in {groups}.rows({number}, B)", loop=True)
            self.restore(frame)
            made = isolated(out, pair, self.context)
            out.line(f"{result}[{name}] = {made.code}")
            out.close(previous)
            out.frame = self.outer_frame
        return out.assign(f"{groups}.result({result})", "object", optional=False)


def emit_parent(out: Writer, node: Parent, context: Context) -> Atom:
    """`%`: the compiler knows where the value came from, so this writes nothing."""
    return context.parent.atom if context.parent is not None else Atom("U", "nothing")
