"""Which source fields a mapping uses: for the coverage of a document and for the marks in the source tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from engine.mapping.rules import Formula

_STEPS: Final = re.compile(r"`[^`]*`|[^.]+")


def used_paths(formulas: Iterable[Formula]) -> frozenset[str]:
    """Source paths whose values count as used; "" is the whole record. What `each` goes over and `let` names is used
    only where something reads on."""
    return frozenset(
        path for formula in formulas for path in formula.paths(own=formula.part == "each" or formula.named)
    )


def reader(used: Iterable[str], *, leading: bool = False) -> Callable[[str], bool]:
    """Tells of a path whether it is used: itself, something around it as a whole, or through a wildcard; `leading`:
    also the way to a used path, for a list or an object that is empty in one sample."""
    whole = frozenset(path for path in used if "*" not in path)
    patterns = [_STEPS.findall(path) for path in used if "*" in path]
    ways = frozenset(".".join(steps[:n]) for steps in map(_STEPS.findall, whole) for n in range(1, len(steps)))

    def is_used(path: str) -> bool:
        if path in whole or "" in whole or (leading and path in ways):
            return True
        steps = _STEPS.findall(path)
        around = (".".join(steps[:count]) in whole for count in range(1, len(steps)))
        return any(around) or any(_matches(pattern, steps) for pattern in patterns)

    return is_used


def _matches(pattern: list[str], steps: list[str]) -> bool:
    if "**" in pattern:
        pattern = pattern[: pattern.index("**")]
    return len(pattern) <= len(steps) and all(p in ("*", s) for p, s in zip(pattern, steps, strict=False))
