"""`codi mappings impact`: what publishing the draft would do, on real records."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console

from editor.check_desk import SIZES, CheckDesk
from editor.cli.runtime import JsonOption, WorkspaceOption, run, settings
from editor.gateway import Gateway, open_gateway
from editor.mapping.set_check import SetCheck
from editor.mapping_desk import MappingDesk
from editor.mapping_set import MappingSet, open_set
from engine.errors import UsageError
from engine.store.mapping_sets import ENVIRONMENTS

_out = Console()
_LOOK_EVERY = 0.1  # seconds


def impact(
    connection: Annotated[str, typer.Argument(help="The connection whose mappings they are.")],
    env: Annotated[str, typer.Option("--env", help="Compared with what runs there: test or live.")] = "live",
    records: Annotated[int, typer.Option(help="How many of the newest records of each mapping.", min=1)] = SIZES[1],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What publishing the draft would change: rules, golden tests, and values of real records. Exit code 1 when a
    mapping has errors or a test fails."""
    check = run(_impact(connection, known_environment(env), records, workspace))
    if as_json:
        typer.echo(json.dumps(as_dict(check), indent=2, default=str))
    else:
        _show(check)
    raise typer.Exit(1 if check.problem or check.errors or check.failing else 0)


def known_environment(environment: str) -> str:
    """Raises UsageError for any other."""
    if environment not in ENVIRONMENTS:
        raise UsageError(f"--env is {' or '.join(ENVIRONMENTS)}, not {environment!r}")
    return environment


async def _impact(connection: str, env: str, records: int, workspace: str | None) -> SetCheck:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        opened = await open_set(gateway, place.id, connection)
        return await checked(gateway, place.id, opened, opened.draft, env, records)


async def checked(
    gateway: Gateway, workspace: int, opened: MappingSet, files: Mapping[str, str], env: str, records: int = SIZES[1]
) -> SetCheck:
    """What it would do if `files` ran in the environment, once all of it is known."""
    desk = CheckDesk()
    check = await desk.check(gateway, MappingDesk(), workspace, opened, files, env, size=records)
    while not check.ended:  # noqa: ASYNC110  (the desk is made for pages that look again)
        await asyncio.sleep(_LOOK_EVERY)
    return check


def _show(check: SetCheck) -> None:
    if check.problem:
        _out.print(f"The comparison did not end: {check.problem}", markup=False)
    if not check.changed:
        _out.print(f"Every rule is as it runs in {check.environment}.")
    for each in check.changed:
        summary = each.impact.summary if each.impact else each.note or each.kind
        _out.print(f"{each.stem}: {summary}", markup=False, highlight=False)
        for field in each.impact.fields if each.impact else ():
            _out.print(f"  {field.field}: {field.words}", markup=False, highlight=False)
            for example in field.examples[:3]:
                _out.print(f"    {example.key}: {example.words}", markup=False, highlight=False)
        for outcome in each.impact.outcomes if each.impact else ():
            _out.print(f"  {outcome.count:,} {outcome.before} → {outcome.after}", markup=False, highlight=False)
    _out.print(f"{check.errors} errors, {check.failing} of {check.tests} golden tests fail", highlight=False)


def as_dict(check: SetCheck) -> dict[str, Any]:
    return {
        "environment": check.environment,
        "running": check.before,
        "rules": check.rules,
        "errors": check.errors,
        "tests": check.tests,
        "failing": check.failing,
        "records": check.records,
        "affected": check.affected,
        "over_limit": check.over,
        "problem": check.problem or None,
        "mappings": [
            {
                "mapping": each.stem,
                "affected": each.affected,
                "fields": {field.field: dict(field.counts) for field in each.impact.fields} if each.impact else {},
            }
            for each in check.changed
        ],
    }
