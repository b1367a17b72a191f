"""Numbers for records, deliveries and payload blocks: counted per workspace, unique everywhere.

The counter is a column of the workspace's row: taking numbers locks that row until the transaction ends, so changes
become visible in the order of their numbers, and whoever reads on after a number misses none.
"""

from __future__ import annotations

from sqlalchemy import Integer, bindparam, text, update

from engine.store.database import Transaction
from engine.store.scope import WORKSPACE
from engine.store.tables_people import workspaces

BITS = 36  # numbers per workspace
_TAKE = (
    update(workspaces)
    .where(workspaces.c.id == bindparam(WORKSPACE, type_=Integer))
    .values(sequence=workspaces.c.sequence + bindparam("taken", type_=Integer))
    .returning(workspaces.c.sequence)
)

# Without statistics Postgres reads a whole stream to look up a page of it, and a first import is over before autovacuum
# comes round: we have it look each time the numbers have doubled.
_ANALYZE = text("ANALYZE records, contributions, crosswalk, links, deliveries, last_deliveries")
_FEW = 8  # bits: before 256 numbers any plan will do


async def take_numbers(tx: Transaction, count: int) -> int:
    """The first of `count` numbers in a row."""
    last = int(await tx.value(_TAKE, {"taken": count}))
    if tx.dialect == "postgresql" and last.bit_length() > max((last - count).bit_length(), _FEW):
        await tx.connection.execute(_ANALYZE)
    return last - count + 1


def make_id(tx: Transaction, number: int) -> int:
    """The id, unique in all workspaces, that a number of this workspace stands for."""
    assert tx.workspace is not None
    return (tx.workspace << BITS) + number


def id_range(workspace: int) -> tuple[int, int]:
    """The ids of a workspace: from the first, up to but not including the second."""
    return workspace << BITS, (workspace + 1) << BITS
