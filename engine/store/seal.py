"""Seals secrets before they are stored (Fernet: AES-128-CBC with HMAC-SHA-256). Several keys allow rotation: the first
seals, all of them open."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.errors import UsageError


class Seal:
    """Seals and opens bytes with the keys of the settings, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise UsageError("there is no key to seal secrets with: set CODI_SECRET_KEY")
        self._fernet = MultiFernet([Fernet(_derived(key)) for key in keys])

    def seal(self, secret: bytes) -> bytes:
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Raises UsageError when none of the keys made it."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise UsageError(
                "a stored secret cannot be opened with the keys in CODI_SECRET_KEY: put the earlier key back behind "
                "the new one, or enter the secret again"
            ) from None

    def renew(self, sealed: bytes) -> bytes:
        """The same secret under the newest key. Raises UsageError as `open`."""
        return self.seal(self.open(sealed))


def _derived(key: str) -> bytes:
    """Any text makes a key of the length Fernet wants; the text itself must be hard to guess."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"codi.seal:" + key.encode()).digest())
