"""People, their workspaces and roles, sessions, one-time links and API keys.

Tokens are random; only their SHA-256 is kept. People and sessions belong to no workspace, so they are read and written
across workspaces; memberships and keys always say which one.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, desc, insert, select, update

from engine.errors import UsageError
from engine.store import audit
from engine.store.audit import AuditEntry
from engine.store.database import Database, Transaction
from engine.store.schema import now
from engine.store.scope import mine
from engine.store.tables_people import api_keys, memberships, sessions, sign_in_links, users, workspaces

SEEN_EVERY = dt.timedelta(minutes=5)  # how exactly a session's last use is kept: not every request writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: int
    email: str  # lower case
    name: str
    password_hash: str | None  # None: signs in by link only
    totp_secret: bytes | None  # sealed; None: no second factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A workspace somebody belongs to, and what they are there."""

    id: int
    name: str  # in URLs
    title: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    token_hash: bytes
    agent: str  # what the browser says it is
    began_at: dt.datetime
    seen_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    id: int
    email: str
    name: str
    role: str
    seen_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    id: int
    name: str
    start: str  # its first characters
    scopes: tuple[str, ...]
    made_by: str | None
    made_at: dt.datetime
    used_at: dt.datetime | None


class People:
    """Queries about people over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---------------------------------------------------------------- people

    async def anybody(self) -> bool:
        async with self._database.read_everywhere() as transaction:
            return await transaction.value(select(users.c.id).limit(1)) is not None

    async def by_email(self, email: str) -> Person | None:
        async with self._database.read_everywhere() as transaction:
            row = await transaction.first(select(users).where(users.c.email == email.lower(), users.c.active))
        return _person(row) if row else None

    async def set_up(self, *, workspace: str, email: str, name: str, password_hash: str | None) -> Person | None:
        """The first person, owner of a first workspace; None where somebody is there already."""
        async with self._database.write_everywhere() as transaction:
            if await transaction.value(select(users.c.id).limit(1)) is not None:
                return None
            user_id = await _add_user(transaction, email, name, password_hash)
            workspace_id = await _workspace(transaction, workspace)
            await transaction.execute(insert(memberships).values(**_membership(workspace_id, user_id, "owner")))
        return Person(id=user_id, email=email.lower(), name=name, password_hash=password_hash, totp_secret=None)

    async def add_owner(self, workspace: int, email: str, name: str) -> Person:
        """An owner of an existing workspace; the person may exist already. For `codi demo` and `codi user add`."""
        async with self._database.write_everywhere() as transaction:
            row = await transaction.first(select(users).where(users.c.email == email.lower()))
            user_id = row.id if row else await _add_user(transaction, email, name, None)
            await transaction.execute(delete(memberships).where(*_of(workspace, user_id)))
            await transaction.execute(insert(memberships).values(**_membership(workspace, user_id, "owner")))
            found = await transaction.one(select(users).where(users.c.id == user_id), "such person")
        return _person(found)

    async def set_password(self, user_id: int, password_hash: str) -> None:
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))

    async def set_totp(self, user_id: int, sealed: bytes | None) -> None:
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(update(users).where(users.c.id == user_id).values(totp_secret=sealed))

    # ---------------------------------------------------------------- sessions

    async def begin_session(self, token_hash: bytes, user_id: int, ends: dt.datetime, agent: str) -> None:
        at = now()
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(delete(sessions).where(sessions.c.expires_at < at))
            await transaction.execute(
                insert(sessions).values(
                    token_hash=token_hash,
                    user_id=user_id,
                    data=json.dumps({"agent": agent}).encode(),
                    created_at=at,
                    seen_at=at,
                    expires_at=ends,
                )
            )
            await transaction.execute(update(users).where(users.c.id == user_id).values(signed_in_at=at))

    async def signed_in(self, token_hash: bytes, idle: dt.timedelta) -> tuple[Person, tuple[Place, ...]] | None:
        """Whose session it is, and their workspaces; None where there is none, or it was not used for `idle`, or it
        is too old."""
        at = now()
        query = (
            select(users, sessions.c.seen_at)
            .join(sessions, sessions.c.user_id == users.c.id)
            .where(
                sessions.c.token_hash == token_hash,
                sessions.c.expires_at > at,
                sessions.c.seen_at > at - idle,
                users.c.active,
            )
        )
        async with self._database.read_everywhere() as transaction:
            row = await transaction.first(query)
            if row is None:
                return None
            places = await _places(transaction, row.id)
        if at - row.seen_at > SEEN_EVERY:
            async with self._database.write_everywhere() as transaction:
                seen = update(sessions).where(sessions.c.token_hash == token_hash).values(seen_at=at)
                await transaction.execute(seen)
        return _person(row), places

    async def end_session(self, token_hash: bytes) -> None:
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(delete(sessions).where(sessions.c.token_hash == token_hash))

    async def end_other_sessions(self, user_id: int, keep: bytes) -> None:
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(
                delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash != keep)
            )

    async def sessions(self, user_id: int) -> tuple[SessionInfo, ...]:
        query = (
            select(sessions)
            .where(sessions.c.user_id == user_id, sessions.c.expires_at > now())
            .order_by(desc(sessions.c.seen_at))
        )
        async with self._database.read_everywhere() as transaction:
            rows = await transaction.rows(query)
        return tuple(
            SessionInfo(
                token_hash=row.token_hash,
                agent=json.loads(row.data).get("agent", ""),
                began_at=row.created_at,
                seen_at=row.seen_at,
            )
            for row in rows
        )

    # ---------------------------------------------------------------- one-time links

    async def make_link(self, token_hash: bytes, user_id: int, ends: dt.datetime) -> None:
        async with self._database.write_everywhere() as transaction:
            await transaction.execute(
                insert(sign_in_links).values(token_hash=token_hash, user_id=user_id, expires_at=ends)
            )

    async def link_is_valid(self, token_hash: bytes) -> bool:
        async with self._database.read_everywhere() as transaction:
            return await transaction.value(select(sign_in_links.c.user_id).where(*_usable(token_hash))) is not None

    async def use_link(self, token_hash: bytes) -> Person | None:
        """Whose link it is, once; None where it is used up, too old or unknown."""
        async with self._database.write_everywhere() as transaction:
            user_id = await transaction.value(select(sign_in_links.c.user_id).where(*_usable(token_hash)))
            if user_id is None:
                return None
            used = update(sign_in_links).where(sign_in_links.c.token_hash == token_hash).values(used_at=now())
            await transaction.execute(used)
            row = await transaction.first(select(users).where(users.c.id == user_id, users.c.active))
        return _person(row) if row else None

    # ---------------------------------------------------------------- members of a workspace

    async def members(self, workspace: int) -> tuple[Member, ...]:
        async with self._database.read(workspace) as transaction:
            return tuple(_member(row) for row in await transaction.rows(_MEMBERS.order_by(users.c.name)))

    async def member(self, workspace: int, user_id: int) -> Member:
        async with self._database.read(workspace) as transaction:
            return _member(await transaction.one(_MEMBERS.where(users.c.id == user_id), "such person here"))

    async def places(self, user_id: int) -> tuple[Place, ...]:
        """The workspaces somebody belongs to, by title."""
        async with self._database.read_everywhere() as transaction:
            return await _places(transaction, user_id)

    async def add_member(self, workspace: int, email: str, name: str, role: str) -> Member | None:
        """Adds a person, who may have an account already; None where they are a member."""
        async with self._database.write_everywhere() as transaction:
            row = await transaction.first(select(users).where(users.c.email == email.lower()))
            user_id = row.id if row else await _add_user(transaction, email, name, None)
            if await transaction.first(select(memberships).where(*_of(workspace, user_id))) is not None:
                return None
            await transaction.execute(insert(memberships).values(**_membership(workspace, user_id, role)))
        return await self.member(workspace, user_id)

    async def set_role(self, workspace: int, user_id: int, role: str | None) -> None:
        """None takes the person out. The last owner stays: UsageError."""
        async with self._database.write(workspace) as transaction:
            owners = select(memberships.c.user_id).where(mine(memberships), memberships.c.role == "owner")
            if role != "owner" and [row.user_id for row in await transaction.rows(owners)] == [user_id]:
                raise UsageError("The last owner stays an owner; make somebody else one first.")
            here = (mine(memberships), memberships.c.user_id == user_id)
            if role is None:
                await transaction.execute(delete(memberships).where(*here))
            else:
                await transaction.execute(update(memberships).where(*here).values(role=role))

    # ---------------------------------------------------------------- API keys

    async def keys(self, workspace: int) -> tuple[ApiKey, ...]:
        """Those in force, the newest first."""
        query = select(api_keys).where(mine(api_keys), api_keys.c.revoked_at.is_(None)).order_by(desc(api_keys.c.id))
        async with self._database.read(workspace) as transaction:
            rows = await transaction.rows(query)
        return tuple(
            ApiKey(
                id=row.id,
                name=row.name,
                start=row.start,
                scopes=tuple(row.scopes),
                made_by=row.created_by,
                made_at=row.created_at,
                used_at=row.used_at,
            )
            for row in rows
        )

    async def add_key(
        self, workspace: int, *, name: str, start: str, key_hash: bytes, scopes: tuple[str, ...], by: str
    ) -> None:
        values = {"name": name, "start": start, "key_hash": key_hash, "scopes": list(scopes), "created_by": by}
        async with self._database.write(workspace) as transaction:
            await transaction.execute(insert(api_keys), {**values, "created_at": now()})
            await audit.note(transaction, by, "key.made", name, {"scopes": list(scopes)})

    async def revoke_key(self, workspace: int, key_id: int, by: str) -> None:
        async with self._database.write(workspace) as transaction:
            one = (mine(api_keys), api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
            row = await transaction.one(select(api_keys.c.name).where(*one), "such key")
            await transaction.execute(update(api_keys).where(*one).values(revoked_at=now()))
            await audit.note(transaction, by, "key.revoked", row.name)

    # ---------------------------------------------------------------- audit

    async def note(self, workspace: int, who: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        async with self._database.write(workspace) as transaction:
            await audit.note(transaction, who, action, subject, detail)

    async def audit_entries(
        self, workspace: int, *, before: int | None, limit: int, search: str
    ) -> tuple[AuditEntry, ...]:
        async with self._database.read(workspace) as transaction:
            return await audit.entries(transaction, before=before, limit=limit, search=search)


_MEMBERS = (
    select(users.c.id, users.c.email, users.c.name, users.c.signed_in_at, memberships.c.role)
    .join(memberships, memberships.c.user_id == users.c.id)
    .where(mine(memberships))
)


def url_name(title: str) -> str:
    """`Rimu & Co` → `rimu-co`: lower-case letters, digits and dashes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "workspace"


async def _places(transaction: Transaction, user_id: int) -> tuple[Place, ...]:
    """The workspaces of a person, by title."""
    query = (
        select(workspaces.c.id, workspaces.c.name, workspaces.c.title, memberships.c.role)
        .join(memberships, memberships.c.workspace_id == workspaces.c.id)
        .where(memberships.c.user_id == user_id)
        .order_by(workspaces.c.title)
    )
    rows = await transaction.rows(query)
    return tuple(Place(id=row.id, name=row.name, title=row.title, role=row.role) for row in rows)


async def _workspace(transaction: Transaction, title: str) -> int:
    """A workspace with this title: one there without members (made on the command line), or a new one."""
    row = await transaction.first(select(workspaces.c.id).where(workspaces.c.name == url_name(title)))
    if row is not None:
        return int(row.id)
    values = {"name": url_name(title), "title": title, "created_at": now()}
    result = await transaction.execute(insert(workspaces).values(**values, settings={}))
    return int(result.inserted_primary_key[0])


async def _add_user(transaction: Transaction, email: str, name: str, password_hash: str | None) -> int:
    values = {"email": email.lower(), "name": name, "password_hash": password_hash, "created_at": now()}
    result = await transaction.execute(insert(users).values(**values, active=True))
    return int(result.inserted_primary_key[0])


def _membership(workspace: int, user_id: int, role: str) -> dict[str, Any]:
    return {"workspace_id": workspace, "user_id": user_id, "role": role, "created_at": now()}


def _of(workspace: int, user_id: int) -> tuple[Any, ...]:
    return memberships.c.workspace_id == workspace, memberships.c.user_id == user_id


def _usable(token_hash: bytes) -> tuple[Any, ...]:
    links = sign_in_links.c
    return links.token_hash == token_hash, links.used_at.is_(None), links.expires_at > now()


def _person(row: Any) -> Person:
    return Person(
        id=row.id, email=row.email, name=row.name, password_hash=row.password_hash, totp_secret=row.totp_secret
    )


def _member(row: Any) -> Member:
    return Member(id=row.id, email=row.email, name=row.name, role=row.role, seen_at=row.signed_in_at)
