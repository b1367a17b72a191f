"""The compiled mappings of published revisions.

Revisions are immutable, so what was compiled for one is kept and used again by later runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from editor.paths import data_dir
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
        program = _compiled(revision, found[0])
        return program, Pinned(mapping=found[0], revision=revision.number, hash=program.hash)


_KEPT = 256  # programs
_programs: dict[tuple[str, str], Program] = {}  # (revision's hash, mapping) → program


def _compiled(revision: Revision, mapping: str) -> Program:
    place = (revision.hash, mapping)
    if place not in _programs:
        known = documents(revision)
        bases = {**shipped_bases(), **{name: text for name, (_, text) in known.items()}}
        program = compile_mapping(known[mapping][1], MappingContext(bases=bases), file=f"{mapping}.yaml")
        if len(_programs) >= _KEPT:
            del _programs[next(iter(_programs))]
        _programs[place] = program
    return _programs[place]


def documents(revision: Revision) -> Mapping[str, tuple[Document, str]]:
    """Mapping name → the document and its text, of every mapping in the revision."""
    found = {}
    for path, text in revision.files.items():
        if is_mapping(path):
            document = load(as_source(text, path)).document
            found[document.mapping] = (document, text)
    return found


def is_mapping(path: str) -> bool:
    """Whether a file of a set is a mapping document, rather than a golden test or a lookup."""
    return path.endswith((".in.yaml", ".out.yaml"))


@lru_cache(maxsize=1)
def shipped_bases() -> Mapping[str, str]:
    """Mapping name → text of every mapping that comes with CODI, for `extend`."""
    library = data_dir("mappings")
    return {
        path.relative_to(library).as_posix().removesuffix(".yaml"): path.read_text("utf-8")
        for path in sorted(library.rglob("*.yaml"))
        if is_mapping(path.name)
    }
