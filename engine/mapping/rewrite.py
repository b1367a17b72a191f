"""Mapping documents back to YAML: comments, quotes and order of everything that stays are kept.

Reading is safe and strict (yaml.py); writing goes through ruamel.yaml's round-trip tree, which remembers how the text
looked. New values get the house style: small objects on one line, text plain only where nothing in it has a meaning.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, SingleQuotedScalarString

from engine.mapping.yaml import read_text, scalar

_PLAIN: Final = re.compile(r"[A-Za-z_$(][\w .$()/<>=&+*-]*(?<! )", re.ASCII)
_OLD_WORDS: Final = frozenset(("yes", "no", "on", "off", "y", "n"))  # booleans to older readers


def _writer() -> YAML:
    writer = YAML(typ="rt")
    writer.width = 120
    writer.preserve_quotes = True
    writer.indent(mapping=2, sequence=4, offset=2)
    return writer


def write_text(data: Mapping[str, Any]) -> str:
    """Plain data → YAML in the house style: one rule per line where it fits."""
    tree = CommentedMap()
    for key, value in data.items():
        tree[_quoted(key)] = _styled(value, 1)
    return _dumped(tree)


def rewrite_text(text: str, data: Mapping[str, Any]) -> str:
    """`text` changed so that it says `data`; comments, quotes and the order of everything that stays are kept.

    Text that says `data` already comes back byte for byte. Raises MappingError where `text` cannot be read."""
    if _spelled(read_text(text).data) == _spelled(data):
        return text
    try:
        tree = _writer().load(text)
    except YAMLError:
        return write_text(data)  # JSON that only the JSON reader takes: it has no comments to keep
    _merge(tree, data)
    return _dumped(tree)


def _spelled(data: Any) -> str:
    return json.dumps(data, default=str)  # as a text, because order counts too


def _dumped(tree: Any) -> str:
    stream = io.StringIO()
    _writer().dump(tree, stream)
    return stream.getvalue()


def _merge(tree: CommentedMap, data: Mapping[str, Any]) -> None:
    """Make the round-trip tree say `data`, touching only what differs. Its keys may be numbers, ours are text."""
    names = {_key_text(key): key for key in tree}
    for name, key in names.items():
        if name not in data:
            del tree[key]
    for position, (name, value) in enumerate(data.items()):
        if name not in names:
            tree.insert(position, _quoted(name), _styled(value, 2))
            continue
        old = tree[names[name]]
        if isinstance(old, CommentedMap) and isinstance(value, Mapping):
            _merge(old, value)
        elif _plain(old) != value or type(_plain(old)) is not type(value):
            tree[names[name]] = _styled(value, 2)
    if [_key_text(key) for key in tree] != list(data):
        for key in data:
            tree.move_to_end(names.get(key, key))


def _key_text(key: Any) -> str:
    return (
        key
        if isinstance(key, str)
        else "null"
        if key is None
        else str(key).lower()
        if key is True or key is False
        else str(key)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_key_text(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    for kind in (bool, str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _styled(value: Any, depth: int) -> Any:
    """Objects of two or more levels as blocks, small ones on one line."""
    if isinstance(value, Mapping):
        styled = CommentedMap({_quoted(key): _styled(entry, depth + 1) for key, entry in value.items()})
        if depth > 1 and len(json.dumps(_plain(value), default=str)) <= 90:
            styled.fa.set_flow_style()
        return styled
    if isinstance(value, list | tuple):
        items = CommentedSeq([_styled(entry, depth + 1) for entry in value])
        if not any(isinstance(entry, Mapping) for entry in value):
            items.fa.set_flow_style()
        return items
    return _quoted(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    """Text that any YAML reader takes for the same text: plain only where nothing in it has a meaning."""
    if _PLAIN.fullmatch(text) and scalar(text) == text and text.lower() not in _OLD_WORDS:
        return text
    lines = text.split("\n")
    block = len(lines) > 1 and lines[0].strip() and not lines[0].startswith(" ")
    quoted: str
    if block and all(line.isprintable() and line == line.rstrip() for line in lines):
        quoted = LiteralScalarString(text)
    else:
        quoted = SingleQuotedScalarString(text) if text.isprintable() else DoubleQuotedScalarString(text)
    return quoted
