"""Names of target fields: `price`, `dimensions.length`, `images[].src`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_SEGMENT: Final = re.compile(r"`([^`]+)`|([^.`\[\]\s]+)")


def split_target(name: str) -> tuple[str, ...] | None:
    """`dimensions.length` → ("dimensions", "length"); names with dots stand in backticks. None: not a path."""
    parts: list[str] = []
    position = 0
    while match := _SEGMENT.match(name, position):
        parts.append(match[1] or match[2])
        position = match.end()
        if position == len(name):
            return tuple(parts)
        if name[position] != ".":
            return None
        position += 1
    return None


def join_target(around: str, parts: Iterable[str]) -> str:
    names = [f"`{part}`" if "." in part else part for part in parts]
    return ".".join([around, *names] if around else names)
