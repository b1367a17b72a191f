"""The shop's SQLite file. Records are JSON documents; names make some of their values unique, filters make lists short.

Everything runs on the server's one event loop and never waits inside a transaction, so requests cannot interleave.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  id INTEGER PRIMARY KEY AUTOINCREMENT, collection TEXT NOT NULL, version INTEGER NOT NULL,
  created_at TEXT NOT NULL, updated_at TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_cursor ON records (collection, updated_at, id);
CREATE TABLE IF NOT EXISTS names (
  collection TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
  id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
  PRIMARY KEY (collection, field, value)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS names_id ON names (id);
CREATE TABLE IF NOT EXISTS filters (
  collection TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
  id INTEGER NOT NULL REFERENCES records (id) ON DELETE CASCADE,
  PRIMARY KEY (collection, field, value, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS filters_id ON filters (id);
CREATE TABLE IF NOT EXISTS variants (id INTEGER PRIMARY KEY AUTOINCREMENT, sku TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS replies (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A stored record."""

    id: int
    version: int
    created_at: str
    updated_at: str
    body: str  # the JSON object without the four fields above

    def json(self) -> str:
        """The record as it goes out."""
        head = (
            f'{{"id":{self.id},"version":{self.version},'
            f'"created_at":"{self.created_at}","updated_at":"{self.updated_at}",'
        )
        return head + self.body[1:]

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.json())
        return found


class Database:
    def __init__(self, path: Path | None) -> None:
        """`path` None keeps everything in memory."""
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 5000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(SCHEMA)
        newest = self._connection.execute("SELECT max(updated_at) FROM records").fetchone()[0]
        self._last = datetime.fromisoformat(newest) if newest else datetime.min.replace(tzinfo=UTC)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a transaction that can fail alone."""
        self._connection.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO part")
            raise
        finally:
            self._connection.execute("RELEASE part")

    def clock(self) -> str:
        """Now, in UTC and later than every time given before, so that no cursor misses a change."""
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return self._last.isoformat(timespec="microseconds").replace("+00:00", "Z")

    def get(self, collection: str, record_id: int) -> Row | None:
        row = self._connection.execute(
            "SELECT id, version, created_at, updated_at, body FROM records WHERE collection = ? AND id = ?",
            (collection, record_id),
        ).fetchone()
        return Row(*row) if row else None

    def find(self, collection: str, field: str, value: str) -> Row | None:
        """The record that has a unique value: its natural key ("key"), a SKU or an e-mail address."""
        found = self.name_holder(collection, field, value)
        return self.get(collection, found) if found is not None else None

    def name_holder(self, collection: str, field: str, value: str) -> int | None:
        row = self._connection.execute(
            "SELECT id FROM names WHERE collection = ? AND field = ? AND value = ?",
            (collection, field, value.casefold()),
        ).fetchone()
        return row[0] if row else None

    def page(
        self,
        collection: str,
        *,
        limit: int | None = None,
        after: tuple[str, int] | None = None,
        since: str | None = None,
        filters: Mapping[str, str] | None = None,
    ) -> list[Row]:
        """Records in the order of their last change, after the place `after`, changed at `since` or later.

        The search starts from the first of `filters`, so the one that fewest records meet should stand there.
        """
        tables, where = ["records"], ["records.collection = ?"]
        arguments: list[str | int] = [collection]
        for number, (field, value) in enumerate((filters or {}).items()):
            if field == "id":
                where.append("records.id = ?")
                arguments.append(value)
                continue
            name = f"f{number}"
            tables.insert(number, f"filters {name}")
            where.append(f"{name}.collection = ? AND {name}.field = ? AND {name}.value = ? AND {name}.id = records.id")
            arguments += (collection, field, value.casefold())
        if after:
            where.append("(updated_at, records.id) > (?, ?)")
            arguments += after
        if since:
            where.append("updated_at >= ?")
            arguments.append(since)
        # CROSS JOIN keeps SQLite from starting with all records of the collection.
        rows = self._connection.execute(
            f"SELECT records.id, version, created_at, updated_at, body FROM {' CROSS JOIN '.join(tables)}"
            f" WHERE {' AND '.join(where)} ORDER BY updated_at, records.id LIMIT ?",
            [*arguments, -1 if limit is None else limit],
        )
        return [Row(*row) for row in rows]

    def count(self, collection: str) -> int:
        found: int = self._connection.execute(
            "SELECT count(*) FROM records WHERE collection = ?", (collection,)
        ).fetchone()[0]
        return found

    def insert(self, collection: str, body: str, at: str | None = None) -> Row:
        now = at or self.clock()
        cursor = self._connection.execute(
            "INSERT INTO records (collection, version, created_at, updated_at, body) VALUES (?, 1, ?, ?, ?)",
            (collection, now, now, body),
        )
        return Row(cursor.lastrowid or 0, 1, now, now, body)

    def update(self, row: Row, body: str) -> Row:
        fresh = Row(row.id, row.version + 1, row.created_at, self.clock(), body)
        self._connection.execute(
            "UPDATE records SET version = ?, updated_at = ?, body = ? WHERE id = ?",
            (fresh.version, fresh.updated_at, body, row.id),
        )
        return fresh

    def delete(self, record_id: int) -> None:
        self._connection.execute("DELETE FROM records WHERE id = ?", (record_id,))

    def delete_filtered(self, collection: str, field: str, value: str) -> int:
        cursor = self._connection.execute(
            "DELETE FROM records WHERE id IN (SELECT id FROM filters WHERE collection = ? AND field = ? AND value = ?)",
            (collection, field, value.casefold()),
        )
        return cursor.rowcount

    def index(
        self, collection: str, record_id: int, names: Mapping[str, list[str]], filters: Mapping[str, list[str]]
    ) -> None:
        """Replace what the record is found by. Raises sqlite3.IntegrityError when a name is another record's."""
        self._connection.execute("DELETE FROM names WHERE id = ?", (record_id,))
        self._connection.execute("DELETE FROM filters WHERE id = ?", (record_id,))
        for table, found in (("names", names), ("filters", filters)):
            self._connection.executemany(
                f"INSERT INTO {table} (collection, field, value, id) VALUES (?, ?, ?, ?)",
                [(collection, field, v, record_id) for field, vs in found.items() for v in {v.casefold() for v in vs}],
            )

    def variant_id(self, sku: str) -> int:
        """The same number for the same SKU, always."""
        self._connection.execute("INSERT OR IGNORE INTO variants (sku) VALUES (?)", (sku.casefold(),))
        found: int = self._connection.execute("SELECT id FROM variants WHERE sku = ?", (sku.casefold(),)).fetchone()[0]
        return found

    def newest_number(self) -> int:
        """The highest order number; 10000 before the first."""
        found: int = self._connection.execute(
            "SELECT coalesce(max(CAST(substr(value, 2) AS INTEGER)), 10000) FROM names"
            " WHERE collection = 'orders' AND field = 'key'"
        ).fetchone()[0]
        return found

    def reply(self, key: str) -> tuple[str, int, str, bytes] | None:
        """(fingerprint, status, headers as JSON, body) kept for an idempotency key."""
        row: tuple[str, int, str, bytes] | None = self._connection.execute(
            "SELECT fingerprint, status, headers, body FROM replies WHERE key = ?", (key,)
        ).fetchone()
        return row

    def keep_reply(self, key: str, fingerprint: str, status: int, headers: str, body: bytes) -> None:
        self._connection.execute(
            "INSERT INTO replies VALUES (?, ?, ?, ?, ?)", (key, fingerprint, status, headers, body)
        )

    def is_empty(self) -> bool:
        return self._connection.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None

    def clear(self) -> None:
        for table in ("replies", "filters", "names", "variants", "records", "sqlite_sequence"):
            self._connection.execute(f"DELETE FROM {table}")
