"""A mapping set opened whole: the draft's files, and what runs in each environment. Pages around the editor use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from editor.bases import is_mapping, texts_of
from editor.gateway import Gateway
from engine.errors import NotFoundError
from engine.store.connections import Connections
from engine.store.drafts import DraftFile, Drafts
from engine.store.mapping_sets import ENVIRONMENTS
from engine.store.revisions import Revision, Revisions, content_hash


@dataclass(frozen=True, kw_only=True)
class MappingSet:
    """Everything published together for one connection."""

    connection: str
    title: str  # of the connection
    files: Mapping[str, DraftFile]  # path → file, those in the draft
    running: Mapping[str, Revision | None]  # environment → what runs there

    @property
    def draft(self) -> dict[str, str]:
        """path → text of the draft."""
        return texts_of(self.files)

    @property
    def stems(self) -> tuple[str, ...]:
        """The mappings of the draft by name, such as `product.out`."""
        return stems_of(self.draft)

    @property
    def saved_by(self) -> tuple[str, ...]:
        """Who saved the files that differ from live, the latest first."""
        files = sorted(self.files.values(), key=lambda file: file.saved_at, reverse=True)
        live = self.running["live"]
        before = live.files if live else {}
        return tuple(dict.fromkeys(file.saved_by for file in files if before.get(file.path) != file.body))

    @property
    def saved_at(self) -> datetime | None:
        return max((file.saved_at for file in self.files.values()), default=None)

    @property
    def hash(self) -> str:
        """Of the draft as it is now; a revision made of it has the same."""
        return content_hash(self.draft)

    def ahead_of(self, environment: str) -> bool:
        """Whether publishing the draft would change what runs there."""
        revision = self.running[environment]
        return revision is None or revision.hash != self.hash


def stems_of(files: Mapping[str, str]) -> tuple[str, ...]:
    """The mappings among the files of a set, without `.yaml`."""
    return tuple(path.removesuffix(".yaml") for path in sorted(files) if is_mapping(path))


async def open_set(gateway: Gateway, workspace: int, connection: str) -> MappingSet:
    """Raises NotFoundError where the connection has no mappings."""
    known = await Connections(gateway.database, workspace, gateway.seal).get(connection)
    files = await Drafts(gateway.database, workspace).files(connection)
    if not files:
        raise NotFoundError(f"{known.title} has no mappings yet. Start one on the page Mappings.")
    revisions = Revisions(gateway.database, workspace)
    running = {environment: await revisions.published(connection, environment) for environment in ENVIRONMENTS}
    return MappingSet(connection=connection, title=known.title, files=files, running=running)


async def open_sets(gateway: Gateway, workspace: int) -> tuple[MappingSet, ...]:
    """All of the workspace, by connection."""
    sets = await Drafts(gateway.database, workspace).sets()
    return tuple([await open_set(gateway, workspace, each.connection) for each in sets])
