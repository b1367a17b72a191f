"""A query that does not say which workspace never reaches the database."""

from __future__ import annotations

import pytest
from sqlalchemy import and_, delete, exists, func, insert, select, text, union_all, update

from engine.errors import UsageError
from engine.store.schema import metadata
from engine.store.scope import check_scope, mine
from engine.store.tables_connections import connections, syncs
from engine.store.tables_mappings import environments
from engine.store.tables_people import workspaces
from engine.store.tables_records import records, versions
from tests.store.conftest import Cast

_other = connections.alias("other")
FORGOTTEN = {
    "select": select(records),
    "one column": select(records.c.key).where(records.c.id == 1),
    "function": select(func.count()).select_from(records),
    "join": select(syncs, connections).join(connections, connections.c.id == syncs.c.source_id).where(mine(syncs)),
    "alias": select(_other.c.name),
    "alias with the table scoped": select(connections.c.id, _other.c.id)
    .join(_other, _other.c.id == connections.c.id)
    .where(mine(connections)),
    "subquery": select(connections).where(
        mine(connections), connections.c.id.in_(select(syncs.c.source_id).where(syncs.c.enabled))
    ),
    "exists": select(connections).where(mine(connections), exists().where(syncs.c.source_id == connections.c.id)),
    "union": union_all(select(records.c.key).where(mine(records)), select(records.c.key)),
    "update": update(records).values(key="x"),
    "delete": delete(records).where(records.c.id == 1),
    "copy": insert(versions).from_select(["record_id"], select(records.c.id)),
    "text": text("SELECT * FROM records"),
    "a number of one's own": select(records).where(records.c.workspace_id == 2),
    "cte": select(select(records.c.id).cte("all_records")),
}
SAID = {
    "select": select(records).where(mine(records)),
    "tables of nobody": select(workspaces),
    "joined by workspace": select(syncs.c.name, _other.c.name)
    .join(_other, and_(_other.c.id == syncs.c.source_id, _other.c.workspace_id == syncs.c.workspace_id))
    .where(mine(syncs)),
    "insert": insert(records),
    "update": update(records).where(mine(records)).values(key="x"),
    "correlated": select(connections).where(
        mine(connections), exists().where(syncs.c.workspace_id == connections.c.workspace_id)
    ),
    "text": text("SELECT * FROM records WHERE workspace_id = :workspace"),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_scope_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="workspace"):
        check_scope(FORGOTTEN[name])


@pytest.mark.parametrize("name", SAID)
def test_a_said_scope_passes(name: str) -> None:
    check_scope(SAID[name])


async def test_transactions_check(cast: Cast) -> None:
    async with cast.database.read(cast.acme) as tx:
        with pytest.raises(UsageError, match="workspace"):
            await tx.rows(select(connections))


async def test_nobody_reads_or_writes_for_another_workspace(cast: Cast) -> None:
    query = select(connections.c.name).where(mine(connections)).order_by(connections.c.name)
    async with cast.database.read(cast.acme) as tx:
        assert [row.name for row in await tx.rows(query, {"workspace": cast.other})] == ["erp", "shop"]
    async with cast.database.write(cast.acme) as tx:
        await tx.execute(update(connections).where(mine(connections)).values(title="mine now"))
    async with cast.database.read(cast.other) as tx:
        assert [row.title for row in await tx.rows(select(connections).where(mine(connections)))] == ["ERP"]


async def test_rows_are_inserted_for_the_transactions_workspace(cast: Cast) -> None:
    async with cast.database.write(cast.acme) as tx:
        await tx.execute(insert(environments), {"name": "mine", "settings": {}, "workspace_id": cast.other})
    async with cast.database.read(cast.other) as tx:
        query = select(environments.c.name).where(mine(environments), environments.c.name == "mine")
        assert await tx.rows(query) == []


def test_every_table_belongs_to_workspaces_or_is_known_not_to() -> None:
    of_nobody = {table.name for table in metadata.tables.values() if "workspace_id" not in table.c}
    assert of_nobody == {"workspaces", "users", "sessions", "sign_in_links"}
