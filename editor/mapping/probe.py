"""What expressions give where a rule stands, for the chosen sample: the engine itself is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from editor.mapping.condition_form import Boxes, truth_of
from editor.mapping.edits import list_around, with_rule
from editor.mapping.opened import Opened, one_rule
from editor.words import MISSING, plural
from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.diff import LISTS
from engine.mapping.outcomes import FieldPreview

SHARED = ("format", "mapping", "from", "to", "language", "let")  # of a document, what expressions depend on


@dataclass(frozen=True, kw_only=True)
class Now:
    """What a condition is for the chosen sample, in words."""

    text: str
    tone: str  # ok: it holds | off: it does not | bad: it fails


UNFINISHED: Final = Now(text="not finished: choose a field", tone="off")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How one part of a condition stands for the chosen sample."""

    now: Now | None  # None: there is no sample
    looks: bool = False  # it compares one value, which is:
    value: Any = MISSING


def previews(opened: Opened, place: str, rules: Sequence[Mapping[str, Any]]) -> list[FieldPreview | None]:
    """What each rule would make at `place`; None for all where there is no sample. Inside a list a value is a list."""
    if opened.sample is None or not rules:
        return [None] * len(rules)
    around = list_around(opened.data, place)
    fields = one_rule(opened.data, place)["fields"] if around else {}
    document: Mapping[str, Any] = {
        **{key: opened.data[key] for key in SHARED if key in opened.data},
        "fields": fields,
    }
    names = [f"{around}{LISTS}.probe_{at}" if around else f"probe_{at}" for at in range(len(rules))]
    for name, rule in zip(names, rules, strict=True):
        document = with_rule(document, name, dict(rule))
    made = compile_draft(document, MappingContext()).preview(opened.sample.payload, **opened.bindings).fields
    return [made.get(name, FieldPreview(state="undefined")) for name in names]


def standings(opened: Opened, place: str, conditions: Iterable[Boxes]) -> dict[str, Standing]:
    """Name of a part of a condition → how it stands."""
    shown = [part for boxes in conditions for part in boxes.all()]
    held = truths(opened, place, [truth_of(part) for part in shown if not part.unset])
    seen = values(opened, place, [part.left for part in shown if part.left])
    return {
        part.name: Standing(
            now=UNFINISHED if part.unset else held.get(truth_of(part)),
            looks=part.left in seen and opened.sample is not None,
            value=seen.get(part.left, MISSING),
        )
        for part in shown
    }


def truths(opened: Opened, place: str, conditions: Sequence[str]) -> dict[str, Now]:
    """Condition → whether it holds."""
    asked = list(dict.fromkeys(conditions))
    rules = [
        {"cases": [{"when": text, "then": {"value": True}}, {"otherwise": {"value": False}}]} if text.strip() else {}
        for text in asked
    ]
    found = previews(opened, place, rules)
    return {text: _now(made) for text, made in zip(asked, found, strict=True) if made is not None}


def values(opened: Opened, place: str, expressions: Sequence[str]) -> dict[str, Any]:
    """Expression → its value; MISSING where it has none or fails, and where there is no sample."""
    asked = list(dict.fromkeys(expressions))
    found = previews(opened, place, [{"expr": text} for text in asked])
    return {
        text: made.value if made is not None and made.state == "value" else MISSING
        for text, made in zip(asked, found, strict=True)
    }


def _now(made: FieldPreview) -> Now:
    if made.error is not None:
        return Now(text=f"fails for this sample: {made.error.message}", tone="bad")
    if isinstance(made.value, list):  # one for each entry of the list around
        held = sum(value is True for value in made.value)
        return Now(
            text=f"true for {held} of {plural(len(made.value), 'entry', 'entries')}", tone="ok" if held else "off"
        )
    if made.state == "undefined":
        return Now(text="nothing to look at in this sample", tone="off")
    return Now(text="true for this sample", tone="ok") if made.value else Now(text="false for this sample", tone="off")
