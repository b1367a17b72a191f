"""Mapping documents as text: YAML or JSON in, with the place of every value and hard limits.

Reading builds plain data straight from the parser's events, so a hostile file is refused at the first event that goes
too far: nothing is expanded, nothing is constructed but dict, list, str, int, float, bool and None. Scalars follow the
core schema of YAML 1.2 (`no` is text, not false). Object keys are always text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml as libyaml  # type: ignore[import-untyped]

from engine.errors import MappingError
from engine.mapping.diagnostics import Place, diagnose

MAX_BYTES: Final = 2 * 1024 * 1024
MAX_VALUES: Final = 200_000
MAX_DEPTH: Final = 40

Path = tuple[str | int, ...]  # keys and list indexes from the top of the document

_PARSER: Final = libyaml.CSafeLoader if libyaml.__with_libyaml__ else libyaml.SafeLoader
_WORDS: Final = {"null": None, "true": True, "false": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,400}")
_BASED: Final = re.compile(r"0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_FLOW_BRACKET: Final = re.compile(r"expected ',' or '[}\]]'")


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a scalar, list or object begins; counts from 0."""

    line: int
    column: int
    style: str = ""  # "" plain, ' or " quoted, | or > a block


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """A mapping document as it was read."""

    data: Any  # plain JSON values
    text: str  # the file's own text
    file: str | None = None  # its name, for messages
    values: Mapping[Path, Mark] = field(default_factory=dict)  # where each value begins
    keys: Mapping[Path, Mark] = field(default_factory=dict)  # where each key begins, by the path of its value

    def locate(self, path: Path, offset: int | None = None, *, key: bool = False) -> tuple[int | None, int | None]:
        """Line and column, from 1, of the value at `path` (or its key), or of the nearest value around it; `offset`
        counts characters into a text value."""
        mark = self.keys.get(path) if key else None
        mark = mark or self.values.get(path)
        while mark is None and path:
            path, offset = path[:-1], None
            mark = self.keys.get(path) or self.values.get(path)
        if mark is None:
            return None, None
        if not offset:
            return mark.line + 1, mark.column + 1
        if mark.style in ("|", ">"):
            return self._in_block(mark, path, offset)
        return mark.line + 1, mark.column + 1 + offset + (1 if mark.style else 0)

    def _in_block(self, mark: Mark, path: Path, offset: int) -> tuple[int, int]:
        """A place in a `|` or `>` block, whose text starts on the line after the mark, indented."""
        before = _value_at(self.data, path)[:offset]
        line = mark.line + 1 + before.count("\n")
        lines = self.text.split("\n")
        inside = _value_at(self.data, path).split("\n")[before.count("\n")]
        indent = _leading(lines[line]) - _leading(inside) if line < len(lines) else 0
        return line + 1, indent + offset - (before.rfind("\n") + 1) + 1


def _leading(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _value_at(data: Any, path: Path) -> str:
    for step in path:
        data = data[step]
    return data if isinstance(data, str) else ""


def read_text(text: str | bytes, file: str | None = None) -> SourceText:
    """YAML or JSON text → its data with places. Raises MappingError with the one diagnostic that stopped reading."""
    if len(text) > MAX_BYTES:
        raise _stop("CODI003", f"The file has {len(text) / 1e6:.1f} MB; 2 MB is the most.", file)
    if isinstance(text, bytes):
        text = _decoded(text, file)
    try:
        return _Reader(text, file).read()
    except libyaml.YAMLError as error:
        if text.lstrip()[:1] == "{":
            try:  # JSON that YAML cannot read, such as escaped surrogate pairs
                return SourceText(data=json.loads(text, object_pairs_hook=_distinct), text=text, file=file)
            except (ValueError, RecursionError):
                pass
        raise _unreadable(error, text, file) from None


def _decoded(data: bytes, file: str | None) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n")
        raise _stop("CODI007", "The file is not UTF-8 text.", file, line=line, column=0) from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("the same key twice")
    return dict(pairs)


def _stop(
    code: str, message: str, file: str | None, *, line: int | None = None, column: int | None = None, hint: str = ""
) -> MappingError:
    """`line` and `column` count from 0, as parsers do."""
    place = Place(file=file, line=None if line is None else line + 1, column=None if column is None else column + 1)
    found = diagnose(code, message, hint=hint, place=place)
    return MappingError(found.line(), [found])


def _unreadable(error: Any, text: str, file: str | None) -> MappingError:
    if isinstance(error, libyaml.reader.ReaderError):
        return _stop(
            "CODI007", f"The file holds a character YAML does not allow ({error.reason}).", file, line=0, column=0
        )
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    ended = line >= len(lines) or (line == len(lines) - 1 and column >= len(lines[-1]))
    if ended:
        line, column = len(lines) - 1, len(lines[-1])
    problem = (error.problem or "cannot be read").strip()
    hint = ""
    if ended:
        hint = "the file ends too early"
    elif _FLOW_BRACKET.search(problem):
        hint = "inside { } put an expression that has brackets, braces or commas in quotes"
    elif "mapping values are not allowed" in problem or "could not find expected ':'" in problem:
        hint = "put text with a colon in quotes, and indent the lines of one object alike"
    elif "cannot start any token" in problem:
        hint = "put the text in quotes; indent with spaces, never with tabs"
    context = f" ({error.context.strip()})" if error.context else ""
    return _stop(
        "CODI001", f"The text cannot be read here: {problem}{context}.", file, line=line, column=column, hint=hint
    )


class _Reader:
    """Events of one YAML document → plain data, counted and placed."""

    def __init__(self, text: str, file: str | None) -> None:
        self.text = text
        self.file = file
        self.events: Iterator[Any] = libyaml.parse(text, Loader=_PARSER)
        self.values: dict[Path, Mark] = {}
        self.keys: dict[Path, Mark] = {}

    def read(self) -> SourceText:
        data: Any = None
        documents = 0
        for event in self.events:
            if event.__class__ is libyaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise self._refuse("CODI001", "A second document starts here; a file holds one mapping.", event)
            elif event.__class__ not in (libyaml.StreamStartEvent, libyaml.StreamEndEvent, libyaml.DocumentEndEvent):
                data = self._value(event, ())
        return SourceText(data=data, text=self.text, file=self.file, values=self.values, keys=self.keys)

    def _refuse(self, code: str, message: str, event: Any, hint: str = "") -> MappingError:
        mark = event.start_mark
        return _stop(code, message, self.file, line=mark.line, column=mark.column, hint=hint)

    def _value(self, event: Any, path: Path) -> Any:
        mark = event.start_mark
        self.values[path] = Mark(mark.line, mark.column, getattr(event, "style", None) or "")
        if len(self.values) > MAX_VALUES:
            raise self._refuse("CODI003", f"The file has more than {MAX_VALUES:,} values.", event)
        if len(path) > MAX_DEPTH:
            raise self._refuse("CODI004", f"Values are nested more than {MAX_DEPTH} levels deep.", event)
        if event.__class__ is libyaml.AliasEvent or event.anchor:
            name = event.anchor
            raise self._refuse(
                "CODI005", f"Anchors and aliases (&{name}, *{name}) are refused.", event, "write the value out"
            )
        if event.tag:
            raise self._refuse("CODI005", f"The tag {event.tag} is refused.", event, "leave the tag out")
        if event.__class__ is libyaml.ScalarEvent:
            return scalar(event.value) if event.style is None or event.style == "" else event.value
        return self._object(path) if event.__class__ is libyaml.MappingStartEvent else self._list(path)

    def _list(self, path: Path) -> list[Any]:
        result: list[Any] = []
        for event in self.events:
            if event.__class__ is libyaml.SequenceEndEvent:
                break
            result.append(self._value(event, (*path, len(result))))
        return result

    def _object(self, path: Path) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for event in self.events:
            if event.__class__ is libyaml.MappingEndEvent:
                break
            if event.__class__ is libyaml.AliasEvent or event.anchor:
                raise self._refuse("CODI005", "Anchors and aliases are refused.", event, "write the value out")
            if event.__class__ is not libyaml.ScalarEvent:
                raise self._refuse("CODI001", "A key must be text, not a list or an object.", event)
            key = event.value
            if key in result:
                first = self.keys[*path, key].line + 1
                raise self._refuse(
                    "CODI002", f"The key `{key}` stands here again; it was first on line {first}.", event
                )
            self.keys[*path, key] = Mark(event.start_mark.line, event.start_mark.column, event.style or "")
            result[key] = self._value(next(self.events), (*path, key))
        return result


def scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema; special floats stay text, because JSON has none."""
    if text in ("", "~"):
        return None
    if text.lower() in _WORDS and (text.islower() or text.isupper() or text.istitle()):
        return _WORDS[text.lower()]
    if text[0] in "+-.0123456789":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _FLOAT.fullmatch(text):
            number = float(text)
            return text if number in (float("inf"), float("-inf")) else number
    return text
