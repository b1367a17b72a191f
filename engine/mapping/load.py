"""Text or data → the model, with every finding placed; for drafts, as much of the document as makes sense."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import ValidationError

from engine.errors import MappingError
from engine.mapping.canonical import as_data
from engine.mapping.diagnostics import Diagnostic, Place, diagnose
from engine.mapping.document import (
    KINDS,
    Case,
    CasesRule,
    Document,
    EachRule,
    ExprRule,
    ObjectRule,
    Side,
    ValueRule,
)
from engine.mapping.yaml import Path, SourceText, read_text

DocumentLike = Document | Mapping[str, Any] | str | bytes | SourceText

_RULE_KEYS: Final = sorted(
    {name for model in (ExprRule, ValueRule, CasesRule, EachRule, ObjectRule) for name in model.model_fields}
    | set(KINDS)
)
_DOCUMENT_KEYS: Final = [info.alias or name for name, info in Document.model_fields.items()]


def as_source(document: DocumentLike, file: str | None = None) -> SourceText:
    """The document as data with places. Raises MappingError where text cannot be read."""
    if isinstance(document, SourceText):
        return document
    if isinstance(document, str | bytes):
        return read_text(document, file)
    if isinstance(document, Document):
        return SourceText(data=as_data(document), text="", file=file)
    return SourceText(data=document, text="", file=file)


def place_of(
    source: SourceText,
    path: Path,
    *,
    start: int | None = None,
    end: int | None = None,
    key: bool = False,
    field: str = "",
    part: str = "",
) -> Place:
    """The place of a value (or of its key), and of a range inside it where it is an expression's text."""
    line, column = source.locate(path, start, key=key)
    return Place(field=field, part=part, start=start, end=end, file=source.file, line=line, column=column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A document that fits the model, with what was wrong on the way."""

    document: Document
    broken: Mapping[str, Diagnostic]  # top-level rule (as written) → why it was left out of `document`
    diagnostics: tuple[Diagnostic, ...]


def load(source: SourceText) -> Loaded:
    """Fit data to the model. What does not fit is left out and named; the rest stays usable."""
    if not isinstance(source.data, Mapping):
        found = diagnose("CODI006", "The document is not an object with keys.", place=place_of(source, ()))
        raise MappingError(found.line(), [found])
    try:
        return Loaded(document=Document.model_validate(source.data), broken={}, diagnostics=())
    except ValidationError as error:
        return _salvage(source, error)


def _salvage(source: SourceText, error: ValidationError) -> Loaded:
    data = {key: value for key, value in source.data.items() if key in _DOCUMENT_KEYS}
    fields = data.get("fields")
    data["fields"] = dict(fields) if isinstance(fields, Mapping) else {}
    broken: dict[str, Diagnostic] = {}
    found: dict[Path, Diagnostic] = {}
    for problem in error.errors():
        path = _own_path(source.data, problem["loc"])
        diagnostic = _finding(source, path, problem)
        if found.setdefault(path, diagnostic) is not diagnostic:
            continue  # the alternatives of a union complain about one place together
        if len(path) > 1 and path[0] == "fields":
            data["fields"].pop(path[1], None)
            broken.setdefault(str(path[1]), diagnostic)
        elif path and path[0] != "fields":
            data.pop(str(path[0]), None)
    data = {"format": 1, "mapping": "draft/draft.out"} | data
    return Loaded(document=Document.model_validate(data), broken=broken, diagnostics=tuple(found.values()))


def _own_path(data: Any, location: Sequence[str | int]) -> Path:
    """pydantic's location without the names of union members it puts between our own keys."""
    path: list[str | int] = []
    for position, step in enumerate(location):
        last = position == len(location) - 1
        if isinstance(data, Mapping) and isinstance(step, str):
            if step in data:
                # a tag such as "each" may also be a key: it is ours only if what follows fits
                follows = location[position + 1] if not last else None
                if follows in data and not _fits(data[step], follows):
                    continue
                data = data[step]
                path.append(step)
            elif last and step not in _TAGS:
                path.append(step)
        elif isinstance(data, list | tuple) and isinstance(step, int) and step < len(data):
            data = data[step]
            path.append(step)
    return tuple(path)


_TAGS: Final = frozenset((*KINDS, "text", "str", "int", "float", "bool", "none", "function-after"))


def _fits(data: Any, step: str | int | None) -> bool:
    if isinstance(step, int):
        return isinstance(data, list | tuple)
    return isinstance(data, Mapping) and step in data


def _finding(source: SourceText, path: Path, problem: Any) -> Diagnostic:
    kind, key = problem["type"], str(path[-1]) if path else ""
    field = str(path[1]) if len(path) > 1 and path[0] == "fields" else ""
    value = _at(source.data, path)
    place = place_of(source, path, field=field, key=kind in ("extra_forbidden", "rule_kind"))
    if kind == "extra_forbidden":
        near = _near(key, _known_keys(path))
        return diagnose("CODI101", f"The key `{key}` is not part of format 1 here.", hint=near, place=place)
    if kind == "missing":
        return diagnose("CODI102", f"The key `{key}` is missing.", place=place)
    if kind == "rule_kind":
        return _rule_kind(value, key, place)
    return diagnose("CODI103", _wrong_value(path, value, problem), hint=_value_hint(key), place=place)


def _rule_kind(value: Any, key: str, place: Place) -> Diagnostic:
    words = ", ".join(f"`{kind}`" for kind in KINDS[:-1]) + " or `fields`"
    if not isinstance(value, Mapping):
        message = f"The rule of {key} is neither text nor an object."
        return diagnose("CODI103", message, hint=f"write an expression, or an object with {words}", place=place)
    kinds = [f"`{kind}`" for kind in KINDS if kind in value]
    if kinds:
        return diagnose("CODI104", f"The rule says {' and '.join(kinds)}; a rule has one of them.", place=place)
    unknown = next((name for name in value if name not in _RULE_KEYS), None)
    near = _near(unknown, list(KINDS)) if unknown else ""
    hint = near or f"say one of {words}"
    return diagnose("CODI104", "The rule does not say where its value comes from.", hint=hint, place=place)


def _wrong_value(path: Path, value: Any, problem: Any) -> str:
    key = path[-1] if path else "document"
    kind = problem["type"]
    if kind == "literal_error":
        return f"`{key}` is {value!r}; it may be {problem['ctx']['expected']}."
    if kind == "string_pattern_mismatch" and key in ("mapping", "extend"):
        return f"`{key}` is {value!r}; it must read connector/entity.in or connector/entity.out, in small letters."
    wanted = {
        "string_type": "text",
        "string_too_short": "text that is not empty",
        "string_pattern_mismatch": "a name of letters, digits and _",
        "bool_type": "true or false",
        "dict_type": "an object",
        "model_type": "an object",
        "tuple_type": "a list",
        "too_short": "a list that is not empty",
    }.get(kind)
    if "lookups" in path[:1] and len(path) > 2:
        wanted = "text, a number, true, false or null"
    return f"`{key}` must be {wanted}." if wanted else f"`{key}`: {problem['msg']}."


def _value_hint(key: str) -> str:
    if key in ("expr", "jmespath", "when", "each", "template", "skip_when"):
        return "put the expression in quotes, if it is one"
    return ""


def _at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _known_keys(path: Path) -> list[str]:
    if len(path) == 1:
        return _DOCUMENT_KEYS
    if path[0] in ("from", "to"):
        return list(Side.model_fields)
    if "cases" in path and isinstance(path[-2], int):
        return list(Case.model_fields)
    return _RULE_KEYS


def _near(word: str, words: Sequence[str]) -> str:
    close = difflib.get_close_matches(word.lower(), words, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else f"known here: {', '.join(words)}" if len(words) < 8 else ""


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """ "did you mean `price`?", or "" where nothing is near."""
    close = difflib.get_close_matches(word, words, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else ""


def in_base(diagnostic: Diagnostic, name: str) -> Diagnostic:
    """A finding in a base mapping, placed by that mapping's name."""
    return replace(diagnostic, place=replace(diagnostic.place, file=name, line=None, column=None))
