"""Payloads as they came in or went out, sixty-four to a block, compressed together.

Neighbours in a page look alike: a block takes a tenth of the space and of the time of single payloads. Retention drops
whole blocks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import zstandard
from sqlalchemy import bindparam, insert, select

from engine.store.database import Transaction
from engine.store.ids import make_id
from engine.store.scope import mine
from engine.store.tables_records import payload_blocks

PER_BLOCK = 64
_BITS = 6
_INSERT = insert(payload_blocks)
_READ = select(payload_blocks.c.body).where(mine(payload_blocks), payload_blocks.c.id == bindparam("block"))
_pack = msgspec.msgpack.Encoder()
_unpack = msgspec.msgpack.Decoder(list[bytes | None])


def blocks_needed(count: int) -> int:
    """How many numbers (engine/store/ids.py) `count` payloads take."""
    return -(-count // PER_BLOCK)


async def keep_payloads(
    tx: Transaction,
    payloads: Sequence[bytes | None],
    *,
    first: int,
    connection_id: int,
    run: str | None,
    at: dt.datetime,
) -> list[int]:
    """Stores the payloads in blocks numbered from `first`; gives the id of each payload."""
    rows = []
    ids: list[int] = []
    for place, start in enumerate(range(0, len(payloads), PER_BLOCK)):
        block = payloads[start : start + PER_BLOCK]
        block_id = make_id(tx, first + place)
        rows.append({"id": block_id, "connection_id": connection_id, "run_id": run, "at": at, "body": pack(block)})
        ids.extend((block_id << _BITS) + index for index in range(len(block)))
    await tx.execute(_INSERT, rows)
    return ids


async def read_payload(tx: Transaction, payload_id: int | None) -> bytes | None:
    """The payload; None when there is none or its time is over."""
    if payload_id is None:
        return None
    body = await tx.value(_READ, {"block": block_of(payload_id)})
    return None if body is None else unpack(body)[place_of(payload_id)]


def block_of(payload_id: int) -> int:
    return payload_id >> _BITS


def place_of(payload_id: int) -> int:
    return payload_id & (PER_BLOCK - 1)


def pack(payloads: Sequence[bytes | None]) -> bytes:
    return zstandard.ZstdCompressor(level=1).compress(_pack.encode(payloads))


def unpack(body: bytes) -> list[bytes | None]:
    return _unpack.decode(zstandard.ZstdDecompressor().decompress(body))
