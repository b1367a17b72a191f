"""Two mapping sets, published, with forty stored products and what the ERP said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from editor.gateway import Gateway
from editor.ports import NoRunner
from engine.encoding import encode
from engine.store.connections import Connections
from engine.store.drafts import Drafts
from engine.store.revisions import Revisions
from engine.store.sync_store import WorkspaceSyncStore
from engine.store.syncs import Sync, Syncs
from engine.sync.ports import Normalised, Parked, Pinned, SyncPlan

WHO = "owner@rimu.example"
COUNT = 40

INCOMING = """\
format: 1
mapping: erp/product.in
title: Stock item to product
from: {stream: items}
to: {entity: product}
lookups:
  # agreed with the accountant
  tax: {GST: GST, FRE: GST_FREE}
fields:
  sku: {expr: CODE, required: true}
  code: CODE
  name: {expr: $trim(NAME), required: true}
  tax_class: {expr: TAX, lookup: tax}
"""

OUTGOING = """\
format: 1
mapping: shop/product.out
title: Product to shop
from: {entity: product}
to: {stream: products}
fields:
  sku: {expr: sku, required: true}
  title: name   # as the shop calls it
"""

GOLDEN = """\
title: a desk
given: {sku: OAK-1, name: Oak desk 1}
expect: {sku: OAK-1, title: Oak desk 1}
"""

PINNED = Pinned(mapping="erp/product.in", revision=1, hash="seed")


async def seed_sets(gateway: Gateway, workspace: int = 1) -> None:
    connections = Connections(gateway.database, workspace, gateway.seal)
    for name, title in (("erp", "MYOB"), ("shop", "Web shop")):
        await connections.save(name, title=title, connector="sql", settings={"url": "sqlite:///no.db", "streams": {}})
    revisions = Revisions(gateway.database, workspace)
    await revisions.import_files("erp", {"product.in.yaml": INCOMING}, who=WHO)
    await revisions.import_files(
        "shop", {"product.out.yaml": OUTGOING, "product.out.golden/desk.yaml": GOLDEN}, who=WHO
    )
    for connection in ("erp", "shop"):
        for environment in ("test", "live"):
            await revisions.publish(connection, environment, reason="first", who=WHO)
    sync = Sync(
        name="products",
        title="Products",
        entity="product",
        source="erp",
        source_stream="items",
        destination="shop",
        destination_stream="products",
    )
    await Syncs(gateway.database, workspace).save(sync)
    await _store(gateway, workspace)


async def _store(gateway: Gateway, workspace: int) -> None:
    """Forty products; and one held, because its tax code has no row."""
    store = WorkspaceSyncStore(gateway.database, workspace)
    objects = [_object(number) for number in range(1, COUNT + 1)]
    held = Parked(
        phase="read",
        key="WINE-1",
        kind="rejected",
        reason="tax_class: held",
        errors={"tax_class": 'the lookup tax has no row for "WET"; add the row and replay the record'},
        payload=encode({"CODE": "WINE-1", "NAME": "Wine rack", "TAX": "WET"}),
    )
    await store.store_page(
        plan=SyncPlan(workspace=str(workspace), sync="products", entity="product", source="erp", source_stream="items"),
        token=await store.take_fence("products", "run-1"),
        run="run-1",
        pinned=PINNED,
        objects=objects,
        parked=[held],
        cursor=None,
    )


def _object(number: int) -> Normalised:
    payload = encode({"CODE": f"OAK-{number}", "NAME": f" Oak desk {number}", "TAX": "GST"})
    return Normalised(
        external_id=f"OAK-{number}",
        key=f"OAK-{number}",
        payload=payload,
        source_hash=f"{number}".encode(),
        document={"sku": f"OAK-{number}", "code": f"OAK-{number}", "name": f"Oak desk {number}", "tax_class": "GST"},
    )


async def edit(gateway: Gateway, connection: str, path: str, old: str, new: str, workspace: int = 1) -> None:
    """Changes a file of the draft."""
    drafts = Drafts(gateway.database, workspace)
    file = (await drafts.files(connection))[path]
    assert file.body is not None
    assert old in file.body
    await drafts.save(connection, path, file.body.replace(old, new), version=file.version, who=WHO)


async def draft(gateway: Gateway, connection: str, path: str, workspace: int = 1) -> str:
    body = (await Drafts(gateway.database, workspace).files(connection))[path].body
    assert body is not None
    return body


@dataclass
class Started(NoRunner):
    """A runner that only writes down what it was asked for."""

    runs: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    async def start(self, workspace: int, sync: str, *, only: Sequence[str] | None = None, **_: Any) -> str:
        self.runs.append((sync, tuple(only or ())))
        return f"run-{len(self.runs)}"
