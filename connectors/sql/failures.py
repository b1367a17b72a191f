"""What a database driver raises → what a run must do about it.

Codes: SQLite messages as of 3.40; Postgres SQLSTATE, appendix A of its manual; MySQL/MariaDB error numbers;
SQL Server message numbers. Anything not recognised is decided by DB-API class.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

from engine.errors import AuthError, ConfigError, ConnectorError, RejectedError, RetryError

_LOCKED = ("database is locked", "database table is locked", "deadlock", "lock wait timeout", "could not obtain lock")
_RETRY_STATES = ("40001", "40P01", "55P03", "57P0", "08", "53")
_AUTH = ("password authentication failed", "access denied for user", "login failed", "no password supplied")
_RIGHTS = ("permission denied", "attempt to write a readonly database", "command denied")
_SQLITE_SETTINGS = (1, 14)  # SQLITE_ERROR: the statement is wrong; SQLITE_CANTOPEN: the file's place is
_COLUMN = (
    re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (?P<columns>[\w., ]+)"),  # SQLite
    re.compile(r"DETAIL:\s+Key \((?P<columns>[^)]+)\)"),  # Postgres: unique and foreign key
    re.compile(r'(?:null value in column|column) "(?P<columns>[^"]+)"'),  # Postgres
    re.compile(r"[Cc]olumn '(?P<columns>[^']+)'"),  # MariaDB, SQL Server
    re.compile(r"CHECK constraint failed: (?P<columns>\w+)"),  # SQLite names the constraint or its text
)


def failure(error: SQLAlchemyError, doing: str, *, committing: bool = False) -> ConnectorError:
    """The ConnectorError for `error`; `doing` says what was tried, with the table."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    text = _one_line(str(cause))
    lower = text.lower()
    state = str(getattr(cause, "sqlstate", "") or "")
    if any(word in lower for word in _AUTH) or state.startswith("28"):
        return AuthError(f"{doing}: the database refuses the user or password ({text})")
    if any(word in lower for word in _RIGHTS) or state == "42501":
        return ConfigError(f"{doing}: this database user may not do that ({text})")
    if any(word in lower for word in _LOCKED) or state.startswith(_RETRY_STATES):
        return RetryError(f"{doing}: {text}", in_doubt=committing)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return RetryError(f"{doing}: the connection to the database was lost ({text})", in_doubt=committing)
    if isinstance(error, IntegrityError | DataError) or state.startswith(("22", "23", "42804")):
        column = column_of(str(cause))
        return RejectedError(f"{doing}: {text}", field=column)
    if isinstance(error, OperationalError) and state[:2] != "42" and _sqlite_code(cause) not in _SQLITE_SETTINGS:
        return RetryError(f"{doing}: {text}", in_doubt=committing)
    return ConfigError(f"{doing}: {text}")


def column_of(message: str) -> str | None:
    """The column a constraint message complains about, the first when there are several."""
    for pattern in _COLUMN:
        if found := pattern.search(message):
            return found["columns"].split(",")[0].strip().split(".")[-1]
    return None


def external_id(parts: Sequence[object]) -> str:
    """The external id of a row: its key, columns joined by `|`."""
    if len(parts) == 1:
        return str(parts[0])
    return "|".join(str(part).replace("%", "%25").replace("|", "%7C") for part in parts)


def key_parts(external: str, columns: int) -> list[str] | None:
    """The key columns of an external id; None when it has another number of them."""
    if columns == 1:
        return [external]
    parts = [part.replace("%7C", "|").replace("%25", "%") for part in external.split("|")]
    return parts if len(parts) == columns else None


def _sqlite_code(cause: BaseException) -> int | None:
    """SQLite's primary result code; None for other databases."""
    code = getattr(cause, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
