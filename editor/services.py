"""What handlers work with, opened once when the application starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection

from editor.attempts import Attempts
from editor.settings import Settings
from engine.store.database import Database
from engine.store.people import People


@dataclass(frozen=True, kw_only=True)
class Services:
    settings: Settings
    database: Database
    people: People
    attempts: Attempts


def services(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    return connection.app.state.services  # type: ignore[no-any-return]
