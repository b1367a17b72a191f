"""Seeds the demo workspace: its ERP, its connections, its mappings, published, and its syncs.

Everything is made once; a second start leaves alone what is there, so that changes made while trying CODI out stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from editor.demo.erp import build_demo_erp
from editor.gateway import Gateway
from editor.paths import data_dir
from engine.store.connections import Connections
from engine.store.revisions import Revisions
from engine.store.syncs import Sync, Syncs
from engine.store.workspaces import Workspace, Workspaces

WORKSPACE = "demo"
TITLE = "Wattle & Kōwhai"
WHO = "demo@codi.example"

# connection → folder of the shipped mappings it uses
LIBRARY = {"erp": "demo_erp", "shop": "sandbox_shop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPaths:
    """Where the demo keeps its two systems."""

    erp: Path  # the ERP's SQLite file
    shop: Path  # the shop's SQLite file

    @classmethod
    def under(cls, home: Path) -> DemoPaths:
        folder = home.resolve() / "demo"
        return cls(erp=folder / "erp.sqlite", shop=folder / "shop.sqlite")


def demo_folder() -> Path:
    return data_dir("mappings") / "demo"


async def seed(gateway: Gateway, paths: DemoPaths, *, shop_url: str, shop_token: str) -> Workspace:
    """The demo workspace, complete. `shop_url` is the shop's API, which may move from start to start."""
    if not paths.erp.exists():
        build_demo_erp(paths.erp, demo_folder() / "erp")
    workspace = await Workspaces(gateway.database).ensure(WORKSPACE, TITLE)
    await _connections(gateway, workspace.id, paths, shop_url, shop_token)
    await _mappings(gateway, workspace.id)
    await _syncs(gateway, workspace.id)
    return workspace


async def _connections(gateway: Gateway, workspace: int, paths: DemoPaths, shop_url: str, shop_token: str) -> None:
    connections = Connections(gateway.database, workspace, gateway.seal)
    erp = _read(demo_folder() / "connections" / "erp.yaml")
    await connections.save(
        "erp",
        title=erp["title"],
        connector=erp["connector"],
        settings={**erp["settings"], "url": f"sqlite:///{paths.erp}"},
    )
    shop = _read(demo_folder() / "connections" / "shop.yaml")
    await connections.save(
        "shop",
        title=shop["title"],
        connector=shop["connector"],
        settings={**shop["settings"], "url": shop_url},
        secrets={"token": shop_token},
    )


async def _mappings(gateway: Gateway, workspace: int) -> None:
    """Each connection's shipped mappings become revision 1 of its set, live."""
    revisions = Revisions(gateway.database, workspace)
    for connection, folder in LIBRARY.items():
        if await revisions.published(connection, "live") is not None:
            continue
        library = data_dir("mappings")
        files = {
            path.relative_to(library).as_posix(): path.read_text("utf-8")
            for path in sorted((library / folder).rglob("*.yaml"))
        }
        await revisions.import_files(connection, files, who=WHO)
        for environment in ("test", "live"):
            await revisions.publish(connection, environment, reason="as shipped with CODI", who=WHO)


async def _syncs(gateway: Gateway, workspace: int) -> None:
    syncs = Syncs(gateway.database, workspace)
    known = {sync.name for sync in await syncs.all()}
    for position, values in enumerate(_read(demo_folder() / "syncs.yaml")):
        if values["sync"] not in known:
            await syncs.save(_sync(values, position))


def _sync(values: Mapping[str, Any], position: int) -> Sync:
    source: Mapping[str, str] = values.get("from", {})
    destination: Mapping[str, str] = values.get("to", {})
    return Sync(
        name=values["sync"],
        title=values["title"],
        entity=values["entity"],
        source=source.get("connection"),
        source_stream=source.get("stream"),
        destination=destination.get("connection"),
        destination_stream=destination.get("stream"),
        filter=values.get("filter"),
        settings=values.get("settings", {}),
        position=position,
    )


def _read(path: Path) -> Any:
    loaded: Mapping[str, Any] | Sequence[Any] = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    return loaded
