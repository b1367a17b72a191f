"""A mapping set opened whole: the draft's files, and what runs in each environment. Pages around the editor use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from editor.programs import is_mapping
from editor.render import Req
from editor.services import connections, services
from engine.errors import NotFoundError
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
        return {path: file.body for path, file in self.files.items() if file.body is not None}

    @property
    def stems(self) -> tuple[str, ...]:
        """The mappings of the draft by name, such as `product.out`."""
        return tuple(path.removesuffix(".yaml") for path in sorted(self.files) if is_mapping(path))

    def ahead_of(self, environment: str) -> bool:
        """Whether publishing the draft would change what runs there."""
        revision = self.running[environment]
        return revision is None or revision.hash != content_hash(self.draft)


async def open_set(request: Req, connection: str) -> MappingSet:
    """Raises NotFoundError where the connection has no mappings."""
    workspace, database = request.auth.workspace, services(request).gateway.database
    known = await connections(request).get(connection)
    files = await Drafts(database, workspace).files(connection)
    if not files:
        raise NotFoundError(f"{known.title} has no mappings yet. Start one on the page Mappings.")
    revisions = Revisions(database, workspace)
    running = {environment: await revisions.published(connection, environment) for environment in ENVIRONMENTS}
    return MappingSet(connection=connection, title=known.title, files=files, running=running)


async def open_sets(request: Req) -> tuple[MappingSet, ...]:
    """All of the workspace, by connection."""
    sets = await Drafts(services(request).gateway.database, request.auth.workspace).sets()
    return tuple([await open_set(request, each.connection) for each in sets])
