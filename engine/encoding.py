"""JSON in and out, with exact numbers.

Numbers with a point become Decimal and leave again with the same digits. The canonical form (sorted keys, no spaces)
is what CODI hashes, stores and pushes: a document is encoded once and the same bytes serve all three.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_canonical = msgspec.json.Encoder(order="deterministic", decimal_format="number")
_plain = msgspec.json.Encoder(decimal_format="number")


def decode(data: bytes | str) -> Any:
    """JSON text to a value. Raises msgspec.DecodeError (a ValueError) with the byte position."""
    return _decoder.decode(data)


def encode(value: Any) -> bytes:
    """A value to JSON text, keys in the order given."""
    return _plain.encode(value)


def canonical(value: Any) -> bytes:
    """A value to JSON text that is the same for equal values."""
    return _canonical.encode(value)


def digest(data: bytes) -> bytes:
    """SHA-256 of the bytes, 32 bytes."""
    return hashlib.sha256(data).digest()
