"""Builds the demo business's ERP: one SQLite file from the SQL scripts in `mappings/demo/erp`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from engine.errors import UsageError


def build_demo_erp(path: Path, scripts: Path) -> None:
    """Run every `*.sql` file of the folder `scripts`, in the order of their names, into a new database at `path`.

    The file appears whole or not at all. Raises UsageError when `path` exists, when `scripts` holds no SQL file,
    or when a script fails (naming it).
    """
    if path.exists():
        raise UsageError(f"{path} exists already: remove it to build the demo ERP afresh")
    files = sorted(scripts.glob("*.sql"))
    if not files:
        raise UsageError(f"no *.sql files in {scripts}: give the folder of the demo ERP's scripts")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(unfinished)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            for file in files:
                _run(database, file)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _run(database: sqlite3.Connection, file: Path) -> None:
    try:
        database.executescript(f"BEGIN;\n{file.read_text(encoding='utf-8')}\nCOMMIT;")
    except sqlite3.Error as error:
        raise UsageError(f"{file.name}: {error}") from error
