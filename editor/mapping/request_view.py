"""The output as what would be sent for this sample: the destination's connector rehearses it, nothing leaves."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from connectors.contract import SECRET, Message, Rehearsal, Rehearse, Statement
from editor.words import clip, plural
from engine.encoding import canonical, decode, digest
from engine.errors import ConnectorError
from engine.store.samples import Sample
from engine.sync.ports import Write

MOST_LINES: Final = 1500
LARGEST: Final = 300_000  # bytes of a body that is shown


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One request or statement."""

    title: str  # method and address; "" for a statement
    headers: tuple[tuple[str, str], ...]
    body: tuple[tuple[str, bool], ...]  # lines, and whether a line differs from what live would send
    curl: str = ""  # the command that sends it, with $SECRET; "" for a statement


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is sent when the record is new there, or when it is there."""

    title: str
    notes: tuple[str, ...]
    sent: tuple[Sent, ...]


@dataclass(frozen=True, kw_only=True)
class RequestView:
    words: str = ""  # why there is no request
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where the output of a mapping goes."""

    connection: str
    to: Mapping[str, Any]  # the document's `to`
    rehearse: Rehearse | None = None
    unsent: str = ""  # why there is no `rehearse`


def request_view(
    destination: Destination, sample: Sample | None, output: Any, live: Any, *, new: Any, stops: str
) -> RequestView:
    """`new` is the output for a record that is not there yet; `live` is what the live revision makes of the sample,
    None where nothing is live; `stops` says why the record is not sent at all, "" where it is."""
    to = destination.to
    if to.get("entity"):
        what = str(to["entity"]).replace("_", " ")
        words = (
            f"CODI keeps this {what} itself: no request is sent. Syncs send it on through the mapping of a destination."
        )
        return RequestView(words=words)
    if sample is None:
        return RequestView(words="There is no sample whose request could be shown.")
    if destination.rehearse is None:
        return RequestView(words=destination.unsent or "This mapping does not say which stream it goes to.")
    write = Write(
        key=sample.name,
        external_id=sample.external_id,
        payload=decode(canonical(output)),
        idempotency_key=digest(canonical(output)).hex()[:40],
        version=sample.version,
    )
    before = None if live is None else decode(canonical(live))
    here = destination.connection
    unknown = replace(write, external_id=None, version=None, payload=decode(canonical(new)))
    first = replace(_case(destination.rehearse, unknown, before), title=f"When {here} does not have it yet")
    known = _case(destination.rehearse, write if write.external_id else replace(write, external_id="1"), before)
    if write.external_id:
        known = replace(known, title=f"{clip(here, 40)} has it as {clip(write.external_id, 60)}")
    else:
        known = replace(
            known, title=f"Once {here} has it", notes=(f"1 stands for the id that {here} gives.", *known.notes)
        )
    cases = [known, first] if write.external_id else [first, known]
    if stops:
        cases = [replace(case, notes=(stops, *case.notes)) for case in cases]
    return RequestView(cases=tuple(cases))


def _case(rehearse: Rehearse, write: Write, live: Any) -> Case:
    try:
        shown = rehearse(write)
    except ConnectorError as error:
        return Case(title="", notes=(f"Nothing is sent: {error.message}.",), sent=())
    known = None if live is None else _lines_of(rehearse, replace(write, payload=live))
    return Case(title="", notes=tuple(_notes(shown)), sent=tuple(_sent(one, known) for one in shown.sent))


def _notes(shown: Rehearsal) -> list[str]:
    notes = []
    if not shown.sent:
        notes.append("Nothing is sent: the connector has no way to change it.")
    if shown.together > 1 and any(isinstance(one, Message) for one in shown.sent):
        notes.append(f"Up to {plural(shown.together, 'record')} go in one request; here it is with this one alone.")
    if any(isinstance(one, Statement) for one in shown.sent):
        notes.append("It is looked for first, by its id or key. Values travel beside the statement, not in it.")
    return [*notes, shown.also] if shown.also else notes


def _lines_of(rehearse: Rehearse, write: Write) -> frozenset[str]:
    """The lines that live would send."""
    try:
        return frozenset(line.rstrip(",") for one in rehearse(write).sent for line in _lines(one))
    except ConnectorError:
        return frozenset()


def _sent(one: Message | Statement, known: frozenset[str] | None) -> Sent:
    lines = _lines(one)[:MOST_LINES]
    body = tuple((clip(line, 2000), known is not None and line.rstrip(",") not in known) for line in lines)
    if isinstance(one, Statement):
        return Sent(title="", headers=(), body=body)
    return Sent(title=f"{one.method} {one.url}", headers=tuple(one.headers.items()), body=body, curl=_curl(one))


def _lines(one: Message | Statement) -> list[str]:
    if isinstance(one, Statement):
        return one.sql.splitlines()
    if one.body is None:
        return []
    if len(one.body) > LARGEST:
        return [f"({len(one.body):,} bytes of JSON, too many to show here)"]
    return msgspec.json.format(one.body, indent=2).decode().splitlines()


def _curl(message: Message) -> str:
    parts = [f"curl -X {message.method} {_quoted(message.url)}"]
    parts += [f"-H {_quoted(f'{name}: {value}')}" for name, value in message.headers.items()]
    if message.body is not None and len(message.body) <= LARGEST:
        parts.append(f"--data-raw {_quoted(message.body.decode())}")
    return " \\\n  ".join(parts)


def _quoted(text: str) -> str:
    """For a shell; secrets are taken from its variable SECRET."""
    return '"$SECRET"'.join(shlex.quote(part) if part else "" for part in text.split(SECRET)) or "''"
