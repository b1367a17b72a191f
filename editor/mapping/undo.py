"""Undo and redo over a whole draft file: the texts it had, in this process; the store keeps all saves besides."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

MOST_STEPS = 200
MOST_FILES = 500

Key = tuple[int, str, str]  # workspace, connection, path


@dataclass
class Steps:
    back: list[str] = field(default_factory=list)  # texts before the one shown, the newest last
    forth: list[str] = field(default_factory=list)  # texts undone, the newest last


class UndoLog:
    """The steps of the files people work on."""

    def __init__(self) -> None:
        self._files: OrderedDict[Key, Steps] = OrderedDict()

    def known(self, key: Key) -> bool:
        return key in self._files

    def begin(self, key: Key, earlier: list[str]) -> None:
        """The texts a file had before this process saw it, the newest last."""
        self._files[key] = Steps(back=earlier[-MOST_STEPS:])
        while len(self._files) > MOST_FILES:
            self._files.popitem(last=False)

    def steps(self, key: Key) -> Steps:
        steps = self._files.setdefault(key, Steps())
        self._files.move_to_end(key)
        return steps

    def changed(self, key: Key, before: str) -> None:
        """The file was saved; it said `before` until then."""
        steps = self.steps(key)
        steps.back = [*steps.back, before][-MOST_STEPS:]
        steps.forth = []

    def undo(self, key: Key, current: str) -> str | None:
        """The text to go back to; None where there is nothing to undo."""
        steps = self.steps(key)
        while steps.back and (text := steps.back.pop()) is not None:
            if text != current:
                steps.forth.append(current)
                return text
        return None

    def redo(self, key: Key, current: str) -> str | None:
        steps = self.steps(key)
        while steps.forth:
            text = steps.forth.pop()
            if text != current:
                steps.back.append(current)
                return text
        return None
