"""The lookups of one mapping set: listed, drawn as rows, with the values they miss, and saved to the draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from editor.bases import base_of, bases_in, whole
from editor.gateway import Gateway
from editor.mapping.lookup_tables import cell, own_tables, row_state, used_by
from editor.mapping_desk import MappingDesk
from editor.mapping_set import MappingSet
from editor.missing_values import Missing, missing_values
from engine.errors import MappingError, NotFoundError, StaleError
from engine.mapping.rewrite import rewrite_text
from engine.store.drafts import Drafts

Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Table:
    """One lookup of one mapping."""

    connection: str
    connection_title: str
    stem: str
    mapping: str  # title of the mapping it belongs to
    name: str
    rows: int
    missing: int  # values seen without a row


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of the grid."""

    was: str | None  # its key in the draft; None: a new row
    old: str  # its value in the draft, as text
    key: str
    value: str
    state: str = ""  # new | changed | base, against live
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class LookupDesk:
    """The lookups of a set that is open."""

    gateway: Gateway
    desk: MappingDesk
    workspace: int
    opened: MappingSet

    def data(self, stem: str) -> Data:
        """The document of a mapping of the draft. Raises NotFoundError, MappingError."""
        if stem not in self.opened.stems:
            raise NotFoundError(f"The draft of {self.opened.title} has no mapping {stem}.")
        return self.desk.read(self.opened.draft[f"{stem}.yaml"])

    def base(self, data: Data) -> Data:
        """The mapping that a document extends; nothing where it extends none."""
        return base_of(data, bases_in(self.opened.draft)) or {}

    def inherited(self, data: Data, table: str) -> dict[str, Any]:
        """The rows that come from there."""
        return own_tables(self.base(data)).get(table, {})

    def uses(self, stem: str, table: str) -> list[tuple[str, str]]:
        """Target fields whose rule looks up there, and what they do about a value without a row."""
        fields = whole(self.data(stem), bases_in(self.opened.draft)).get("fields")
        return used_by(fields, table) if isinstance(fields, Mapping) else []

    async def missing(self, stem: str) -> list[Missing]:
        args = (self.gateway, self.workspace, self.opened.connection)
        return await missing_values(*args, whole(self.data(stem), bases_in(self.opened.draft)))

    async def tables(self) -> list[Table]:
        found = []
        for stem in self.opened.stems:
            try:
                data = self.data(stem)
            except MappingError:
                continue  # a draft that cannot be read; the editor says why
            found += await self._of(stem, data)
        return found

    async def _of(self, stem: str, data: Data) -> list[Table]:
        names = list({**own_tables(self.base(data)), **own_tables(data)})
        missing = await self.missing(stem) if names else []
        found = []
        for name in names:
            have = {**self.inherited(data, name), **own_tables(data).get(name, {})}
            table = Table(
                connection=self.opened.connection,
                connection_title=self.opened.title,
                stem=stem,
                mapping=str(data.get("title") or stem),
                name=name,
                rows=len(have),
                missing=sum(each.table == name and each.key not in have for each in missing),
            )
            found.append(table)
        return found

    def rows(self, table: Table) -> list[Row]:
        """The rows of the grid: the document's own, then those of its base."""
        data = self.data(table.stem)
        own, live = own_tables(data).get(table.name, {}), self._live(table)
        rows = [
            Row(was=key, old=cell(value), key=key, value=cell(value), state=row_state(own, live, key))
            for key, value in own.items()
        ]
        base = self.inherited(data, table.name)
        return rows + [
            Row(was=key, old=cell(value), key=key, value=cell(value), state="base")
            for key, value in base.items()
            if key not in own
        ]

    def _live(self, table: Table) -> dict[str, Any] | None:
        """The table as it runs; None where its mapping does not run yet."""
        live, path = self.opened.running["live"], f"{table.stem}.yaml"
        if live is None or path not in live.files:
            return None
        return own_tables(self.desk.read(live.files[path])).get(table.name, {})

    async def save(self, stem: str, change: Callable[[Data], Data], who: str) -> None:
        """Changes the draft's document, comments kept; on top of what somebody else saved meanwhile."""
        drafts = Drafts(self.gateway.database, self.workspace)
        file = self.opened.files.get(f"{stem}.yaml")
        for last in (False, True):
            if file is None or file.body is None:
                raise NotFoundError(f"The draft of {self.opened.title} has no mapping {stem}.")
            before = file.body
            text = rewrite_text(before, change(self.desk.read(before)))
            if text == before:
                return
            try:
                await drafts.save(self.opened.connection, file.path, text, version=file.version, who=who)
            except StaleError as error:
                if last:
                    raise
                file = error.current
                continue
            key = (self.workspace, self.opened.connection, stem)
            if self.desk.undo.known(key):
                self.desk.undo.changed(key, before)
            return
