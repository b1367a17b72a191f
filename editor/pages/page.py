"""What every page has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Page:
    """Base of the typed contexts that templates see as `page`."""

    title: str
    section: str = ""  # which line of the side bar is lit
