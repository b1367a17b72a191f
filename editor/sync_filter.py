"""The filter of a sync as boxes, and what it does to the records of its entity that were stored last."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, Final

from editor.mapping.complete import Completion, completions
from editor.mapping.condition_form import (
    KINDS,
    Boxes,
    Sent,
    boxes_of,
    focus_after,
    like_the_field,
    nothing_sent,
    sent_condition,
    truth_of,
    typed_boxes,
)
from editor.mapping.conditions import read_condition, unset
from editor.mapping.constants import number_value
from editor.mapping.probe import Now, Standing
from editor.mapping.targets import Target, targets_of
from editor.words import MISSING, as_json, clip
from engine.errors import ExpressionError, UsageError
from engine.expressions.compile import compile_expression
from engine.expressions.values import UNDEFINED
from engine.mapping.diff import LISTS
from engine.records.entities import ENTITIES
from engine.store.samples import Sample
from engine.sync.deliver import keeps

FILTER: Final = "filter"  # what the names of its boxes begin with
NEWEST: Final = 200  # stored records it is tried on
PATIENCE: Final = 1.0  # seconds for all of them
_LABEL: Final = "Condition for a record"
_NOTHING: Final = "false"  # how the builder writes a row where nothing is chosen yet
_AS_CODE: Final = f"as_code.{FILTER}"
_EMPTY: Final[Mapping[str, Any]] = {"decimal": Decimal(0), "integer": 0, "yes/no": False, "list": [], "object": {}}

Mask = Callable[[Sample], Sample]


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a condition does to stored records."""

    tried: int = 0
    through: int = 0
    failing: int = 0
    failure: str = ""  # the first one's, in words
    left_out: Sample | None = None  # the newest that does not come through


@dataclass(frozen=True, kw_only=True)
class FilterForm:
    """The filter ready to be drawn."""

    text: str  # what is saved; "": every record
    entity: str
    boxes: Boxes
    problem: str  # what is wrong with what was typed, in words
    standing: Mapping[str, Standing]  # of its parts, by name
    looked: Looked
    seen: tuple[tuple[str, Any], ...]  # of the record left out: the fields that are compared, people's data masked
    newest: bool  # there are more records than were tried
    focus: str = ""  # id of the box one goes on with
    value_kinds: tuple[tuple[str, str], ...] = tuple(KINDS.items())


def stored_filter(entity: str, text: str, records: Sequence[Sample], mask: Mask) -> FilterForm:
    """As it is kept."""
    return _form(entity, text, _boxes(text or _NOTHING, "", nothing=not text.strip()), records, mask)


def typed_filter(entity: str, typed: Sent, records: Sequence[Sample], mask: Mask) -> FilterForm:
    """As its boxes say it, after the button that was pressed did its work."""
    if f"{FILTER}.is" not in typed:
        return stored_filter(entity, typed.get(FILTER, ""), records, mask)
    pressed = typed.get("do", "")
    payloads = [*(record.payload for record in records), example_of(entity)]
    try:
        said = like_the_field(_as_numbers(entity, typed), lambda field: value_in(field, payloads))
        drawn, nothing = sent_condition(said, FILTER), nothing_sent(said, FILTER)
    except UsageError as error:
        form = _form(entity, "", typed_boxes(typed, FILTER, _LABEL), (), mask)
        return replace(form, problem=f"{error.message.removesuffix('.')}.")
    stays_code = typed[f"{FILTER}.is"] == "code" and pressed != f"as_boxes.{FILTER}"
    boxes = _boxes(drawn, _AS_CODE if stays_code else pressed, nothing=nothing)
    form = _form(entity, "" if nothing else drawn, boxes, records, mask)
    return replace(form, focus=focus_after(pressed, [boxes]))


def _as_numbers(entity: str, typed: Sent) -> Sent:
    """Records hold exact decimals as texts: where one is compared with a number, its number is compared."""
    decimals = {target.path.replace(LISTS, "") for target in _targets(entity) if target.type == "decimal"}
    said = dict(typed)
    for name in [name for name, kind in typed.items() if kind == "auto" and name.endswith(".right.as")]:
        base = name.removesuffix(".right.as")
        left, right = typed.get(f"{base}.left", "").strip(), typed.get(f"{base}.right", "")
        with suppress(UsageError):
            if re.sub(r"\[\d+\]", "", left) in decimals and [number_value(each) for each in right.split(",")]:
                said |= {f"{base}.left": f"$number({left})", name: "number"}
    return said


def _boxes(text: str, pressed: str, *, nothing: bool) -> Boxes:
    """`nothing`: no condition is chosen, though the text is `false`. A filter that says `false` stays code: it holds
    every record back, and no row of boxes says so."""
    never = not nothing and unset(read_condition(text))
    as_code = FILTER if never else pressed.removeprefix("as_code.") if pressed.startswith("as_code.") else ""
    boxes = boxes_of(text, FILTER, _LABEL, as_code=as_code)
    if as_code != FILTER:
        return boxes
    boxes = replace(boxes, boxable=not never)  # what boxes cannot show is a chip in them
    if nothing:
        return replace(boxes, code="", was='""')
    return replace(boxes, was='""') if never else boxes


def _form(entity: str, text: str, boxes: Boxes, records: Sequence[Sample], mask: Mask) -> FilterForm:
    until, problem = time.monotonic() + PATIENCE, _problem(text)
    looked = look(text, records, until) if text else Looked(tried=len(records), through=len(records))
    shown = [part for part in boxes.all() if not part.unset]
    several = len(boxes.members) > 1 and bool(text)
    held = {part.name: _now(look(truth_of(part), records, until)) for part in shown if several and part is not boxes}
    seen: tuple[tuple[str, Any], ...] = ()
    if looked.left_out is not None:
        payload = mask(looked.left_out).payload
        compared = dict.fromkeys(part.left for part in shown if part.left) or dict.fromkeys({"name"} & payload.keys())
        seen = tuple((path, value_in(path, [payload])) for path in list(compared)[:3])
    return FilterForm(
        text=text,
        entity=entity,
        boxes=boxes,
        problem=problem,
        standing={part.name: Standing(now=held.get(part.name)) for part in boxes.all()},
        looked=looked,
        seen=seen,
        newest=len(records) >= NEWEST,
    )


def _problem(text: str) -> str:
    try:
        compile_expression(text or _NOTHING)
    except ExpressionError as error:
        return f"{error.message} A condition reads like status = 'active'."
    return ""


def _now(looked: Looked) -> Now | None:
    if not looked.tried:
        return None
    if looked.failing == looked.tried:
        return Now(text=looked.failure, tone="bad")
    return Now(text=f"true for {looked.through} of {looked.tried}", tone="ok" if looked.through else "off")


def look(text: str, records: Sequence[Sample], until: float) -> Looked:
    """Tries a condition on records as a run does; on fewer where that takes longer than `until`, a monotonic time."""
    tried = through = failing = 0
    failure, left_out = "", None
    try:
        keep = compile_expression(text)
    except ExpressionError:
        return Looked()  # said where it is typed
    for record in records:
        if tried and time.monotonic() > until:
            break
        tried += 1
        try:
            kept = keeps(keep, record.payload)
        except ExpressionError as error:
            failing, failure = failing + 1, failure or error.message
            continue
        through += kept
        if not kept and left_out is None:
            left_out = record
    return Looked(tried=tried, through=through, failing=failing, failure=failure, left_out=left_out)


def value_in(path: str, payloads: Sequence[Any]) -> Any:
    """What an expression gives for the first of them that has it; MISSING where none has."""
    try:
        value_of = compile_expression(path)
    except ExpressionError:
        return MISSING
    for payload in payloads:
        try:
            value = value_of(payload)
        except ExpressionError:
            continue
        if value is not UNDEFINED and value is not None:
            return value
    return MISSING


# ---------------------------------------------------------------- the fields one can choose


def example_of(entity: str) -> dict[str, Any]:
    """A record with every field of the entity in it, empty, of the type it has; lists come last."""
    record: dict[str, Any] = {}
    for target in sorted(_targets(entity), key=lambda target: LISTS in target.path or target.type == "list"):
        steps, at = target.path.split("."), record
        for step in steps[:-1]:
            inner = at.setdefault(step.removesuffix(LISTS), [{}] if step.endswith(LISTS) else {})
            if isinstance(inner, list) and not inner:
                inner.append({})
            at = inner[0] if isinstance(inner, list) else inner
        at.setdefault(steps[-1], [] if target.type == "list" else _EMPTY.get(target.type, ""))
    return record


def fields_at(entity: str, text: str, at: int, latest: Any, *, only_fields: bool) -> tuple[Completion, ...]:
    """What could stand at the caret of a filter; `latest` is a stored record, people's data masked, or None."""
    known = {target.path.replace(LISTS, ""): target for target in _targets(entity)}
    found = completions(text, at, example_of(entity), {})
    wanted = [item for item in found if item.kind == "field" or (item.kind == "function" and not only_fields)]
    return tuple(replace(item, doc=_doc(item, known, latest)) if item.kind == "field" else item for item in wanted)


@cache
def _targets(entity: str) -> tuple[Target, ...]:
    return targets_of(ENTITIES[entity].model_json_schema()) if entity in ENTITIES else ()


def _doc(item: Completion, known: Mapping[str, Target], latest: Any) -> str:
    target = known.get(item.text)
    value = value_in(item.text, [latest])
    said = [target.doc if target else ""]
    if target and target.choices:
        said.append(f"One of {', '.join(target.choices)}.")
    if value is not MISSING:
        said.append(f"In the latest record: {clip(as_json(value), 120)}")
    return " ".join(filter(None, said))
