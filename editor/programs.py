"""The compiled mappings of published revisions.

Revisions are immutable, so what was compiled for one is kept and used again by later runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from editor.bases import bases_in, document_of, is_mapping, whole
from engine.errors import ConfigError
from engine.mapping.compile import MappingContext, compile_mapping
from engine.mapping.document import Document
from engine.mapping.load import as_source, load
from engine.mapping.program import Program
from engine.store.database import Database
from engine.store.revisions import Revision, Revisions
from engine.sync.ports import Pinned


class PublishedPrograms:
    """Finds and compiles the mappings a sync runs with."""

    def __init__(self, database: Database, workspace: int) -> None:
        self._revisions = Revisions(database, workspace)

    async def reading(self, connection: str, environment: str, *, stream: str, entity: str) -> tuple[Program, Pinned]:
        """The mapping from the connection's stream to the entity. Raises ConfigError, MappingError."""
        return await self._the_one(
            connection,
            environment,
            f"from stream {stream!r} to entity {entity!r}",
            lambda document: document.from_.stream == stream and document.to.entity == entity,
        )

    async def delivering(
        self, connection: str, environment: str, *, entity: str, stream: str
    ) -> tuple[Program, Pinned]:
        """The mapping from the entity to the connection's stream. Raises ConfigError, MappingError."""
        return await self._the_one(
            connection,
            environment,
            f"from entity {entity!r} to stream {stream!r}",
            lambda document: document.from_.entity == entity and document.to.stream == stream,
        )

    async def _the_one(
        self, connection: str, environment: str, what: str, fits: Callable[[Document], bool]
    ) -> tuple[Program, Pinned]:
        revision = await self._revisions.published(connection, environment)
        if revision is None:
            raise ConfigError(f"connection {connection!r} has no mappings in {environment}: publish them first")
        found = [name for name, (document, _) in documents(revision).items() if fits(document)]
        if len(found) != 1:
            number = "no mapping" if not found else f"{len(found)} mappings ({', '.join(found)})"
            raise ConfigError(
                f"revision {revision.number} of connection {connection!r} has {number} {what}; a sync needs exactly one"
            )
        compiled = program(revision, found[0])
        return compiled, Pinned(mapping=found[0], revision=revision.number, hash=compiled.hash)


_KEPT = 64  # revisions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    """What was read and compiled of one revision."""

    documents: Mapping[str, tuple[Document, str]]  # mapping name → the document and its text
    programs: dict[str, Program] = field(default_factory=dict)  # mapping name → program, made when asked for


_revisions: dict[str, _Compiled] = {}  # by the revision's hash


def _compiled(revision: Revision) -> _Compiled:
    if revision.hash not in _revisions:
        if len(_revisions) >= _KEPT:
            del _revisions[next(iter(_revisions))]
        _revisions[revision.hash] = _Compiled(documents=_read(revision))
    return _revisions[revision.hash]


def documents(revision: Revision) -> Mapping[str, tuple[Document, str]]:
    """Mapping name → the document and its text, of every mapping in the revision. Raises MappingError."""
    return _compiled(revision).documents


def program(revision: Revision, mapping: str) -> Program:
    """The revision's mapping, compiled. Raises MappingError."""
    compiled = _compiled(revision)
    if mapping not in compiled.programs:
        bases = bases_in(revision.files)
        text = compiled.documents[mapping][1]
        compiled.programs[mapping] = compile_mapping(text, MappingContext(bases=bases), file=f"{mapping}.yaml")
    return compiled.programs[mapping]


def _read(revision: Revision) -> dict[str, tuple[Document, str]]:
    found, bases = {}, bases_in(revision.files)
    for path, text in revision.files.items():
        if is_mapping(path):
            document = load(as_source(text, path)).document
            if document.extend:  # its sides may be said by the base alone
                document = load(as_source(whole(document_of(text), bases), path)).document
            found[document.mapping] = (document, text)
    return found
