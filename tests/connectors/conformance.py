"""The cases every connector must meet.

A connector's tests subclass `Conformance` and give it a `far` fixture: a far side with one stream that is read and
written, of objects with a `code` (natural key), and a `name` that must not be empty.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

import pytest

from connectors.contract import Connector
from engine.errors import ConfigError, ConnectorError, DuplicateError, GoneError, RejectedError
from engine.sync.attempts import Patience, write_patiently
from engine.sync.ports import Page, SourceObject, Write, Written


class Far(Protocol):
    """A system to try a connector on."""

    connector: Connector
    stream: str
    name_field: str  # what the name is called in a payload

    async def put(self, code: str, name: str) -> str:
        """Somebody else creates or changes an object there. Gives its external id."""
        ...

    async def remove(self, code: str) -> None: ...

    async def all(self) -> list[tuple[str, str]]:
        """(code, name) of every object there, sorted."""
        ...

    def payload(self, code: str, name: str | None) -> dict[str, Any]: ...

    @asynccontextmanager
    def locked_out(self) -> AsyncIterator[Connector | None]:
        """The same system with wrong credentials; None where it has none."""
        ...


def write_of(far: Far, code: str, name: str | None, **more: Any) -> Write:
    key = more.pop("idempotency_key", f"{code}/{name}")
    return Write(key=code, payload=far.payload(code, name), idempotency_key=key, **{"external_id": None, **more})


async def pages_of(
    connector: Connector, stream: str, cursor: Any = None, only: Sequence[str] | None = None
) -> list[Page]:
    return [page async for page in connector.read(stream, cursor, only)]


def objects_of(pages: Sequence[Page]) -> list[SourceObject]:
    return [found for page in pages for found in page.objects]


async def no_sleep(_: float) -> None: ...


async def deliver(far: Far, *writes: Write) -> list[Written]:
    """As a run does, without its waits."""
    return await write_patiently(far.connector, far.stream, writes, patience=Patience(), sleep=no_sleep)


class Conformance:
    """The cases. Subclasses give the fixture `far`."""

    async def test_check_succeeds(self, far: Far) -> None:
        result = await far.connector.check()
        assert result.ok, result.message
        assert result.message

    async def test_wrong_credentials_are_an_auth_failure(self, far: Far) -> None:
        async with far.locked_out() as connector:
            if connector is None:
                return
            result = await connector.check()
            assert (result.ok, result.kind) == (False, "auth")
            with pytest.raises(ConnectorError) as caught:
                await connector.write(far.stream, [write_of(far, "A", "a")])
            assert caught.value.kind == "auth"

    async def test_streams_say_what_they_are(self, far: Far) -> None:
        found = {stream.name: stream for stream in await far.connector.streams()}
        stream = found[far.stream]
        assert stream.direction == "both" and stream.title and stream.key
        assert stream.write_schema["type"] == "object" and far.name_field in stream.write_schema["properties"]

    async def test_an_unknown_stream_is_named_with_the_nearest(self, far: Far) -> None:
        with pytest.raises(ConfigError, match=far.stream):
            await pages_of(far.connector, far.stream + "x")
        with pytest.raises(ConfigError, match=far.stream):
            await far.connector.write(far.stream + "x", [write_of(far, "A", "a")])

    async def test_every_object_is_read_once(self, far: Far) -> None:
        ids = [await far.put(f"C{i:03}", f"name {i}") for i in range(23)]
        found = objects_of(await pages_of(far.connector, far.stream))
        assert sorted(one.external_id for one in found) == sorted(ids)
        assert sorted(one.payload[far.name_field] for one in found if one.payload) == sorted(
            f"name {i}" for i in range(23)
        )

    async def test_an_empty_stream_ends(self, far: Far) -> None:
        assert objects_of(await pages_of(far.connector, far.stream)) == []

    async def test_the_next_run_reads_what_changed(self, far: Far) -> None:
        for i in range(12):
            await far.put(f"C{i:03}", "old")
        cursor = (await pages_of(far.connector, far.stream))[-1].cursor
        assert cursor is not None
        await far.put("C003", "new")
        await far.put("N", "added")
        found = objects_of(await pages_of(far.connector, far.stream, cursor))
        names = [one.payload[far.name_field] for one in found if one.payload]
        assert "new" in names and "added" in names
        again = await pages_of(far.connector, far.stream, cursor)
        assert sorted(o.external_id for o in objects_of(again)) == sorted(o.external_id for o in found)

    async def test_single_objects_are_read_by_id_and_by_natural_key(self, far: Far) -> None:
        ids = {code: await far.put(code, code.lower()) for code in ("AA", "BB", "CC")}
        by_id = objects_of(await pages_of(far.connector, far.stream, only=[ids["BB"]]))
        assert [one.external_id for one in by_id] == [ids["BB"]]
        by_key = objects_of(await pages_of(far.connector, far.stream, only=["AA", "CC"]))
        assert sorted(one.external_id for one in by_key) == sorted([ids["AA"], ids["CC"]])
        unknown = objects_of(await pages_of(far.connector, far.stream, only=["987654"]))
        assert all(one.payload is None for one in unknown)

    async def test_creates_and_updates(self, far: Far) -> None:
        created = await deliver(far, write_of(far, "A", "one"), write_of(far, "B", "two"))
        assert [one.error for one in created] == [None, None]
        assert len({one.external_id for one in created}) == 2
        update = write_of(far, "A", "three", external_id=created[0].external_id)
        updated = await deliver(far, update)
        assert (updated[0].error, updated[0].external_id) == (None, created[0].external_id)
        assert await far.all() == [("A", "three"), ("B", "two")]

    async def test_results_come_in_the_order_of_the_records(self, far: Far) -> None:
        codes = [f"C{(i * 37) % 60:03}" for i in range(60)]
        written = await deliver(far, *(write_of(far, code, f"n {code}") for code in codes))
        read = objects_of(await pages_of(far.connector, far.stream))
        by_id = {one.external_id: one.payload[far.name_field] for one in read if one.payload}
        assert [by_id[str(one.external_id)] for one in written] == [f"n {code}" for code in codes]

    async def test_one_refused_record_does_not_stop_the_others(self, far: Far) -> None:
        batch = [write_of(far, "A", "a"), write_of(far, "B", None), write_of(far, "C", "c")]
        written = await far.connector.write(far.stream, batch)
        assert [one.error is None for one in written] == [True, False, True]
        error = written[1].error
        assert isinstance(error, RejectedError)
        assert error.field == far.name_field
        assert [code for code, _ in await far.all()] == ["A", "C"]

    async def test_what_is_there_already_is_adopted(self, far: Far) -> None:
        there = await far.put("A", "theirs")
        written = await far.connector.write(far.stream, [write_of(far, "A", "ours")])
        error = written[0].error
        assert error is None or (isinstance(error, DuplicateError) and error.external_id == there)
        written = await deliver(far, write_of(far, "A", "ours", idempotency_key="again"))
        assert (written[0].error, written[0].external_id) == (None, there)
        assert await far.all() == [("A", "ours")]

    async def test_a_lost_answer_does_not_make_two(self, far: Far) -> None:
        write = write_of(far, "A", "a")
        first = await far.connector.write(far.stream, [write])
        second = await deliver(far, replace(write, in_doubt=True))
        assert second[0].external_id == first[0].external_id
        assert await far.all() == [("A", "a")]

    async def test_what_was_removed_is_made_again(self, far: Far) -> None:
        written = await deliver(far, write_of(far, "A", "a"))
        await far.remove("A")
        change = write_of(far, "A", "b", external_id=written[0].external_id)
        refused = await far.connector.write(far.stream, [change])
        assert isinstance(refused[0].error, GoneError)
        assert (await deliver(far, change))[0].error is None
        assert await far.all() == [("A", "b")]

    async def test_a_tombstone_takes_the_object_away(self, far: Far) -> None:
        written = await deliver(far, write_of(far, "A", "a"), write_of(far, "B", "b"))
        gone = Write(key="A", external_id=written[0].external_id, payload=None, idempotency_key="del")
        assert (await far.connector.write(far.stream, [gone]))[0].error is None
        assert await far.all() == [("B", "b")]
