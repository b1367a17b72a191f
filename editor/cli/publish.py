"""`codi mappings publish` and `codi mappings rollback`: through the same gate as the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from editor.cli.impact import as_dict, checked, known_environment
from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import Gateway, open_gateway
from editor.mapping.set_check import SetCheck
from editor.mapping_set import open_set
from editor.publish_gate import Held, held
from engine.errors import UsageError
from engine.mapping.diagnostics import errors
from engine.store.mapping_sets import ENVIRONMENTS
from engine.store.revisions import Revision, Revisions

ConnectionName = Annotated[str, typer.Argument(help="The connection whose mappings they are.", metavar="CONNECTION")]
Number = Annotated[int | None, typer.Option("--revision", help="A revision there is; the draft when left out.")]
_Environment = Annotated[str, typer.Option("--env", help=" or ".join(ENVIRONMENTS))]
_Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the history.")]
_Confirm = Annotated[
    int | None,
    typer.Option("--confirm", help="How many records change, or tests fail, where that needs a word.", min=1),
]


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """What came of it: `held`, or the revision that runs now."""

    check: SetCheck
    held: Held | None
    revision: Revision | None = None


def publish(
    connection: ConnectionName,
    reason: _Reason,
    env: _Environment = "live",
    revision: Number = None,
    confirm: _Confirm = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an environment run the draft as it is now, or a revision there is already. Exit code 1 when the draft has
    errors; and when live would change more records than the limit, or golden tests fail, without --confirm."""
    ended = run(_publish(connection, known_environment(env), _said(reason), revision, confirm, workspace))
    _tell(ended, connection, as_json)


def roll_back(
    connection: ConnectionName,
    reason: _Reason,
    to: Annotated[int | None, typer.Option("--to", help="Revision; the one before the last when left out.")] = None,
    env: _Environment = "live",
    confirm: _Confirm = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an environment run an earlier revision again. Exit code 1 when live would change more records than the
    limit, or golden tests fail, without --confirm."""
    ended = run(_roll_back(connection, known_environment(env), _said(reason), to, confirm, workspace))
    _tell(ended, connection, as_json)


def _said(reason: str) -> str:
    if not reason.strip():
        raise UsageError("--reason says nothing: it stands in the history for whoever asks why")
    return reason


async def _publish(
    connection: str, environment: str, reason: str, number: int | None, confirm: int | None, workspace: str | None
) -> _Ended:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        ended = await _asked(gateway, place.id, connection, environment, number, confirm)
        if ended.held:
            return ended
        seen = ended.check.hash
        made = await revisions.publish(connection, environment, reason=reason, who=WHO, number=number, seen=seen)
        return replace(ended, revision=made)


async def _roll_back(
    connection: str, environment: str, reason: str, number: int | None, confirm: int | None, workspace: str | None
) -> _Ended:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        revisions = Revisions(gateway.database, place.id)
        if number is None:
            before = await revisions.history(connection, environment, limit=2)
            if len(before) < 2:
                raise UsageError(f"{connection} has nothing earlier in {environment} to go back to")
            number = before[1].revision
        ended = await _asked(gateway, place.id, connection, environment, number, confirm)
        if ended.held:
            return ended
        back = await revisions.roll_back(connection, environment, number, reason=reason, who=WHO)
        return replace(ended, revision=back)


async def _asked(
    gateway: Gateway, workspace: int, connection: str, environment: str, number: int | None, confirm: int | None
) -> _Ended:
    """The gate's word on the draft, or on the revision of that number."""
    opened = await open_set(gateway, workspace, connection)
    files: Mapping[str, str] = opened.draft
    if number is not None:
        files = (await Revisions(gateway.database, workspace).get(connection, number)).files
    check = await checked(gateway, workspace, opened, files, environment)
    typed = "" if confirm is None else str(confirm)
    return _Ended(check=check, held=held(check, seen=check.hash, typed=typed, made_before=number is not None))


def _tell(ended: _Ended, connection: str, as_json: bool) -> None:
    """Prints what came of it, and ends the command with exit code 1 where it was held."""
    check, revision = ended.check, ended.revision
    if as_json:
        told: dict[str, Any] = {"connection": connection, "environment": check.environment}
        if ended.held:
            told |= {"held": ended.held.words, "confirm": ended.held.confirm}
        if revision:
            told |= {"revision": revision.number, "hash": revision.hash, "files": sorted(revision.files)}
        typer.echo(json.dumps({**told, "check": as_dict(check)}, indent=2, default=str))
    elif revision:
        typer.echo(f"{connection} runs revision {revision.number} ({revision.hash[:12]}) in {check.environment}")
    elif ended.held:
        for line in _findings(check):
            typer.echo(line, err=True)
        mend = f" Mend it, or say --confirm {ended.held.confirm}." if ended.held.confirm is not None else ""
        typer.echo(f"codi: not in {check.environment}: {ended.held.words}{mend}", err=True)
    raise typer.Exit(1 if ended.held else 0)


def _findings(check: SetCheck) -> list[str]:
    """Every error, and every golden test that fails, a line each."""
    found = []
    for each in check.mappings:
        found += [diagnostic.line() for diagnostic in errors(each.diagnostics)]
        found += [f"{each.stem}.golden/{test.name}.yaml: {line}" for test in each.tests.failed for line in test.lines()]
    return found
