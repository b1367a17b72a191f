"""Passwords, one-time tokens and one-time codes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
import struct
import time

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10  # characters; length is what counts, so nothing is said about signs and figures

_HASHER = PasswordHasher()
_AT_ONCE = asyncio.Semaphore(2)  # a hash takes 64 MiB for a tenth of a second: a flood must not take the machine
# Checked where the e-mail is unknown, so that both answers take the same time.
_NOBODY = _HASHER.hash(secrets.token_hex(16))


async def hash_password(password: str) -> str:
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def password_fits(kept: str | None, password: str) -> bool:
    async with _AT_ONCE:
        return await asyncio.to_thread(_fits, kept or _NOBODY, password) and kept is not None


def _fits(kept: str, password: str) -> bool:
    try:
        return _HASHER.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """For sessions, links and API keys: 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What the database keeps of a token: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).digest()


def new_totp_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def totp_step(secret: str, code: str, now: float | None = None) -> int | None:
    """The 30-second step whose code (RFC 6238, SHA-1, six digits) this is, one step early or late allowed; else None.

    The caller keeps the step and refuses it a second time.
    """
    current = int((time.time() if now is None else now) // 30)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(_code(secret, step).encode(), code.strip().replace(" ", "").encode()):
            return step
    return None


def _code(secret: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
