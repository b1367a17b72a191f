"""`codi user add`, `codi key create`, `codi db upgrade`, `codi prune`."""

from __future__ import annotations

import json
import secrets
from typing import Annotated

import typer

from editor.cli.runtime import WHO, JsonOption, WorkspaceOption, run, settings
from editor.gateway import open_gateway
from editor.pages.keys import PREFIX, SCOPES
from editor.passwords import MIN_LENGTH, hash_password, new_token, token_hash
from engine.errors import UsageError
from engine.store import retention
from engine.store.people import People
from engine.store.reseal import reseal as renew_secrets
from engine.store.workspaces import Workspaces

ROLES = ("owner", "admin", "consultant", "operator", "viewer")

user_app = typer.Typer(no_args_is_help=True, add_completion=False)
key_app = typer.Typer(no_args_is_help=True, add_completion=False)
db_app = typer.Typer(no_args_is_help=True, add_completion=False)


# A group with one command stays a group only when it has a callback.
@user_app.callback()
def users() -> None:
    """People who sign in."""


@key_app.callback()
def keys() -> None:
    """Keys for scripts that use the API."""


@db_app.callback()
def database() -> None:
    """The database."""


@user_app.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address; what they sign in with.")],
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "owner",
    workspace: Annotated[str, typer.Option(help="Workspace; made when it is not there.")] = "main",
) -> None:
    """Add a person to a workspace. Asks for a password, or makes one and prints it."""
    if role not in ROLES:
        raise UsageError(f"--role is one of {', '.join(ROLES)}, not {role!r}")
    made = secrets.token_urlsafe(12)
    password = typer.prompt("Password", default=made, hide_input=True, show_default=False, confirmation_prompt=False)
    if len(password) < MIN_LENGTH:
        raise UsageError(f"a password has at least {MIN_LENGTH} characters")
    run(_add_user(email, name or email.split("@")[0], role, workspace, password))
    typer.echo(f"{email} is {role} of {workspace}" + (f"; password: {made}" if password == made else ""))


@key_app.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    workspace: WorkspaceOption = None,
    scope: Annotated[str, typer.Option(help="What it may do: read, or write (and read).")] = "read",
) -> None:
    """Make an API key and print it, once."""
    if scope not in SCOPES:
        raise UsageError(f"--scope is one of {', '.join(SCOPES)}, not {scope!r}")
    typer.echo(run(_create_key(name, workspace, SCOPES[scope])))


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this version. `codi serve` does so by itself."""
    run(_upgrade())
    typer.echo("the database is up to date")


@db_app.command("reseal")
def reseal() -> None:
    """Seal every secret anew with the first key of CODI_SECRET_KEY, so that the later ones can go."""
    typer.echo(f"{run(_reseal())} secrets sealed anew")


async def _reseal() -> int:
    async with open_gateway(settings()) as gateway:
        return await renew_secrets(gateway.database, gateway.seal)


def prune(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Take away what is past its retention: bodies first; hashes, links and counts stay."""
    pruned = run(_prune(workspace))
    if as_json:
        typer.echo(json.dumps(pruned, indent=2))
        return
    for name, counts in pruned.items():
        typer.echo(f"{name}: " + ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in counts.items()))


async def _prune(workspace: str | None) -> dict[str, dict[str, int]]:
    async with open_gateway(settings()) as gateway:
        every = Workspaces(gateway.database)
        places = [await every.get(workspace)] if workspace else await every.all()
        return {place.name: (await retention.prune(gateway.database, place.id)).as_dict() for place in places}


async def _add_user(email: str, name: str, role: str, workspace: str, password: str) -> None:
    async with open_gateway(settings()) as gateway:
        place = await Workspaces(gateway.database).ensure(workspace, workspace.title())
        people = People(gateway.database)
        member = await people.add_member(place.id, email, name, role)
        if member is None:
            raise UsageError(f"{email} is in {workspace} already")
        await people.set_password(member.id, await hash_password(password))


async def _create_key(name: str, workspace: str | None, scopes: tuple[str, ...]) -> str:
    async with open_gateway(settings()) as gateway:
        place = await gateway.workspace(workspace)
        key = PREFIX + new_token()
        await People(gateway.database).add_key(
            place.id, name=name, start=key[:9], key_hash=token_hash(key), scopes=scopes, by=WHO
        )
        return key


async def _upgrade() -> None:
    async with open_gateway(settings()):
        pass
