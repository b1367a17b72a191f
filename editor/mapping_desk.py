"""Opens mappings for editing and saves them: the draft's file, what is live, samples, target fields, undo.

What does not change from keystroke to keystroke is kept for a while in this process; drafts are in the store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Rehearse
from connectors.registry import open_connector
from editor.bases import base_of, bases_in, document_of, texts_of, whole
from editor.gateway import Gateway
from editor.mapping.edits import ordered
from editor.mapping.opened import Opened, Programs, failing, one_rule
from editor.mapping.request_view import Destination
from editor.mapping.targets import Target, targets_of
from editor.mapping.undo import Steps, UndoLog
from editor.mapping_syncs import sync_of
from engine.errors import CodiError, NotFoundError
from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.diff import LISTS
from engine.mapping.masking import mask
from engine.mapping.overlay import overlay_of
from engine.mapping.program import Program
from engine.mapping.rewrite import rewrite_text, write_text
from engine.records.entities import ENTITIES
from engine.store.connections import Connections
from engine.store.drafts import DraftFile, Drafts
from engine.store.revisions import Revision, Revisions
from engine.store.samples import Sample, linked, links_at, list_samples, recent_payloads, recent_records
from engine.store.syncs import Syncs

RECENT = 8  # records of real traffic offered as samples beside those that are kept
KEPT_FOR = 60.0  # seconds samples and schemas are used again
PATIENCE = 8.0  # seconds a system has to tell what it holds

Failing = dict[str, list[tuple[str, str]]]  # place → (sample, message)
Key = tuple[int, str, str]  # workspace, connection, `product.out`


@dataclass(frozen=True, kw_only=True)
class Schemas:
    """What is known about both sides of a mapping."""

    source: Mapping[str, Any] | None
    target: Mapping[str, Any] | None
    targets: tuple[Target, ...]
    destination: Destination


@dataclass(frozen=True, kw_only=True)
class _Side:
    """What a connection tells of the stream on one side."""

    schema: Mapping[str, Any] | None = None
    rehearse: Rehearse | None = None
    unsent: str = ""  # why there is no `rehearse`, in words


@dataclass
class _Kept:
    at: float
    value: Any


@dataclass
class MappingDesk:
    """One per process."""

    undo: UndoLog = field(default_factory=UndoLog)
    _programs: Programs = field(default_factory=Programs)
    _samples: dict[Key, _Kept] = field(default_factory=dict)
    _links: dict[Key, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)  # $links of the samples
    _settings: dict[Key, Mapping[str, Any]] = field(default_factory=dict)  # $settings, as old as the samples
    _schemas: dict[tuple[Any, ...], _Kept] = field(default_factory=dict)
    _shown: dict[Key, list[Sample]] = field(default_factory=dict)  # records people came from, as samples
    _live: dict[tuple[int, str], Revision] = field(default_factory=dict)  # workspace, connection → what ran last
    _failing: dict[tuple[str, int], Failing] = field(default_factory=dict)
    _outputs: dict[tuple[str, int], tuple[Sample, Any]] = field(default_factory=dict)  # what live made of a sample

    async def open(
        self,
        gateway: Gateway,
        workspace: int,
        connection: str,
        stem: str,
        *,
        chosen: str = "",
    ) -> Opened:
        """The saved draft. `chosen` names a sample; "": the first. Raises NotFoundError where the draft has no such
        mapping."""
        path = f"{stem}.yaml"
        files = await Drafts(gateway.database, workspace).files(connection)
        if path not in files or files[path].body is None:
            raise NotFoundError(f"The draft of {connection} has no mapping {stem}.")
        file = files[path]
        text = file.body or ""
        bases = bases_in(texts_of(files))
        own = self.read(text)
        base = base_of(own, bases)
        document = whole(own, bases)
        samples = await self.samples(gateway, workspace, connection, stem, document)
        schemas = await self.schemas(gateway, workspace, connection, document)
        context = MappingContext(
            target_schema=schemas.target,
            source_schema=schemas.source,
            samples=[sample.payload for sample in samples],
        )
        number, live = await self._live_document(gateway, workspace, connection, path)
        marks = (id(samples), id(schemas))
        bindings = self.bindings((workspace, connection, stem))
        said = repr(document)
        program = self._programs.compiled(document, context, (said, *marks))
        failing = self._failing_of(program, samples, bindings, said)
        live_program = self.program(live) if live is not None else None
        at = next((at for at, sample in enumerate(samples) if sample.name == chosen), 0)
        if samples and samples[at].external_id:
            bindings["id"] = samples[at].external_id
        return Opened(
            connection=connection,
            stem=stem,
            text=text,
            version=file.version,
            data=document,
            own=own,
            base=base,
            program=program,
            live=live,
            live_program=live_program,
            live_number=number,
            samples=samples,
            chosen=at,
            targets=schemas.targets,
            bindings=bindings,
            failing=failing,
            live_output=self._live_output(live_program, samples[at], bindings) if samples and live_program else None,
            destination=schemas.destination,
        )

    async def tried(
        self, gateway: Gateway, workspace: int, opened: Opened, data: Mapping[str, Any], place: str
    ) -> Opened:
        """`data` in place of the saved draft, and not saved; only the rule at `place` is tried on the other samples.

        What samples say about paths is told once the draft is saved, not at every keystroke."""
        schemas = await self.schemas(gateway, workspace, opened.connection, data)
        context = MappingContext(target_schema=schemas.target, source_schema=schemas.source)
        return replace(
            opened, data=data, program=compile_draft(data, context), failing=_failing_with(opened, data, place)
        )

    def _failing_of(
        self, program: Program, samples: tuple[Sample, ...], bindings: Mapping[str, Any], said: str
    ) -> Failing:
        """`said` stands for the document."""
        key = (said, id(samples))
        if key not in self._failing:
            while len(self._failing) > 64:
                del self._failing[next(iter(self._failing))]
            self._failing[key] = failing(program, samples, bindings)
        return self._failing[key]

    def _live_output(self, program: Program, sample: Sample, bindings: Mapping[str, Any]) -> Any:
        key = (program.hash, id(sample))
        if key not in self._outputs:
            while len(self._outputs) > 200:
                del self._outputs[next(iter(self._outputs))]
            self._outputs[key] = (sample, program.preview(sample.payload, **bindings).output)
        return self._outputs[key][1]

    def read(self, text: str) -> Mapping[str, Any]:
        """The document of a draft's text, as it is written."""
        return document_of(text)

    def program(self, data: Mapping[str, Any]) -> Program:
        """The whole document compiled, without its samples and schemas."""
        return self._programs.compiled(data, MappingContext(), (repr(data), "bare"))

    async def save(
        self, gateway: Gateway, workspace: int, opened: Opened, data: Mapping[str, Any], *, version: int, who: str
    ) -> DraftFile:
        """Saves the whole document as the draft, comments kept; of one that extends another, what differs from it.

        Raises StaleError as Drafts.save, UsageError for what cannot be said of a base."""
        if opened.base is not None:
            data = ordered(overlay_of(opened.base, opened.own, data))
        text = rewrite_text(opened.text, data) if opened.text.strip() else write_text(data)
        return await self.save_text(gateway, workspace, opened, text, version=version, who=who)

    async def save_text(
        self, gateway: Gateway, workspace: int, opened: Opened, text: str, *, version: int, who: str, step: bool = True
    ) -> DraftFile:
        drafts = Drafts(gateway.database, workspace)
        key = (workspace, opened.connection, opened.stem)
        await self._begin_undo(drafts, key)
        file = await drafts.save(opened.connection, f"{opened.stem}.yaml", text, version=version, who=who)
        if step and text != opened.text:
            self.undo.changed(key, opened.text)
        return file

    async def steps(self, gateway: Gateway, workspace: int, opened: Opened) -> Steps:
        """What can be undone and redone."""
        key = (workspace, opened.connection, opened.stem)
        await self._begin_undo(Drafts(gateway.database, workspace), key)
        return self.undo.steps(key)

    async def _begin_undo(self, drafts: Drafts, key: Key) -> None:
        if not self.undo.known(key):
            saves = await drafts.saves(key[1], f"{key[2]}.yaml", limit=100)
            earlier = [save.body for save in reversed(saves[1:]) if not save.refused and save.body is not None]
            self.undo.begin(key, earlier)

    async def samples(
        self, gateway: Gateway, workspace: int, connection: str, stem: str, document: Mapping[str, Any]
    ) -> tuple[Sample, ...]:
        """Those kept, then the newest of real traffic with people's data masked."""
        key = (workspace, connection, stem)
        kept = self._samples.get(key)
        if kept is not None and time.monotonic() - kept.at < KEPT_FOR:
            return kept.value  # type: ignore[no-any-return]
        async with gateway.database.read(workspace) as transaction:
            stored = await list_samples(transaction, f"{connection}/{stem}")
            source = document.get("from") or {}
            if source.get("entity"):
                recent = await recent_records(transaction, str(source["entity"]), RECENT)
            else:
                recent = await recent_payloads(transaction, connection, str(source.get("stream") or ""), RECENT)
            stored = [*self._shown.get(key, []), *stored]
            names = {sample.name for sample in stored}
            found = (*stored, *[self.masked(gateway, sample) for sample in recent if sample.name not in names])
            entity, stream = str(source.get("entity") or ""), (document.get("to") or {}).get("stream")
            if entity in ENTITIES and stream:
                keys = [sample.name for sample in found]
                there = await linked(transaction, connection, str(stream), entity, keys)
                found = tuple(_as_linked(sample, there) for sample in found)
                self._links[key] = await links_at(transaction, connection, _references(entity, found))
        sync = sync_of(document, connection, await Syncs(gateway.database, workspace).all(), "live")
        self._settings[key] = sync.settings if sync else {}  # never a connection's: those may be secret
        self._samples[key] = _Kept(time.monotonic(), found)
        return found

    def bindings(self, key: Key) -> dict[str, Any]:
        """$settings, $links of the samples that were loaded last, $now and an example of $id, as a run gives them."""
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return {"settings": self._settings.get(key, {}), "links": self._links.get(key, {}), "now": now, "id": "1"}

    def pinned(self, key: Key, program: Program, sample: Sample) -> dict[str, Any]:
        """What a golden test of a sample binds: those of the same that rules ask for, with this sample's links."""
        found, entity = self.bindings(key), program.document.from_.entity or ""
        wanted = _references(entity, [sample]) if entity in ENTITIES else {}
        there = {other: found["links"].get(other, {}) for other in wanted}
        found["links"] = {
            other: {name: there[other][name] for name in names if name in there[other]}
            for other, names in wanted.items()
        }
        found["id"] = sample.external_id or found["id"]
        return {name: value for name, value in found.items() if program.uses(name)}

    def masked(self, gateway: Gateway, sample: Sample) -> Sample:
        """The sample without the people in it."""
        salt = gateway.settings.secret_keys()[-1]
        payload = mask(sample.payload, salt=salt).payload
        return Sample(name=sample.name, origin=sample.origin, masked=True, payload=payload)

    def show(self, gateway: Gateway, key: Key, sample: Sample) -> None:
        """Offers a record among the samples of a mapping while this process lives, masked."""
        others = [other for other in self._shown.get(key, []) if other.name != sample.name]
        self._shown[key] = [self.masked(gateway, sample), *others[:4]]
        self.forget_samples(*key)

    def forget_samples(self, workspace: int, connection: str, stem: str) -> None:
        self._samples.pop((workspace, connection, stem), None)

    async def schemas(self, gateway: Gateway, workspace: int, connection: str, document: Mapping[str, Any]) -> Schemas:
        sides = {side: document.get(side) or {} for side in ("from", "to")}
        key = (workspace, connection, repr(sides))
        kept = self._schemas.get(key)
        if kept is not None and time.monotonic() - kept.at < KEPT_FOR * 10:
            return kept.value  # type: ignore[no-any-return]
        source = await self._side(gateway, workspace, connection, sides["from"], write=False)
        target = await self._side(gateway, workspace, connection, sides["to"], write=True)
        destination = Destination(connection=connection, to=sides["to"], rehearse=target.rehearse, unsent=target.unsent)
        found = Schemas(
            source=source.schema, target=target.schema, targets=targets_of(target.schema), destination=destination
        )
        self._schemas[key] = _Kept(time.monotonic(), found)
        return found

    def forget_schemas(self, workspace: int, connection: str) -> None:
        """The connection was changed."""
        for key in [key for key in self._schemas if key[:2] == (workspace, connection)]:
            del self._schemas[key]

    async def _side(
        self, gateway: Gateway, workspace: int, connection: str, side: Mapping[str, Any], *, write: bool
    ) -> _Side:
        if side.get("entity") in ENTITIES:
            return _Side(schema=ENTITIES[side["entity"]].model_json_schema())
        if not side.get("stream"):
            return _Side()
        store = Connections(gateway.database, workspace, gateway.seal)
        try:
            configured = await store.get(connection)
            secrets = await store.secrets(connection)
            async with (
                asyncio.timeout(PATIENCE),
                open_connector(configured.connector, configured.settings, secrets) as opened,
            ):
                name = str(side["stream"])
                known = {stream.name: stream for stream in await opened.streams()}
                if name not in known:
                    return _Side(unsent=f"{connection} has no stream {name}.")
                if not write:
                    return _Side(schema=known[name].schema or None)
                schema = known[name].write_schema or None
                if known[name].direction == "read":
                    return _Side(schema=schema, unsent=f"{connection} only gives {name}; it takes none.")
                return _Side(schema=schema, rehearse=await opened.rehearsal(name))
        except CodiError as error:  # the page works without: targets are then those the mapping names
            return _Side(unsent=f"What {connection} would be sent cannot be shown: {error.message}.")
        except TimeoutError:
            return _Side(unsent=f"{connection} did not answer in time to show what it would be sent.")

    async def _live_document(
        self, gateway: Gateway, workspace: int, connection: str, path: str
    ) -> tuple[int | None, Mapping[str, Any] | None]:
        key = (workspace, connection)
        revision = await Revisions(gateway.database, workspace).published(connection, "live", known=self._live.get(key))
        if revision is not None:
            self._live[key] = revision
        if revision is None or path not in revision.files:
            return (revision.number if revision else None), None
        return revision.number, whole(self.read(revision.files[path]), bases_in(revision.files))


def _references(entity: str, samples: Sequence[Sample]) -> dict[str, list[str]]:
    """entity → natural keys of the records these samples name."""
    wanted: dict[str, dict[str, None]] = {}
    for sample in samples:
        try:
            found = ENTITIES[entity].references(sample.payload)
        except (AttributeError, TypeError):
            continue  # a sample that somebody wrote need not have the shape of the entity
        for other, keys in found.items():
            wanted.setdefault(other, {}).update((key, None) for key in keys if isinstance(key, str))
    return {other: list(keys) for other, keys in wanted.items() if keys}


def _as_linked(sample: Sample, there: Mapping[str, tuple[str, str | None]]) -> Sample:
    external, version = there.get(sample.name, (None, None))
    return replace(sample, external_id=external, version=version)


def _failing_with(opened: Opened, data: Mapping[str, Any], place: str) -> Failing:
    """What the saved draft fails for, with the one rule that is being typed tried anew."""
    rule = one_rule(data, place)
    within = tuple(f"{top}{joint}" for top in rule["fields"] for joint in (".", LISTS))
    kept = {at: list(found) for at, found in opened.failing.items() if at not in rule["fields"]}
    kept = {at: found for at, found in kept.items() if not at.startswith(within)}
    return {**kept, **failing(compile_draft(rule, MappingContext()), opened.samples, opened.bindings)}
