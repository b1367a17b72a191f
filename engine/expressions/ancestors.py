"""Where each `%` finds its parent: a pass over the finished tree.

A `%` looks for the step that made the value it stands on, going back through the steps of its path and, when these run
out, of the paths around it. Every step it needs must remember where it came from, so the steps passed on the way form a
*stream*: values together with their origins. The compiler asks `streams` which steps these are.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import ExpressionError
from engine.expressions.messages import fault
from engine.expressions.syntax import (
    Apply,
    Block,
    Call,
    Lambda,
    Name,
    Node,
    Parent,
    Path,
    Refined,
    Sort,
    Step,
    Transform,
    Wildcard,
    children,
)


@dataclass(slots=True, eq=False)
class _Search:
    """One `%` on its way back: `level` steps are still to be undone."""

    origin: Parent
    level: int = 1


def unresolved_parents(tree: Node) -> list[ExpressionError]:
    """An error for each `%` that has no parent to find."""
    return Ancestry(tree).errors


def streams(tree: Node) -> frozenset[int]:
    """The ids of the steps, paths and blocks in `tree` that must carry their origins along."""
    return frozenset(Ancestry(tree).carrying)


class Ancestry:
    """The resolution of one tree."""

    def __init__(self, tree: Node) -> None:
        self.carrying: set[int] = set()
        self.errors: list[ExpressionError] = []
        for search in self.resolve(tree):
            self.fail(search)

    def fail(self, search: _Search) -> None:
        self.errors.append(fault("S0217", search.origin.at, token="%"))

    def resolve(self, node: Node) -> list[_Search]:
        """The searches that leave `node` unanswered."""
        if isinstance(node, Parent):
            return [_Search(node)]
        if isinstance(node, Path):
            return self.path(node)
        if isinstance(node, Refined):
            return self.refined(node)
        if isinstance(node, Call):
            self.resolve(node.function)
            return [search for argument in node.arguments for search in self.resolve(argument)]
        searches = [search for child in children(node) for search in self.resolve(child)]
        return [] if isinstance(node, Lambda | Apply | Transform) else searches

    def refined(self, node: Refined) -> list[_Search]:
        searches = self.resolve(node.subject)
        for stage in node.filters:
            searches += self.predicate(node, self.resolve(stage))
        if node.group is not None:
            self.resolve(node.group)
        return searches

    def path(self, path: Path) -> list[_Search]:
        leaving: list[_Search] = []
        for number, step in enumerate(path.steps):
            searches = self.resolve(step.expression)
            for stage in step.stages:
                searches += self.predicate(step, self.resolve(stage))
            for search in searches:
                if self.back(search, path.steps[:number]):
                    leaving.append(search)
        if path.group is not None:
            self.resolve(path.group)
        return leaving

    def predicate(self, step: Node, searches: list[_Search]) -> list[_Search]:
        """A filter stands on the values of its own step, so the first level up is where that step came from."""
        further = []
        for search in searches:
            if search.level > 1:
                search.level -= 1
            elif not self.attempt(search, step):
                continue
            if search.level > 0:
                further.append(search)
        return further

    def back(self, search: _Search, steps: tuple[Step, ...]) -> bool:
        """Go back through `steps`. True when the search has to go on outside."""
        position = len(steps) - 1
        while search.level > 0:
            if position < 0:
                return True
            step = steps[position]
            position -= 1
            while position >= 0 and step.focus is not None and steps[position].focus is not None:
                step = steps[position]
                position -= 1
            if not self.attempt(search, step):
                return False
        return False

    def attempt(self, search: _Search, node: Node) -> bool:
        if self.seek(search, node):
            return True
        self.fail(search)
        return False

    def seek(self, search: _Search, node: Node) -> bool:
        """Undo the step `node`; the search ends when its level reaches 0. False where the node has no parent."""
        if isinstance(node, Step | Refined):
            self.carrying.add(id(node))
            return self.seek(search, node.expression if isinstance(node, Step) else node.subject)
        if isinstance(node, Name | Wildcard):
            search.level -= 1
        elif isinstance(node, Parent):
            search.level += 1
        elif isinstance(node, Block):
            self.carrying.add(id(node))
            return not node.expressions or self.seek(search, node.expressions[-1])
        elif isinstance(node, Path):
            self.carrying.add(id(node))
            for step in reversed(node.steps):
                if search.level <= 0:
                    break
                if not self.seek(search, step):
                    return False
        else:
            return isinstance(node, Sort)
        return True
