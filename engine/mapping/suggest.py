"""Which source fields could fill a target field, ranked, each with a confidence and the reasons in words.

Names weigh most, sample values confirm or contradict, types decide what has to be converted. Nothing is random and
nothing is learned: the same document and samples always give the same suggestions, and each says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.mapping.difference import join_path
from engine.mapping.names import alike, meaning_shape
from engine.mapping.shapes import LIKE, TELLING, share

LEAST: Final = 0.35  # below this a suggestion costs more attention than it saves
SAMPLES: Final = 20  # values looked at for each source field
MOST_FIELDS: Final = 5000  # source fields looked at in one payload
SHAPE_OF_TYPE: Final[Mapping[str, str]] = {
    "decimal": "decimal",
    "number": "decimal",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "list": "list",
    "object": "object",
    "string": "string",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceField:
    """One field that the samples have."""

    path: str  # as an expression: `billing.email`, `variants.sku`
    values: tuple[Any, ...]  # what the samples have there, at most SAMPLES
    in_list: bool = False  # the path goes through a list, so it gives many values


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetField:
    """One field to fill."""

    path: str  # `images[].src`, `dimensions.length`
    type: str | None = None  # a type of format 1; None: any
    entity: str = ""  # what the field belongs to, which tells `code` of a customer from `code` of a category


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One source field for one target field."""

    target: str
    source: str  # path of the source field
    rule: Mapping[str, Any]  # ready to put into the document
    confidence: float  # 0 to 1, two places
    reasons: tuple[str, ...]  # "same name", "values look like e-mail addresses"
    example: Any = None  # the first value of the source field

    @property
    def words(self) -> str:
        return f"{self.confidence:.0%}: {'; '.join(self.reasons)}"


def source_fields(payloads: Iterable[Any]) -> tuple[SourceField, ...]:
    """Every field of the samples with its values, in the order of first sight; objects and lists count too."""
    found: dict[str, list[Any]] = {}
    lists: set[str] = set()
    for payload in payloads:
        _collect(payload, "", False, found, lists)
    return tuple(SourceField(path=path, values=tuple(values), in_list=path in lists) for path, values in found.items())


def _collect(value: Any, path: str, in_list: bool, found: dict[str, list[Any]], lists: set[str]) -> None:
    if path:
        if path not in found and len(found) >= MOST_FIELDS:
            return
        values = found.setdefault(path, [])
        if len(values) < SAMPLES:
            values.append(value)
        if in_list:
            lists.add(path)
    if isinstance(value, Mapping):
        for key, entry in value.items():
            _collect(entry, join_path(path, key), in_list, found, lists)
    elif isinstance(value, list):
        for entry in value[:SAMPLES]:
            if isinstance(entry, Mapping):
                for key, inner in entry.items():
                    _collect(inner, join_path(path, key), True, found, lists)


def suggest(target: TargetField, sources: Sequence[SourceField], *, limit: int = 3) -> tuple[Suggestion, ...]:
    """The best source fields for `target`, best first; none where nothing fits. Equals keep the order of `sources`."""
    rated = [suggestion for source in sources if (suggestion := _rate(target, source)) is not None]
    return tuple(sorted(rated, key=lambda suggestion: -suggestion.confidence)[:limit])


def suggest_all(
    targets: Sequence[TargetField], sources: Sequence[SourceField], *, limit: int = 3
) -> dict[str, tuple[Suggestion, ...]]:
    """Suggestions for many targets at once. A source field that fits one target clearly better counts less for the
    others, so that accepting all of them does not map one field everywhere."""
    rated = {target.path: suggest(target, sources, limit=limit + 3) for target in targets}
    best: dict[str, float] = {}
    for found in rated.values():
        for suggestion in found:
            best[suggestion.source] = max(best.get(suggestion.source, 0.0), suggestion.confidence)
    shared = {path: tuple(_yielding(one, best[one.source]) for one in found) for path, found in rated.items()}
    return {
        path: tuple(sorted((one for one in found if one.confidence >= LEAST), key=lambda one: -one.confidence)[:limit])
        for path, found in shared.items()
    }


def _yielding(suggestion: Suggestion, best: float) -> Suggestion:
    if suggestion.confidence >= best - 0.1:
        return suggestion
    reasons = (*suggestion.reasons, "fits another field better")
    return replace(suggestion, confidence=round(suggestion.confidence * 0.7, 2), reasons=reasons)


def _rate(target: TargetField, source: SourceField) -> Suggestion | None:
    path = target.path.replace("[]", "")
    name = alike(source.path, path)
    if target.entity:
        name = max(name, alike(source.path, f"{target.entity}.{path}"), key=lambda found: found.score)
    reasons = [name.reason] if name.reason else []
    score = 0.85 * name.score
    wants_list = target.type == "list"
    holds_list = any(isinstance(value, list) for value in source.values)
    if wants_list and not (source.in_list or holds_list):
        score *= 0.4
        reasons.append("not a list")
    shape = None if wants_list else meaning_shape(path) or SHAPE_OF_TYPE.get(target.type or "")
    score, said = _by_values(score, shape, source.values)
    reasons += said
    if not wants_list and (source.in_list or holds_list):
        score *= 0.75
        reasons.append("first of a list")
    confidence = round(min(score, 1.0), 2)
    if confidence < LEAST or not reasons:
        return None
    example = next((value for value in source.values if value is not None and value != ""), None)
    rule = _rule(target, source, holds_list)
    return Suggestion(
        target=target.path,
        source=source.path,
        rule=rule,
        confidence=confidence,
        reasons=tuple(reasons),
        example=example,
    )


def _by_values(score: float, shape: str | None, values: tuple[Any, ...]) -> tuple[float, list[str]]:
    """The score after looking at the sample values, and what they say."""
    if shape is None:
        return score / 0.85, []  # nothing to confirm: the name alone decides
    fits = share(shape, values)
    if fits is None:
        return score, ["no sample has a value"]
    if shape == "string":
        containers = share("object", values) or share("list", values)
        return (score * 0.4, ["values are not text"]) if containers else (score / 0.85, [])
    if fits >= 0.8:
        alone = 0.6 if shape in TELLING else 0.0
        return max(score + 0.15, alone), [f"values look like {LIKE[shape]}"]
    if fits > 0:
        wrong = round((1 - fits) * 100)
        return score * (0.6 + 0.4 * fits), [f"{wrong}% of the values are not {LIKE[shape]}"]
    return score * (0.55 if shape in TELLING else 0.4), [f"values are not {LIKE[shape]}"]


def _rule(target: TargetField, source: SourceField, holds_list: bool) -> dict[str, Any]:
    path = source.path
    if target.type != "list" and (source.in_list or holds_list):
        path = f"{path}[0]" if not source.in_list else f"({path})[0]"
    elif target.type == "list" and source.in_list:
        path = f"{path}[]"
    rule: dict[str, Any] = {"expr": path}
    wanted = SHAPE_OF_TYPE.get(target.type or "")
    if target.type in ("decimal", "number", "integer") and wanted and not _already(source.values):
        rule["type"] = target.type
    return rule


def _already(values: tuple[Any, ...]) -> bool:
    """Whether all values are numbers as they are, so that nothing has to be converted."""
    present = [value for value in values if value is not None]
    return bool(present) and not any(isinstance(value, str) for value in present)
