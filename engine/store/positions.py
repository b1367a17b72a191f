"""How far each sync has come, and which run may write for it: cursors, delivery positions, fences."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update

from engine.errors import FencedError
from engine.store.database import Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_connections import sync_positions as positions
from engine.store.upsert import Upsert

_HERE = (mine(positions), positions.c.sync == bindparam("of_sync"))
_OPEN = Upsert(positions, ("workspace_id", "sync"), ())
_TAKE = (
    update(positions)
    .where(*_HERE)
    .values(fence=positions.c.fence + 1, run_id=bindparam("run"))
    .returning(positions.c.fence)
)
_FENCE = select(positions.c.fence).where(*_HERE)
_FENCE_LOCKED = _FENCE.with_for_update()
_READ = select(positions).where(*_HERE)
_MOVE_CURSOR = (
    update(positions)
    .where(*_HERE)
    .values(
        cursor=bindparam("new_cursor", type_=positions.c.cursor.type),
        read_mapping=bindparam("new_mapping"),
        moved_at=bindparam("new_at", type_=positions.c.moved_at.type),
    )
)
_MOVE_DELIVERY = (
    update(positions)
    .where(*_HERE)
    .values(
        delivered_to=bindparam("new_position", type_=BigInteger),
        delivered_mapping=bindparam("new_mapping"),
        moved_at=bindparam("new_at", type_=positions.c.moved_at.type),
    )
)


async def take_fence(tx: Transaction, sync: str, run: str) -> int:
    """A token larger than every earlier one for this sync."""
    await tx.execute(_OPEN, {"sync": sync})
    return int(await tx.value(_TAKE, {"of_sync": sync, "run": run}))


async def hold_fence(tx: Transaction, sync: str, token: int) -> None:
    """Raises FencedError when a later token was taken; none can be taken before this transaction ends."""
    _compare(sync, token, await tx.value(_FENCE_LOCKED, {"of_sync": sync}))


async def look_at_fence(tx: Transaction, sync: str, token: int) -> None:
    """Raises FencedError when a later token was taken."""
    _compare(sync, token, await tx.value(_FENCE, {"of_sync": sync}))


def _compare(sync: str, token: int, latest: int | None) -> None:
    if latest != token:
        raise FencedError(f"another run of {sync!r} has started: this one stops")


async def read_cursor(tx: Transaction, sync: str, mapping_hash: str) -> Any:
    """Where to go on reading; None when never read, or read with another mapping."""
    row = await tx.first(_READ, {"of_sync": sync})
    return row.cursor if row is not None and row.read_mapping == mapping_hash else None


async def move_cursor(tx: Transaction, sync: str, mapping_hash: str, cursor: Any) -> None:
    await tx.execute(
        _MOVE_CURSOR, {"of_sync": sync, "new_cursor": cursor, "new_mapping": mapping_hash, "new_at": now()}
    )


async def read_delivery(tx: Transaction, sync: str, mapping_hash: str) -> int:
    """The sequence up to which everything was delivered with this mapping; 0 when the mapping is another one."""
    row = await tx.first(_READ, {"of_sync": sync})
    return int(row.delivered_to) if row is not None and row.delivered_mapping == mapping_hash else 0


async def move_delivery(tx: Transaction, sync: str, mapping_hash: str, position: int) -> None:
    """Moves on, never back; 0 moves nothing."""
    if position <= await read_delivery(tx, sync, mapping_hash):
        return
    await tx.execute(
        _MOVE_DELIVERY, {"of_sync": sync, "new_position": position, "new_mapping": mapping_hash, "new_at": now()}
    )
