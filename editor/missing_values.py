"""Values that real data has and a lookup has no row for: held records, and the newest records tried on the draft."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from editor.gateway import Gateway
from engine.errors import CodiError
from engine.mapping.compile import compile_draft
from engine.mapping.outcomes import Rejected
from engine.mapping.program import Program
from engine.store.dead_letters import DeadLetter, DeadLetters
from engine.store.impact_records import newest_payloads
from engine.store.samples import recent_records

TRIED = 300  # newest records of a mapping that are tried
_NO_ROW: Final = re.compile(r'the lookup (\w+) has no row for "(.*)"(?:;|$)')


@dataclass(kw_only=True)
class Missing:
    """One value without a row."""

    table: str
    key: str
    held: list[DeadLetter] = field(default_factory=list)  # records that wait for the row
    seen: int = 0  # of the newest records
    example: str = ""  # a record that has it

    @property
    def syncs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(letter.sync for letter in self.held))


async def missing_values(gateway: Gateway, workspace: int, connection: str, data: Mapping[str, Any]) -> list[Missing]:
    """By table and value, those that hold most records first. A value that has a row in the draft by now stays as
    long as records are held for it."""
    found: dict[tuple[str, str], Missing] = {}
    letters = await DeadLetters(gateway.database, workspace).open(limit=2000)
    for letter in letters:
        if letter.mapping == data.get("mapping"):
            for table, key in {match for message in letter.errors.values() for match in _NO_ROW.findall(message)}:
                missing = found.setdefault((table, key), Missing(table=table, key=key))
                missing.held.append(letter)
                missing.example = missing.example or letter.key
    try:
        program = compile_draft(data)
    except CodiError:
        return _sorted(found)
    records = await _newest(gateway, workspace, connection, data)
    await asyncio.to_thread(_try, program, records, found)
    return _sorted(found)


def _sorted(found: Mapping[tuple[str, str], Missing]) -> list[Missing]:
    return sorted(found.values(), key=lambda missing: (-len(missing.held), -missing.seen, missing.table, missing.key))


async def _newest(
    gateway: Gateway, workspace: int, connection: str, data: Mapping[str, Any]
) -> Sequence[tuple[str, Any]]:
    source = data.get("from") or {}
    async with gateway.database.read(workspace) as transaction:
        if source.get("entity"):
            records = await recent_records(transaction, str(source["entity"]), TRIED)
            return [(record.name, record.payload) for record in records]
        payloads = await newest_payloads(transaction, connection, str(source.get("stream") or ""), limit=TRIED)
    return [(each.external_id, each.payload) for each in payloads if each.payload is not None]


def _try(program: Program, records: Sequence[tuple[str, Any]], found: dict[tuple[str, str], Missing]) -> None:
    bound: dict[str, Any] = {"settings": {}, "links": {}, "now": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", "id": "1"}
    for name, payload in records:
        outcome = program.run(payload, **bound)
        if not isinstance(outcome, Rejected):
            continue
        pairs = {(error.lookup, error.key) for error in outcome.errors.values()}
        for table, key in pairs:
            if table is not None and key is not None:
                missing = found.setdefault((table, key), Missing(table=table, key=key))
                missing.seen += 1
                missing.example = missing.example or name
