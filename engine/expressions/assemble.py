"""How the parser puts paths together: what `.`, `[…]`, `{…}`, `^(…)`, `@` and `#` do to the node on their left."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import ExpressionError
from engine.expressions.messages import Place, fault
from engine.expressions.syntax import (
    Constant,
    Filter,
    Name,
    Node,
    Number,
    Object,
    Path,
    Position,
    Refined,
    Sort,
    Step,
    Term,
    Text,
    Variable,
)

Errors = list[ExpressionError]


def named(node: Node) -> str:
    """The name, where the node is nothing but a name or a variable; else ""."""
    if isinstance(node, Path) and len(node.steps) == 1 and isinstance(node.steps[0].expression, Name):
        return node.steps[0].expression.value
    return node.name if isinstance(node, Variable) else ""


def joined(left: Node, further: list[Node], errors: Errors) -> Path:
    """`left.further.further`."""
    first = left if isinstance(left, Path) else Path((_first(left),))
    steps, group = list(first.steps), first.group
    for right in further:
        if isinstance(right, Path):
            steps += right.steps
            group = right.group or group
        else:
            steps.append(_later(right))
    named = tuple(_step_of_path(step, errors) for step in steps)
    return Path(named, first.keep, group, start=left.start, end=further[-1].end)


def _first(node: Node) -> Step:
    """The first step of a path keeps its filters to itself: they see the collapsed value."""
    keep = isinstance(node, Refined) and node.keep
    return Step(node, keep=keep, start=node.start, end=node.end)


def _later(node: Node) -> Step:
    """The filters of a later step become its stages: they see what it gives for each value."""
    if not isinstance(node, Refined):
        return Step(node, start=node.start, end=node.end)
    subject = node.subject if node.group is None else replace(node, filters=(), keep=False)
    return Step(subject, node.filters, keep=node.keep, start=node.start, end=node.end)


def _step_of_path(step: Step, errors: Errors) -> Step:
    """A string as a step is a name; other literals are an error."""
    node = step.expression
    inner = node.subject if isinstance(node, Refined) else node
    if isinstance(inner, Number | Constant):
        errors.append(fault("S0213", inner.at, value=inner.value))
    if isinstance(inner, Text):
        name = Name(inner.value, start=inner.start, end=inner.end)
        stages = node.filters if isinstance(node, Refined) else ()
        return replace(step, expression=name, stages=(*stages, *step.stages))
    return step


def kept(left: Node, end: int) -> Node:
    """`left[]`."""
    if not isinstance(left, Path):
        refined = left if isinstance(left, Refined) else Refined(left, start=left.start)
        return replace(refined, keep=True, end=end)
    last = left.steps[-1]
    plain = len(left.steps) == 1 and left.group is None and last.focus is None and last.index is None
    if plain and not isinstance(last.expression, Sort):
        return replace(left, steps=(replace(last, keep=True),), end=end)
    if last.focus is not None:
        left = with_last(left, replace(last, keep=True))
    return replace(left, keep=True, end=end)


def with_last(path: Path, step: Step) -> Path:
    return replace(path, steps=(*path.steps[:-1], step), end=max(path.end, step.end))


def filtered(left: Node, predicate: Node, at: Place, errors: Errors) -> Node:
    """`left[predicate]`."""
    stage = Filter(predicate, start=at[0], end=at[1])
    if isinstance(left, Path):
        last = left.steps[-1]
        return with_last(left, replace(last, stages=(*last.stages, stage), end=at[1]))
    refined = left if isinstance(left, Refined) else Refined(left, start=left.start)
    if refined.group is not None:
        errors.append(fault("S0209", at))
    return replace(refined, filters=(*refined.filters, stage), end=at[1])


def grouped(left: Node, group: Object, errors: Errors) -> Node:
    """`left{key: value}`."""
    target = left if isinstance(left, Path | Refined) else Refined(left, start=left.start)
    if target.group is not None:
        errors.append(fault("S0210", group.at))
    return replace(target, group=group, end=group.end)


def ordered(left: Node, terms: tuple[Term, ...], at: Place) -> Path:
    """`left^(terms)`."""
    path = left if isinstance(left, Path) else Path((_first(left),), start=left.start)
    sort = Step(Sort(terms, start=at[0], end=at[1]), start=at[0], end=at[1])
    return replace(path, steps=(*path.steps, sort), end=at[1])


def focused(left: Node, name: str, at: Place, errors: Errors) -> Node:
    """`left@$name`."""
    path = left if isinstance(left, Path) else Path((_first(left),), start=left.start)
    last = path.steps[-1]
    if last.stages or (isinstance(left, Refined) and left.filters):
        errors.append(fault("S0215", at, token="@"))
    if isinstance(last.expression, Sort):
        errors.append(fault("S0216", at, token="@"))
    return with_last(path, replace(last, focus=name, end=at[1]))


def indexed(left: Node, name: str, at: Place) -> Path:
    """`left#$name`."""
    path = left if isinstance(left, Path) else Path((_later(left),), start=left.start)
    last = path.steps[-1]
    if last.stages:
        last = replace(last, stages=(*last.stages, Position(name, start=at[0], end=at[1])), end=at[1])
    else:
        last = replace(last, index=name, end=at[1])
    return with_last(path, last)
