"""Base64 and URL encoding."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from engine.expressions.functions.function import Function, function
from engine.expressions.messages import fault
from engine.expressions.values import UNDEFINED

_KEPT_IN_COMPONENT: Final = "-_.!~*'()"
_KEPT_IN_URL: Final = _KEPT_IN_COMPONENT + ";/?:@&=+$,#"
_RESERVED: Final = frozenset(";/?:@&=+$,#")
_ESCAPES = re.compile("(?:%[0-9A-Fa-f]{2})+|%")
_NOT_BASE64 = re.compile("[^A-Za-z0-9+/]+")


def base64_encode(text: Any) -> Any:
    """The base64 of a text of characters up to U+00FF, one byte each, as JSONata has it. Raises D3140 for others."""
    if text is UNDEFINED:
        return UNDEFINED
    try:
        return b64encode(text.encode("latin-1")).decode()
    except UnicodeEncodeError:
        raise fault("D3140", token="base64encode", value=text) from None


def base64_decode(text: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    letters = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return b64decode(letters + "=" * (-len(letters) % 4)).decode("latin-1")


def encode_url_component(text: Any) -> Any:
    return text if text is UNDEFINED else _encode(text, _KEPT_IN_COMPONENT, "encodeUrlComponent")


def encode_url(text: Any) -> Any:
    return text if text is UNDEFINED else _encode(text, _KEPT_IN_URL, "encodeUrl")


def decode_url_component(text: Any) -> Any:
    return text if text is UNDEFINED else _decode(text, frozenset(), "decodeUrlComponent")


def decode_url(text: Any) -> Any:
    return text if text is UNDEFINED else _decode(text, _RESERVED, "decodeUrl")


def _encode(text: str, kept: str, name: str) -> str:
    try:
        return quote(text, safe=kept)
    except UnicodeEncodeError:
        raise fault("D3140", token=name, value=text) from None


def _decode(text: str, reserved: frozenset[str], name: str) -> str:
    """Decode each run of escapes as UTF-8; those of reserved characters stay as they are."""

    def run(found: re.Match[str]) -> str:
        escapes = found[0]
        if len(escapes) == 1:
            raise UnicodeDecodeError("utf-8", b"%", 0, 1, "lone %")
        decoded = bytes.fromhex(escapes.replace("%", "")).decode()
        if reserved.isdisjoint(decoded):
            return decoded
        return "".join(quote(char, safe="") if char in reserved else char for char in decoded)

    try:
        return _ESCAPES.sub(run, text)
    except UnicodeDecodeError:
        raise fault("D3140", token=name, value=text) from None


_encoding = partial(function, "encoding")

FUNCTIONS: Final[tuple[Function, ...]] = (
    _encoding(
        "base64encode",
        "<s-:s>",
        base64_encode,
        "text?",
        "The base64 of a text, one byte per character; characters above U+00FF are an error.",
        ('$base64encode("key:secret")', "a2V5OnNlY3JldA=="),
    ),
    _encoding(
        "base64decode",
        "<s-:s>",
        base64_decode,
        "text?",
        "The text in a base64, one character per byte.",
        ('$base64decode("a2V5OnNlY3JldA==")', "key:secret"),
    ),
    _encoding(
        "encodeUrlComponent",
        "<s-:s>",
        encode_url_component,
        "text?",
        "The text as a part of a URL.",
        ('$encodeUrlComponent("a&b=ü")', "a%26b%3D%C3%BC"),
    ),
    _encoding(
        "encodeUrl",
        "<s-:s>",
        encode_url,
        "text?",
        "A whole URL with only those characters encoded that no URL may have.",
        ('$encodeUrl("https://shop.example/straße?q=1")', "https://shop.example/stra%C3%9Fe?q=1"),
    ),
    _encoding(
        "decodeUrlComponent",
        "<s-:s>",
        decode_url_component,
        "text?",
        "The text of a part of a URL.",
        ('$decodeUrlComponent("a%26b")', "a&b"),
    ),
    _encoding(
        "decodeUrl",
        "<s-:s>",
        decode_url,
        "text?",
        "A URL decoded, save for what separates its parts.",
        ('$decodeUrl("/stra%C3%9Fe%3Fq")', "/straße%3Fq"),
    ),
)
