"""Who is asking, in which workspace, and what they may do there.

A session is a row in the database, found by the hash of the token in the cookie. The middleware reads the session, the
person and their role in the workspace of the URL at once; guards then compare roles. A workspace one does not belong to
does not exist: 404.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, NotFoundException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.middleware import AbstractAuthenticationMiddleware, AuthenticationResult

from editor.passwords import new_token, token_hash
from editor.services import services
from engine.store.people import People, Person, Place

COOKIE = "codi_session"
IDLE = timedelta(hours=12)  # a session not used for so long ends
LONGEST = timedelta(days=14)  # and so does any session at last

ROLES = ("viewer", "operator", "consultant", "admin", "owner")  # each may do what those before it may
ROLE_WORDS = {
    "viewer": "sees everything, changes nothing",
    "operator": "runs syncs and replays records",
    "consultant": "edits mappings, lookups, connections and syncs, and publishes",
    "admin": "also people, API keys and settings",
    "owner": "also other owners",
}

PUBLIC = {"public": True}  # `opt` of a handler that needs nobody signed in


@dataclass(frozen=True, kw_only=True)
class Access:
    """Attached to every request by somebody signed in."""

    person: Person
    session: bytes  # hash of its token
    places: tuple[Place, ...]  # the workspaces they belong to
    place: Place | None  # the one of this URL

    @property
    def workspace(self) -> int:
        """Number of the workspace of this URL. Only for pages inside one."""
        assert self.place is not None
        return self.place.id

    @property
    def here(self) -> str:
        """The URL of the workspace, without a slash at the end."""
        return f"/w/{self.place.name}" if self.place else ""

    @property
    def role(self) -> str:
        return self.place.role if self.place else ROLES[0]

    def may(self, role: str) -> bool:
        return self.place is not None and rank(self.role) >= rank(role)


def rank(role: str) -> int:
    return ROLES.index(role)


def needs(role: str) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """A guard: only people with this role, or a higher one, in the workspace of the URL."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        if not connection.auth.may(role):
            raise PermissionDeniedException(f"This needs the role {role} or higher in this workspace; ask an admin.")

    return guard


class SessionMiddleware(AbstractAuthenticationMiddleware):
    """Finds the session of the cookie. 401 without one, 404 for a workspace that is not theirs."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        token = connection.cookies.get(COOKIE, "")
        found = await services(connection).people.signed_in(token_hash(token), IDLE) if token else None
        if found is None:
            raise NotAuthorizedException("Please sign in.")
        person, places = found
        name = connection.path_params.get("workspace")
        place = next((place for place in places if place.name == name), None)
        if name is not None and place is None:
            raise NotFoundException("There is no such page.")
        access = Access(person=person, session=token_hash(token), places=places, place=place)
        return AuthenticationResult(user=person, auth=access)


async def begin_session(people: People, person_id: int, agent: str, secure: bool) -> Cookie:
    """A new session with a new token: nothing the browser sent before lives on."""
    token = new_token()
    await people.begin_session(token_hash(token), person_id, datetime.now(UTC) + LONGEST, agent[:200])
    return session_cookie(token, secure, int(LONGEST.total_seconds()))


def session_cookie(token: str, secure: bool, age: int) -> Cookie:
    return Cookie(key=COOKIE, value=token, path="/", httponly=True, secure=secure, samesite="lax", max_age=age)
