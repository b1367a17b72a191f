"""The demo's owner and their one-time sign-in link."""

from __future__ import annotations

from datetime import timedelta

from editor.gateway import Gateway
from editor.passwords import new_token, token_hash
from engine.store.people import People
from engine.store.schema import now
from engine.store.workspaces import Workspace

OWNER = "owner@codi.example"
LASTS = timedelta(days=1)


async def sign_in_path(gateway: Gateway, workspace: Workspace) -> str:
    """The path of a new link that signs the demo's owner in, once."""
    people = People(gateway.database)
    owner = await people.add_owner(workspace.id, OWNER, "Demo Owner")
    token = new_token()
    await people.make_link(token_hash(token), owner.id, now() + LASTS)
    return f"/link/{token}"
