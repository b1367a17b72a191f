"""Writing a stream: one transaction per batch, one savepoint per record.

A record is found again by its id where the crosswalk knows it, else by its natural key, so a batch that was written but
not heard of is not written twice. Everything that belongs to one record (row, lines, follow-up statements) is written
or undone together; follow-up statements run only with the insert that creates the row, hence exactly once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from connectors.settings import near
from connectors.sql.database import Database
from connectors.sql.failures import external_id, failure, key_parts
from connectors.sql.lines import write_lines
from connectors.sql.rows import bind, column, matches, values_for
from connectors.sql.target import FollowUp, Target
from engine.errors import ConfigError, ConflictError, ConnectorError, GoneError, RejectedError
from engine.sync.ports import Write, Written

_Row = Mapping[str, Any]


def write(database: Database, target: Target, batch: Sequence[Write]) -> list[Written]:
    """One Written for each Write. Raises ConnectorError when the transaction as a whole fails: then nothing of the
    batch was written, unless the error says it is in doubt."""
    with database.writing(target.where) as connection:
        return [_one(connection, target, write) for write in batch]


def _one(connection: sa.Connection, target: Target, write: Write, *, again: bool = True) -> Written:
    """`again`: somebody may create the same record between our look and our insert; then it is there the next time."""
    doing = f"{target.spec.table} {write.key}"
    try:
        with connection.begin_nested():
            if write.payload is None:
                return _remove(connection, target, write)
            return _put(connection, target, write, write.payload)
    except ConnectorError as error:
        return Written(external_id=write.external_id, error=error)
    except (OverflowError, UnicodeError) as error:  # a number or text that no column of this database holds
        return Written(external_id=write.external_id, error=RejectedError(f"{doing}: {error}"))
    except SQLAlchemyError as error:
        if again and write.external_id is None and isinstance(error, IntegrityError):
            return _one(connection, target, write, again=False)
        found = failure(error, doing)
        if found.kind != "record":  # the connection, the lock or the settings: no record can be written
            raise found from error
        return Written(external_id=write.external_id, error=found)


def _put(connection: sa.Connection, target: Target, write: Write, payload: Any) -> Written:
    values, lists = split(target, payload)
    existing = _find(connection, target, write, values)
    if existing is None:
        row = _create(connection, target, values)
        parent = {**values, **row}
        for name, entries in lists.items():
            write_lines(connection, target.children[name], parent, entries, new=True)
        for follow_up in target.follow_ups:
            _follow_up(connection, follow_up, payload, parent, _id_of(target, parent))
        return _written(connection, target, parent, "created")
    if write.external_id is None and target.spec.existing == "keep":
        return _written(connection, target, existing, "adopted")
    _update(connection, target, write, existing, values)
    parent = {**existing, **values}
    for name, entries in lists.items():
        write_lines(connection, target.children[name], parent, entries, new=False)
    return _written(connection, target, parent, "updated" if write.external_id else "adopted and updated")


def split(target: Target, payload: Any) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """The row's values as the driver takes them, and the lists of children. Raises RejectedError."""
    if not isinstance(payload, dict):
        raise RejectedError(f"{target.spec.table}: a record must be an object")
    lists = {name: payload[name] or [] for name in target.children if name in payload}
    for name, entries in lists.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise RejectedError(f"{target.spec.table}: {name} must be a list of objects", field=name)
    return values_for(target.table, {n: v for n, v in payload.items() if n not in target.children}), lists


def _find(connection: sa.Connection, target: Target, write: Write, values: _Row) -> _Row | None:
    """The row this record is: by its id where that is known, else by its natural key. Raises GoneError when the row of
    a known id is gone, RejectedError when the payload lacks the key."""
    if write.external_id is not None:
        return _by_id(connection, target, write.external_id)
    return _select(connection, target, natural_key(target, values))


def natural_key(target: Target, values: _Row) -> dict[str, Any]:
    """Raises RejectedError when the payload lacks a part of it."""
    missing = [name for name in target.spec.key if values.get(name) is None]
    if missing:
        raise RejectedError(f"{target.spec.table}: the key {missing[0]!r} is missing", field=missing[0])
    return {name: values[name] for name in target.spec.key}


def known_by(target: Target, external: str) -> dict[str, Any] | None:
    """The columns an external id is made of; None where it cannot be one of this table."""
    names = (target.spec.id,) if target.spec.id else target.spec.key
    parts = key_parts(external, len(names))
    return None if parts is None else {n: _typed(target, n, part) for n, part in zip(names, parts, strict=True)}


def _by_id(connection: sa.Connection, target: Target, external: str) -> _Row:
    wanted = known_by(target, external)
    row = None if wanted is None else _select(connection, target, wanted)
    if row is None:
        raise GoneError(f"{target.spec.table} has no row {external} any more")
    return row


def _typed(target: Target, name: str, part: str) -> Any:
    integer = target.table.columns[name].type == "integer" and part.lstrip("-").isdigit()
    return int(part) if integer else part


def _select(connection: sa.Connection, target: Target, wanted: _Row) -> _Row | None:
    select = sa.select(*target.table.clause.columns).where(matches(wanted)).limit(2)
    rows = connection.execute(select).mappings().all()
    if len(rows) > 1:
        raise ConfigError(f"{target.where}.key: several rows of {target.spec.table} have {dict(wanted)}; it is no key")
    return dict(rows[0]) if rows else None


def _create(connection: sa.Connection, target: Target, values: _Row) -> _Row:
    """Inserts the row; returns the columns the database made that children or the id need."""
    made = made_there(target, values)
    insert = inserting(target, values)
    if not made:
        connection.execute(insert)
        return {}
    if connection.dialect.insert_returning:
        return dict(connection.execute(insert.returning(*(column(name) for name in made))).mappings().one())
    connection.execute(insert)
    found = _select(connection, target, {name: values[name] for name in target.spec.key})
    return found or {}


def made_there(target: Target, values: _Row) -> list[str]:
    """The columns of a new row that the database fills and that are needed afterwards."""
    wanted = [c for c in (target.spec.id, target.spec.version) if c]
    wanted += [name for lines in target.children.values() for name in lines.spec.link.values()]
    return [name for name in dict.fromkeys(wanted) if name not in values]


def inserting(target: Target, values: _Row) -> sa.Insert:
    return sa.insert(target.table.clause).values({name: bind(value) for name, value in values.items()})


def updating(target: Target, existing: _Row, values: _Row) -> sa.Update | None:
    """None where there is nothing to set. `existing` has the columns that identify the row, and its version."""
    own = [target.spec.id] if target.spec.id else list(target.spec.key)
    changed = {name: bind(value) for name, value in values.items() if name not in own}
    where = matches({name: existing[name] for name in own})
    if target.spec.version:
        where = sa.and_(where, column(target.spec.version) == bind(existing[target.spec.version]))
    return sa.update(target.table.clause).where(where).values(changed) if changed else None


def _update(connection: sa.Connection, target: Target, write: Write, existing: _Row, values: _Row) -> None:
    """Raises ConflictError when the row's version is not the one last seen."""
    version = target.spec.version
    if version and write.version is not None and str(existing[version]) != write.version:
        raise ConflictError(f"{target.spec.table} {write.key} was changed meanwhile: version {existing[version]}")
    update = updating(target, existing, values)
    if update is not None:
        done = connection.execute(update)
        if version and done.rowcount == 0:
            raise ConflictError(f"{target.spec.table} {write.key} was changed meanwhile")


def _remove(connection: sa.Connection, target: Target, write: Write) -> Written:
    rule = target.spec.delete
    if rule.mode == "refuse":
        raise RejectedError(f"{target.spec.table}: the settings do not allow taking records away (`delete`)")
    if write.external_id is None:
        raise GoneError(f"{target.spec.table}: {write.key} was never written there")
    row = _by_id(connection, target, write.external_id)
    own = matches({name: row[name] for name in ([target.spec.id] if target.spec.id else target.spec.key)})
    if rule.mode == "flag":
        connection.execute(sa.update(target.table.clause).where(own).values({str(rule.column): bind(rule.value)}))
    else:
        for lines in target.children.values():
            link = {child: row[parent] for child, parent in lines.spec.link.items()}
            connection.execute(sa.delete(lines.table.clause).where(matches(link)))
        connection.execute(sa.delete(target.table.clause).where(own))
    return Written(external_id=write.external_id, response={"outcome": "removed"})


def _follow_up(connection: sa.Connection, follow_up: FollowUp, payload: _Row, parent: _Row, external: str) -> None:
    """Runs the statement, for each entry of a list where it says so. Raises RejectedError for a missing parameter."""
    sqlite = connection.dialect.name == "sqlite"
    for values in follow_up_values(follow_up, payload, parent, external):
        connection.execute(follow_up.text, {name: _parameter(value, sqlite) for name, value in values.items()})


def follow_up_values(follow_up: FollowUp, payload: _Row, parent: _Row, external: object) -> Iterator[dict[str, Any]]:
    """The parameters of a statement, once for each time it runs. Raises RejectedError for a missing one."""
    entries = payload.get(follow_up.spec.each) or [] if follow_up.spec.each else [{}]
    for number, entry in enumerate(entries, start=1):
        known = {**parent, **payload, **entry, "external_id": external, "line_number": number}
        missing = [name for name in follow_up.parameters if name not in known]
        if missing:
            hint = near(missing[0], known)
            raise RejectedError(
                f"a follow-up statement needs :{missing[0]}, which the record lacks; {hint}", field=missing[0]
            )
        yield {name: known[name] for name in follow_up.parameters}


def _parameter(value: Any, sqlite: bool) -> Any:
    """Numbers bind as numbers: a statement may calculate with them. SQLite calculates with binary floats anyway."""
    if sqlite and hasattr(value, "as_tuple"):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _id_of(target: Target, row: _Row) -> str:
    names = (target.spec.id,) if target.spec.id else target.spec.key
    return external_id([row[name] for name in names])


def _written(connection: sa.Connection, target: Target, row: _Row, outcome: str) -> Written:
    version = None
    if target.spec.version:
        own = [target.spec.id] if target.spec.id else list(target.spec.key)
        found = sa.select(column(target.spec.version)).select_from(target.table.clause)
        version = str(connection.execute(found.where(matches({name: row[name] for name in own}))).scalar_one())
    return Written(external_id=_id_of(target, row), version=version, response={"outcome": outcome})
