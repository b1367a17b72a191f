"""What the commands share: running async work, and opening CODI for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer

from editor.logs import set_up_logging
from editor.settings import Settings, load_settings

T = TypeVar("T")

WHO = "codi"  # who acts, in the audit log, when a command does

WorkspaceOption = Annotated[
    str | None, typer.Option("--workspace", help="Which workspace; needed when there are several.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def settings() -> Settings:
    """The settings in force, with logging set up by them."""
    found = load_settings()
    set_up_logging(found.log_level, found.log_format)
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs the command's work to its end."""
    return asyncio.run(work)
