"""What the compiler writes into: Python statements as a tree, the names they define, and what is already computed.

A `Suite` is one indented block of statements. It remembers which results it has computed already (`memo`), so that the
same prefix of a path or the same call is written once; inner suites see what outer ones know, not the other way round.
Names of the generated program: `t12` results, `v12_price` variables of the expression, `f12` functions, `K3` constants.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Final

from engine.expressions.messages import Place, fault
from engine.expressions.suites import Atom, Context, Frame, Loop, Suite, assigned_in, is_blank, numbers_in
from engine.expressions.syntax import Binary, Call, Chain, Condition, Default, Node, Path, Refined

SHARED: Final = (Path, Call, Binary, Chain, Refined, Condition, Default)  # worth computing only once
READERS: Final = {"several": "fields", "whole": "fields_of_whole", "flat": "flat"}
MAX_DEPTH: Final = 90  # Python refuses more than 100 levels of indentation
MAX_LOOPS: Final = 17  # and more than 20 loops inside each other: further ones stand in a function of their own


Emitters = dict[type[Node], Callable[..., Atom]]


class Writer:
    """The state of one compilation. The `emit_*` modules write through it."""

    def __init__(
        self, emitters: Emitters, sequences: Emitters, *, quick: bool = False, missing: frozenset[str] | None = None
    ) -> None:
        self.emitters = emitters
        self.sequences = sequences  # the same for results that may stay uncollapsed
        self.missing = missing  # names of the fields that may be missing, None for all; the program says if another is
        self.quick = quick  # take the entries of lists not to be lists themselves; the program says if they are
        self.top = Suite(None, definition=True)
        self.suite = self.top
        self.frame: Frame | None = None
        self.root = Context("r", whole=True)
        self.streams: frozenset[int] = frozenset()
        self.constants: dict[str, Any] = {}
        self.externals: dict[str, str] = {}  # variables given from outside → their names
        self.functions_used: set[str] = set()
        self.variables_used: set[str] = set()
        self.shared_key: Callable[[Node, Context], Hashable | None] = lambda node, context: None
        self.marked: Callable[[Node, Context], Atom] = self.emit  # the same, where a sequence must come as a Sequence
        self.announced: dict[int, str] = {}  # id of a lambda → the name its function will have
        self.clock = False  # the time is looked at
        self.needs_plain = False  # the result may hold lists of special classes
        self.price: tuple[Suite, str] | None = None  # what `spend` wrote last
        self.number = 0
        self.assigned: dict[int, int] = {}  # number in a variable's name → number at its latest assignment

    # -- statements --------------------------------------------------------------------------------------------------

    def entry(self, code: str, parent: Context | None = None) -> Context:
        """The context of one value of a step."""
        return Context(code, parent=parent, flat=self.quick)

    def one(self, context: Context) -> bool:
        """Whether the context counts as one value even where it is a list, or certainly is none."""
        if context.flat:
            self.reader(context.code, "flat")
        return context.whole or context.flat or context.kind == "object"

    def reader(self, base: str, form: str) -> str:
        """What to call `get` on for a field of `base`, after one look at its class: the dict itself, or something that
        reads from a list, whose entries are `several` values of the path so far or together a `whole` one; where the
        quick program takes it to be `flat`, a list sends it to the general program."""
        key = ("reader", base, form)
        found = self.recall(key)
        if found is None:
            if not base.isidentifier():
                base = self.assign(base).code
            found = self.assign(f"{base} if {base}.__class__ is dict else {READERS[form]}({base}, B)").code
            self.remember(key, found)
        return str(found)

    def emit(self, node: Node, context: Context) -> Atom:
        """Write what computes `node`, unless that is written already, and return where its value is."""
        key = self.shared_key(node, context) if isinstance(node, SHARED) else None
        if key is not None:
            found = self.recall(key)
            if found is not None:
                return found  # type: ignore[no-any-return]
        atom = self.emitters[type(node)](self, node, context)
        if key is not None:
            self.remember(key, atom)
        return atom

    def fresh(self, prefix: str = "t") -> str:
        self.number += 1
        return f"{prefix}{self.number}"

    def line(self, code: str, at: Place | None = None) -> None:
        """A statement; `at` is what the expression says there, for error messages."""
        self.suite.entries.append(code if at is None else (code, at))

    def assign(self, code: str, kind: str = "any", *, optional: bool = True, at: Place | None = None) -> Atom:
        """`t12 = code`"""
        name = self.fresh()
        self.line(f"{name} = {code}", at)
        return Atom(name, kind, optional)

    def name(self, atom: Atom) -> Atom:
        """The value under a name, where the code has to ask something about it."""
        if atom.named:
            return atom
        return self.assign(atom.code, atom.kind, optional=atom.optional)

    def open(self, head: str, *, loop: bool = False, definition: bool = False) -> Suite:
        """Write `head:` and go into its block. Returns the suite that was current."""
        previous, around = self.suite, ""
        if loop and previous.loops >= MAX_LOOPS:
            around = self.fresh("f")
            self._go_into(f"def {around}()", Suite(previous, definition=True))
        outer = self.suite
        inner = Suite(outer, definition=definition, loops=0 if definition else outer.loops + loop, around=around)
        self._go_into(head, inner)
        if loop:
            inner.price, self.price = self.price, None
        return previous

    def _go_into(self, head: str, inner: Suite) -> None:
        inner.depth = self.suite.depth + 1
        if inner.depth > MAX_DEPTH:
            raise fault("L1002")
        self.line(head + ":")
        self.suite.entries.append(inner)
        self.suite = inner

    def close(self, previous: Suite) -> None:
        inner, self.suite = self.suite, previous
        if is_blank(inner):
            inner.entries.append("pass")
        if inner.around:
            assert inner.outer is not None
            number = int(inner.around[1:])
            outside = sorted(name for name in assigned_in(inner) if numbers_in(name)[0] < number)
            inner.outer.entries[:0] = [f"nonlocal {name}" for name in outside]
            self.line(f"{inner.around}()")

    def pocket(self) -> Suite:
        """A place at the current point where statements may be put later, at the same indentation."""
        here = self.suite
        place = Suite(here, loops=here.loops, depth=here.depth)
        place.entries.append("")
        here.entries.append(place)
        return place

    def uncollapsed(self, node: Node, context: Context) -> Atom:
        """The same as `emit`, but a short sequence stays one: for `[]` behind it, and for what a lambda returns."""
        emitter = self.sequences.get(type(node))
        return self.emit(node, context) if emitter is None else emitter(self, node, context)

    # -- what is computed already ------------------------------------------------------------------------------------

    def recall(self, key: Hashable, *, later: bool = False) -> Any:
        """What was remembered under `key` in this suite or one around it; None if nothing was.

        While work joins an earlier loop, what came after that loop is seen only with `later`.
        """
        suite: Suite | None = self.suite
        horizon: int | None = None
        while suite is not None:
            found = suite.memo.get(key)
            if found is not None and (later or horizon is None or found[0] <= horizon):
                return found[1]
            if suite.horizon is not None:
                horizon = suite.horizon if horizon is None else min(horizon, suite.horizon)
            suite = suite.outer
        return None

    def remember(self, key: Hashable, value: Any) -> None:
        self.suite.memo[key] = (self.number, value)

    def constant(self, value: Any) -> str:
        """The name of a value that the program finds among its globals."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"K{len(self.constants)}"
        self.constants[name] = value
        return name

    # -- lists -------------------------------------------------------------------------------------------------------

    def spend(self, count: str) -> None:
        """Pay for `count` steps; for a loop opened next, that many rounds."""
        place = self.pocket()
        place.entries.append(f"B[0] -= {count}")
        self.line("if B[0] < 0: refill(B)")
        self.price = (place, count)

    def weigh(self, steps: int) -> None:
        """Let each round of the loop around cost more: it calls functions or makes lists and objects."""
        suite: Suite | None = self.suite
        while suite is not None and suite.price is None and not suite.definition:
            suite = suite.outer
        if suite is not None and suite.price is not None:
            suite.weight += steps
            place, count = suite.price
            place.entries[-1] = f"B[0] -= {suite.weight} * {count}"

    def entries_of(self, value: Atom) -> str:
        """The values of a list, a single value as one, nothing as none: something a `for` can go over."""
        key = ("entries", value.code)
        found = self.recall(key)
        if found is None:
            value = self.name(value)
            found = self.assign(f"{value.code} if {value.code}.__class__ is list else entries({value.code})").code
            self.remember(key, found)
        return str(found)

    def each(self, entries: str, body: Callable[[Suite, str], None]) -> None:
        """A loop over `entries`; `body(before, value)` writes what it does, and what must stand before it.

        Joins an earlier loop over the same list where the body needs nothing that was computed after it.
        """
        key = ("loop", entries)
        found = self.suite.memo.get(key)
        if found is not None and self._join(found[1], body):
            return
        loop = Loop(self.pocket(), self.suite, self.fresh(), self.number)
        self.spend(f"len({entries})")
        previous = self.open(f"for {loop.value} in {entries}", loop=True)
        loop.body = self.suite
        body(loop.before, loop.value)
        loop.number = self.number
        self.close(previous)
        self.remember(key, loop)

    def fence(self) -> None:
        """What is written from here on may be left undone, so it must not join loops that are written already."""
        memo = self.suite.memo
        for key in [key for key in memo if isinstance(key, tuple) and key[0] == "loop"]:
            del memo[key]

    def _join(self, loop: Loop, body: Callable[[Suite, str], None]) -> bool:
        outer, inner, before = self.suite, loop.body, loop.before
        mark, memo, front, weight = len(inner.entries), dict(inner.memo), len(before.entries), inner.weight
        first = self.number
        inner.horizon = loop.number
        self.suite = inner
        body(before, loop.value)
        self.suite, inner.horizon = outer, None
        used = {number for entry in [*inner.entries[mark:], *before.entries[front:]] for number in numbers_in(entry)}
        own = {number for entry in inner.entries[:mark] for number in numbers_in(entry)}
        own |= {numbers_in(entry)[0] for entry in before.entries[front:]}  # made ready in front of the loop
        if any(loop.number < self.assigned.get(number, number) <= first for number in used - own):
            del inner.entries[mark:], before.entries[front:]
            inner.memo, inner.weight = memo, weight
            return False
        return True

    # -- variables ---------------------------------------------------------------------------------------------------

    def enter(self, names: dict[str, str], *, loose: frozenset[str] = frozenset(), barrier: bool = False) -> Frame:
        frame = Frame(self.frame, names, self.pocket(), loose, barrier=barrier)
        self.frame = frame
        return frame

    def body(self) -> Suite:
        """The suite of the Python function that is being written."""
        suite = self.suite
        while not suite.definition and suite.outer is not None:
            suite = suite.outer
        return suite

    def leave(self) -> None:
        assert self.frame is not None
        self.frame = self.frame.outer

    def frames(self) -> list[tuple[Frame, bool]]:
        """The frames from inside out, each with whether what it holds is certain at this point."""
        found, certain, frame = [], True, self.frame
        while frame is not None:
            found.append((frame, certain))
            certain = certain and not frame.barrier
            frame = frame.outer
        return found

    def declare(self, frame: Frame, name: str) -> None:
        """Give a variable its first value at the top of its frame."""
        if name not in frame.declared:
            frame.declared.add(name)
            frame.suite.entries.append(f"{frame.names[name]} = UNBOUND")
