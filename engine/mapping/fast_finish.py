"""What is done with a rule's value (rules.Finish), written into the one function of a mapping.

Each stage is a line that settles the common case without a call and leaves everything else to a Python function, which
is also what the careful way uses. So both ways say the same about every value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

from engine.expressions.block import Block
from engine.expressions.suites import Atom
from engine.expressions.values import UNDEFINED
from engine.mapping.convert import CONVERT, to_decimal
from engine.mapping.lookups import look_up
from engine.mapping.rules import Finish, join_pieces, require, without_empty

# Types whose values are what they should be when they are of this class.
_CLASSES: Final[dict[Callable[[Any], Any], str]] = {
    CONVERT["string"]: "str",
    CONVERT["integer"]: "int",
    CONVERT["boolean"]: "bool",
    CONVERT["list"]: "list",
    CONVERT["object"]: "dict",
}
_DECIMAL: Final = re.compile(r"(?!-0$)-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?").fullmatch  # already as it should be


def write_finish(block: Block, finish: Finish, value: Atom) -> Atom:
    """The finished value."""
    if finish.plain:
        return value
    value = block.out.name(value)
    if finish.table is not None:
        value = _looked_up(block, finish, value)
    if finish.default is not UNDEFINED:
        value = _defaulted(block, finish, value)
    elif finish.convert is not None:
        value = _converted(block, finish.convert, value)
    if finish.omit_empty:
        value = _kept(block, value)
    if finish.required:
        value = _required(block, value)
    return value


def _looked_up(block: Block, finish: Finish, value: Atom) -> Atom:
    table, name, missing = finish.table or {}, finish.lookup, finish.missing

    def slow(key: Any) -> Any:
        return key if key is UNDEFINED or key is None else look_up(table, name, key, missing)

    out = block.out
    found = out.assign(f"{out.constant(table)}.get({value.code}, U) if {value.code}.__class__ is str else U")
    out.line(f"if {found.code} is U: {found.code} = {out.constant(slow)}({value.code})")
    return found


def _defaulted(block: Block, finish: Finish, value: Atom) -> Atom:
    """The default for nothing and null, else the value in its type. What a result holds is never changed, so that one
    default can serve all records; deepcopy keeps it apart from the document."""
    default = block.constant(deepcopy(finish.default))
    if finish.convert is not None:
        value = _converted(block, finish.convert, value)
    code = f"{default.code} if {value.code} is U or {value.code} is None else {value.code}"
    return block.out.assign(code, optional=False)


def _converted(block: Block, convert: Callable[[Any], Any], value: Atom) -> Atom:
    def slow(found: Any) -> Any:
        return found if found is UNDEFINED or found is None else convert(found)

    out = block.out
    if convert is to_decimal:
        return out.assign(f"{out.constant(_to_decimal)}({value.code})", optional=value.optional)
    kind = _CLASSES.get(convert)
    test = f"{value.code} if {value.code}.__class__ is {kind} else " if kind else ""
    return out.assign(f"{test}{out.constant(slow)}({value.code})", optional=value.optional)


def _to_decimal(value: Any) -> Any:
    """to_decimal for any value, quick where the text is already what it should be."""
    if value.__class__ is str:
        return value if _DECIMAL(value) else to_decimal(value)
    return value if value is UNDEFINED or value is None else to_decimal(value)


def _kept(block: Block, value: Atom) -> Atom:
    out = block.out
    return out.assign(f"{value.code} if {value.code} else {out.constant(without_empty)}({value.code})")


def _required(block: Block, value: Atom) -> Atom:
    out, code = block.out, value.code
    out.line(f"if {code} is U or {code} is None or {code} == '': {out.constant(require)}({code})")
    return Atom(code, value.kind, optional=False)


def write_template(block: Block, pieces: tuple[str | Atom, ...]) -> Atom:
    """Text with values in it, UNDEFINED where one has none."""
    out = block.out
    named = [piece if isinstance(piece, str) else out.name(piece) for piece in pieces]
    atoms = [piece for piece in named if isinstance(piece, Atom)]
    texts = [piece if isinstance(piece, str) else None for piece in named]

    def slow(*values: Any) -> Any:
        given = iter(values)
        return join_pieces([next(given) if text is None else text for text in texts])

    joined = " + ".join(repr(piece) if isinstance(piece, str) else piece.code for piece in named) or "''"
    called = f"{out.constant(slow)}({', '.join(atom.code for atom in atoms)})"
    test = " and ".join(f"{atom.code}.__class__ is str" for atom in atoms)
    return out.assign(f"{joined} if {test} else {called}" if test else joined, "string", optional=bool(atoms))
