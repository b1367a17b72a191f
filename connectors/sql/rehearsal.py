"""What writing a record would run, as SQL for people to read: the statements of write.py with their values put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

import sqlalchemy as sa

from connectors.contract import Rehearsal, Statement
from connectors.sql.lines import inserting_line, line_rows
from connectors.sql.target import Target
from connectors.sql.write import follow_up_values, inserting, known_by, made_there, natural_key, split, updating
from engine.errors import GoneError, RejectedError
from engine.sync.ports import Write

_NAMED: Final = re.compile(r"(?<!:):(\w+)|%\((\w+)\)s")
MOST_LINES: Final = 5  # child rows shown of each list


class _Made:
    """Stands for a value that the database makes."""

    def __init__(self, column: str) -> None:
        self.column = column


def rehearse(target: Target, dialect: sa.Dialect, write: Write) -> Rehearsal:
    """As contract.Rehearse. The look for the row that comes before is not shown."""
    if write.payload is None:
        raise RejectedError(f"{target.spec.table}: what taking a record away does is not shown")
    values, lists = split(target, write.payload)
    named = cast(Any, type(dialect))(paramstyle="named")
    found = []
    also = ""
    if write.external_id is None:
        natural_key(target, values)
        parent = {**values, **{name: _Made(name) for name in made_there(target, values)}}
        found.append(_shown(inserting(target, values), {}, named))
        for name, entries in lists.items():
            lines = target.children[name]
            link = {child: parent[column] for child, column in lines.spec.link.items()}
            rows = line_rows(lines, link, entries)
            found += [_shown(inserting_line(lines, row), row, named) for row in rows[:MOST_LINES]]
        for follow_up in target.follow_ups:
            times = list(follow_up_values(follow_up, write.payload, parent, _Made(target.spec.id or "key")))
            found += [_shown(follow_up.text, row, named) for row in times[:MOST_LINES]]
    else:
        existing = known_by(target, write.external_id)
        if existing is None:
            raise GoneError(f"{target.spec.table} has no row {write.external_id} any more")
        if target.spec.version:
            existing[target.spec.version] = write.version or _Made(target.spec.version)
        update = updating(target, existing, values)
        found += [] if update is None else [_shown(update, {}, named)]
        tables = [target.children[name].spec.table for name in lists]
        also = f"Then its rows in {', '.join(tables)} are added, changed or removed." if tables else ""
    return Rehearsal(sent=found, together=target.spec.batch, also=also)


def _shown(statement: sa.ClauseElement, values: Mapping[str, Any], dialect: sa.Dialect) -> Statement:
    compiled = statement.compile(dialect=dialect)
    known = {**compiled.params, **values}

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        return _literal(known[name]) if name in known else match[0]

    text = str(compiled)
    if isinstance(statement, sa.Update):
        text = text.replace(", ", ",\n  ").replace(" SET ", "\nSET ", 1)
    return Statement(sql=_NAMED.sub(value, text))


def _literal(value: Any) -> str:
    if isinstance(value, _Made):
        return f"<the {value.column} the database makes>"
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float) or hasattr(value, "as_tuple"):
        return str(value)
    if isinstance(value, bytes | bytearray):
        return f"<{len(value)} bytes>"
    return "'" + str(value).replace("'", "''") + "'"
