"""What a mapping is tried with: the ids its records have at the destination, and the links they need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.contract import Rehearsal
from editor.gateway import Gateway, open_gateway
from editor.mapping.opened import view_of
from editor.mapping_desk import MappingDesk
from editor.settings import Settings
from engine.encoding import encode
from engine.store.connections import Connections
from engine.store.revisions import Revisions
from engine.store.samples import save_sample
from engine.store.syncs import Sync, Syncs
from engine.store.workspaces import Workspaces
from engine.sync.ports import Write
from tests.editor.sets import WHO, seed_sets

BACK = """\
format: 1
mapping: erp/product.out
from: {entity: product}
to: {stream: items}
fields: {CODE: sku, ID: $id}
"""
ORDER = """\
format: 1
mapping: erp/sales_order.out
from: {entity: sales_order}
to: {stream: orders}
fields:
  lines: {each: lines, fields: {item: "$lookup($links.variant, variant_ref)"}}
"""


@pytest.fixture
async def gateway(settings: Settings) -> AsyncIterator[Gateway]:
    async with open_gateway(settings) as opened:
        await Workspaces(opened.database).ensure("rimu-co", "Rimu & Co")
        await seed_sets(opened)
        files = {"product.out.yaml": BACK, "sales_order.out.yaml": ORDER}
        await Revisions(opened.database, 1).import_files("erp", files, who=WHO)
        yield opened


async def test_records_come_with_the_id_they_have_there(gateway: Gateway) -> None:
    opened = await MappingDesk().open(gateway, 1, "erp", "product.out", chosen="OAK-38")
    assert opened.sample is not None and opened.sample.external_id == "OAK-38"
    assert [line.text for line in view_of(opened).output.lines] == ['"OAK-38"', '"OAK-38"']
    written: list[Write] = []

    def rehearse(write: Write) -> Rehearsal:
        written.append(write)
        return Rehearsal(sent=())

    view_of(replace(opened, destination=replace(opened.destination, rehearse=rehearse)))
    assert [(write.external_id, write.payload) for write in written] == [
        (None, {"CODE": "OAK-38"}),
        ("OAK-38", {"CODE": "OAK-38", "ID": "OAK-38"}),
    ]


async def test_links_are_those_of_a_run(gateway: Gateway) -> None:
    given = {"customer_ref": 7, "lines": [{"variant_ref": "OAK-1"}, {"variant_ref": "NONE"}]}
    async with gateway.database.write(1) as transaction:
        for name, payload in (("W1", given), ("odd", {"lines": "none"}), ("odder", [1])):
            body = encode(payload)
            await save_sample(transaction, "erp/sales_order.out", name, body, origin="pasted", masked=True, who=WHO)
    opened = await MappingDesk().open(gateway, 1, "erp", "sales_order.out", chosen="W1")
    assert opened.bindings["links"]["variant"] == {"OAK-1": "OAK-1"}


async def test_a_connection_that_cannot_be_opened_is_said_until_it_is_mended(gateway: Gateway) -> None:
    desk = MappingDesk()
    opened = await desk.open(gateway, 1, "erp", "product.out")
    assert "What erp would be sent cannot be shown" in view_of(opened).request.words
    store = Connections(gateway.database, 1, gateway.seal)
    await store.save("erp", title="Shop", connector="sandbox_shop", settings={"url": "http://s.example"}, secrets={})
    desk.forget_schemas(1, "erp")
    again = await desk.open(gateway, 1, "erp", "product.out")
    assert "token" in view_of(again).request.words


async def test_settings_are_those_of_the_sync_that_runs_it(gateway: Gateway) -> None:
    """As in a run; and never the settings of a connection."""
    store = Syncs(gateway.database, 1)
    for name, environment, level in (("tests", "test", "TRADE"), ("daily", "live", "RETAIL")):
        to_there = {"entity": "product", "destination": "erp", "destination_stream": "items"}
        given = Sync(name=name, title=name, environment=environment, settings={"price_list": level}, **to_there)
        await store.save(given)
    outgoing = BACK.replace("ID: $id", "LIST: $settings.price_list")
    files = {"product.out.yaml": outgoing, "sales_order.out.yaml": ORDER}
    await Revisions(gateway.database, 1).import_files("erp", files, who=WHO)
    opened = await MappingDesk().open(gateway, 1, "erp", "product.out", chosen="OAK-38")
    assert opened.bindings["settings"] == {"price_list": "RETAIL"}
    assert [line.text for line in view_of(opened).output.lines] == ['"OAK-38"', '"RETAIL"']
    unused = await MappingDesk().open(gateway, 1, "erp", "sales_order.out")
    assert unused.bindings["settings"] == {}, "no sync runs it yet"
