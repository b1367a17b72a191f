"""Delivering what is stored."""

from __future__ import annotations

import pytest

from engine.errors import ConnectorError, RejectedError, RetryError
from engine.store.dead_letters import DeadLetters
from engine.store.record_history import deliveries_of, links_of_record
from engine.store.sync_store import WorkspaceSyncStore
from engine.sync.ports import PageResult, Parked, Pinned, Written
from tests.store.conftest import Cast
from tests.store.pages import BACK, PLAN, WRITE, deliver, product, sending, store


@pytest.fixture
def kept(cast: Cast) -> WorkspaceSyncStore:
    return WorkspaceSyncStore(cast.database, cast.acme)


async def test_records_wait_in_the_order_of_their_changes(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product(str(number), f"P{number}") for number in range(5)])
    first = await kept.to_deliver(PLAN, 0, 3)
    rest = await kept.to_deliver(PLAN, first[-1].sequence, 3)
    assert [record.key for record in (*first, *rest)] == ["P0", "P1", "P2", "P3", "P4"]
    assert first[0].external_id is None and first[0].delivered_hash is None and not first[0].in_doubt


async def test_what_was_delivered_is_known_the_next_time(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product("1", "A")])
    (record,) = await kept.to_deliver(PLAN, 0, 10)
    await deliver(kept, [record])
    assert await kept.delivery_position("products", WRITE) == record.sequence
    assert await kept.delivery_position("products", Pinned(mapping="m", revision=2, hash="other")) == 0
    (again,) = await kept.to_deliver(PLAN, 0, 10)
    assert (again.external_id, again.external_version) == ("xA", "v1")
    assert again.delivered_hash == sending(record).payload_hash


async def test_the_position_never_goes_back(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product("1", "A"), product("2", "B")])
    records = await kept.to_deliver(PLAN, 0, 10)
    await deliver(kept, records)
    await deliver(kept, records[:1])
    assert await kept.delivery_position("products", WRITE) == records[-1].sequence


async def test_a_crash_leaves_the_delivery_in_doubt(kept: WorkspaceSyncStore, cast: Cast) -> None:
    await store(kept, [product("1", "A")])
    (record,) = await kept.to_deliver(PLAN, 0, 10)
    token = await kept.take_fence("products", "run-1")
    await kept.begin_deliveries(plan=PLAN, token=token, run="run-1", pinned=WRITE, deliveries=[sending(record)])
    (after_crash,) = await kept.to_deliver(PLAN, 0, 10)
    assert after_crash.in_doubt
    await deliver(kept, [after_crash], run="run-2")
    (settled,) = await kept.to_deliver(PLAN, 0, 10)
    assert not settled.in_doubt
    async with cast.database.read(cast.acme) as tx:
        assert [each.status for each in await deliveries_of(tx, record.id)] == ["delivered", "superseded"]


@pytest.mark.parametrize(
    ("error", "status", "in_doubt"),
    [
        (RejectedError("bad tax class", field="tax_class"), "failed", False),
        (RetryError("timed out", in_doubt=True), "in_doubt", True),
        (RetryError("busy"), "failed", False),
    ],
)
async def test_a_failed_delivery(
    kept: WorkspaceSyncStore, cast: Cast, error: ConnectorError, status: str, in_doubt: bool
) -> None:
    await store(kept, [product("1", "A")])
    (record,) = await kept.to_deliver(PLAN, 0, 10)
    token = await kept.take_fence("products", "run-1")
    common = {"plan": PLAN, "token": token, "run": "run-1", "pinned": WRITE}
    await kept.begin_deliveries(deliveries=[sending(record)], **common)
    await kept.end_deliveries(outcomes=[(sending(record), Written(error=error))], parked=[], position=0, **common)
    async with cast.database.read(cast.acme) as tx:
        (delivery,) = await deliveries_of(tx, record.id)
    assert delivery.status == status and error.message in str(delivery.error)
    (again,) = await kept.to_deliver(PLAN, 0, 10)
    assert again.in_doubt == in_doubt and again.delivered_hash is None


async def test_links_of_records_and_of_names_inside_them(kept: WorkspaceSyncStore, cast: Cast) -> None:
    await store(kept, [product("1", "A"), product("2", "B")])
    records = await kept.to_deliver(PLAN, 0, 10)
    token = await kept.take_fence("products", "run-1")
    common = {"plan": PLAN, "token": token, "run": "run-1", "pinned": WRITE}
    await kept.begin_deliveries(deliveries=[sending(record) for record in records], **common)
    outcomes = [
        (sending(records[0]), Written(external_id="p1", links=[("variant", "A-red", "v1")])),
        (sending(records[1]), Written(external_id="p2")),
    ]
    await kept.end_deliveries(outcomes=outcomes, parked=[], position=0, **common)
    wanted = {"product": ["a", "B", "nobody"], "variant": ["A-RED", "B"]}
    assert await kept.links("shop", wanted) == {
        "product": {"a": "p1", "B": "p2"},
        "variant": {"A-RED": "v1", "B": "p2"},
    }
    assert await kept.links("erp", {"product": ["A"]}) == {"product": {"A": "1"}}
    async with cast.database.read(cast.acme) as tx:
        assert [(link.connection, link.external_id) for link in await links_of_record(tx, records[0].id)] == [
            ("erp", "1"),
            ("shop", "p1"),
        ]


async def test_only_takes_natural_keys_and_external_ids(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product("11", "A"), product("12", "B"), product("13", "C")])
    assert [record.key for record in await kept.to_deliver(PLAN, 0, 10, ["a", "12"])] == ["A", "B"]


async def test_an_echo_is_not_sent_round_again(kept: WorkspaceSyncStore) -> None:
    """The shop's own change goes to the ERP, but not back to the shop."""
    await store(kept, [product("1", "A")])
    await deliver(kept, await kept.to_deliver(PLAN, 0, 10))
    await store(kept, [product("xA", "A", version="v2", description_html="<p>Shop</p>")], plan=BACK)
    assert await kept.to_deliver(PLAN, 0, 10) == []
    assert [record.key for record in await kept.to_deliver(BACK, 0, 10)] == ["A"]


async def test_a_change_that_waits_is_not_lost_behind_an_echo(kept: WorkspaceSyncStore) -> None:
    """The ERP's change was not delivered yet when the shop's own change came on top of it."""
    await store(kept, [product("1", "A"), product("2", "B")])
    records = await kept.to_deliver(PLAN, 0, 10)
    await deliver(kept, records)
    await store(kept, [product("1", "A", brand="waits")])
    await store(kept, [product("xA", "A", version="v2", description_html="<p>Shop</p>")], plan=BACK)
    assert [record.key for record in await kept.to_deliver(PLAN, records[-1].sequence, 10)] == ["A"]


async def test_our_own_push_read_back_changes_nothing(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product("1", "A")])
    await deliver(kept, await kept.to_deliver(PLAN, 0, 10))
    back = product("xA", "A", version="v1", description_html="<p>what we sent</p>")
    assert await store(kept, [back], plan=BACK) == PageResult(changed=0, unchanged=1)
    changed = product("xA", "A", version="v2", description_html="<p>theirs</p>")
    assert await store(kept, [changed], plan=BACK) == PageResult(changed=1, unchanged=0)


async def test_pages_of_echoes_do_not_hide_what_comes_after_them(kept: WorkspaceSyncStore) -> None:
    await store(kept, [product(f"s{number}", f"S{number}") for number in range(7)], plan=BACK)
    await store(kept, [product("1", "A")])
    assert [record.key for record in await kept.to_deliver(PLAN, 0, 3)] == ["A"]


async def test_a_delivery_that_arrives_closes_its_dead_letter(kept: WorkspaceSyncStore, cast: Cast) -> None:
    await store(kept, [product("1", "A")])
    (record,) = await kept.to_deliver(PLAN, 0, 10)
    token = await kept.take_fence("products", "run-1")
    parked = Parked(phase="deliver", key="A", kind="record", reason="no", errors={}, payload=None, record_id=record.id)
    common = {"plan": PLAN, "token": token, "run": "run-1", "pinned": WRITE}
    await kept.end_deliveries(outcomes=[], parked=[parked], position=0, **common)
    letters = DeadLetters(cast.database, cast.acme)
    assert [letter.record_id for letter in await letters.open()] == [record.id]
    await deliver(kept, [record])
    assert await letters.open() == []
