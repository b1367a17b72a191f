"""Conditions as boxes of a form, and back.

The form has no state of its own: names of its boxes say where their values go (`case.0.when.1.left`). Beside the boxes
of every part stands the text it was drawn from (`….was`), so that a part nobody changed stays as it is written.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from editor.mapping.conditions import (
    MOST_DEPTH,
    UNSET,
    Check,
    Condition,
    Group,
    Kept,
    Operand,
    condition_text,
    operand_text,
    read_condition,
    unset,
)
from editor.mapping.constants import constant_of, number_value
from engine.errors import UsageError
from engine.mapping.comparisons import LISTED, ONE_SIDED, OPERATORS
from engine.mapping.visual import Code, Field, Fixed, read_form

KINDS: Final = {  # of the value something is compared with; auto: as the sample has the field
    "auto": "auto",
    "text": "text",
    "number": "number",
    "yesno": "yes/no",
    "nothing": "null",
    "field": "field",
    "code": "code",
}
_DEEPEST: Final = MOST_DEPTH + 2  # no page has more; what is sent may be anything
_ORDERED: Final = frozenset({"more", "at_least", "less", "at_most"})

Sent = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """One condition, ready to be drawn: a group, a check, or code."""

    name: str  # of its boxes
    label: str  # in words, for people who do not see them
    kind: str  # group | check | code
    condition: Condition
    was: str  # the text it was drawn from, as JSON
    members: tuple[Boxes, ...] = ()  # of a group
    every: bool = True
    left: str = ""  # of a check
    operator: str = "is"
    right_kind: str = "text"
    right: str = ""
    code: str = ""  # of code
    editing: bool = False  # the code stands in a box, not in a chip
    boxable: bool = False  # the code could be shown in boxes

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")

    @property
    def unset(self) -> bool:
        return self.kind == "check" and not self.left

    @property
    def nested(self) -> bool:
        """It stands in a group."""
        return self.name.rpartition(".")[2].isdigit()

    def all(self) -> Iterator[Boxes]:
        yield self
        for member in self.members:
            yield from member.all()


def boxes_of(text: str, name: str, label: str, *, language: str = "jsonata", as_code: str = "") -> Boxes:
    """The whole condition: always a group, perhaps of one; or one box of code where it is named by `as_code`."""
    condition = read_condition(text, language)
    if as_code == name or language != "jsonata":
        whole = Kept(text=text, source=text)
        boxable = language == "jsonata" and not isinstance(condition, Kept)
        return replace(_boxes(whole, name, label, as_code), editing=True, boxable=boxable)
    if isinstance(condition, Group):
        return _boxes(condition, name, label, as_code)
    member = _boxes(condition, f"{name}.0", label, as_code)
    return Boxes(name=name, label=label, kind="group", condition=condition, was=member.was, members=(member,))


def _boxes(condition: Condition, name: str, label: str, as_code: str) -> Boxes:
    was = json.dumps(condition.source)
    if isinstance(condition, Kept):
        editing = as_code == name
        return Boxes(
            name=name, label=label, kind="code", condition=condition, was=was, code=condition.text, editing=editing
        )
    if isinstance(condition, Group):
        members = tuple(
            _boxes(member, f"{name}.{at}", f"{label}, part {at + 1}", as_code)
            for at, member in enumerate(condition.members)
        )
        every = condition.every
        return Boxes(name=name, label=label, kind="group", condition=condition, was=was, members=members, every=every)
    kind, text = _operand_box(condition.right)
    return Boxes(
        name=name,
        label=label,
        kind="check",
        condition=condition,
        was=was,
        left=condition.left,
        operator=condition.operator,
        right_kind=kind if condition.left and condition.right is not None else "auto",
        right=text,
    )


def _operand_box(operand: Operand | None) -> tuple[str, str]:
    """The kind and the text of the box."""
    if operand is None:
        return "text", ""
    if not isinstance(operand, Fixed):
        return ("field" if isinstance(operand, Field) else "code"), operand_text(operand)
    if not isinstance(operand.value, list):
        constant = constant_of(operand.value)
        return constant.kind, constant.text
    if operand.value and not isinstance(operand.value[0], str):
        return "number", ", ".join(map(str, operand.value))
    return "text", ", ".join(map(_quoted, operand.value))


def _quoted(text: str) -> str:
    """In double quotes where it would be taken for several."""
    return '"' + text.replace('"', '""') + '"' if not text or "," in text or '"' in text else text


# ---------------------------------------------------------------- boxes → condition


def sent_condition(sent: Sent, name: str) -> str:
    """The condition the boxes say, as JSONata, after the button that was pressed did its work. Raises UsageError."""
    return condition_text(_sent(sent, name))


def nothing_sent(sent: Sent, name: str) -> bool:
    """Whether nothing is chosen in any of the boxes. Raises UsageError as sent_condition."""
    return _blank(_sent(sent, name))


def _blank(condition: Condition) -> bool:
    return all(map(_blank, condition.members)) if isinstance(condition, Group) else unset(condition)


def typed_boxes(sent: Sent, name: str, label: str, depth: int = 0) -> Boxes:
    """The boxes as they were sent, to be shown again where something in them is wrong."""
    kind = sent.get(f"{name}.is", "check")
    inner = kind == "group" and depth < _DEEPEST
    count = next(at for at in range(len(sent) + 1) if f"{name}.{at}.is" not in sent) if inner else 0
    labels = [label] if count == 1 else [f"{label}, part {at + 1}" for at in range(count)]
    return Boxes(
        name=name,
        label=label,
        kind=kind if kind in ("group", "code") else "check",
        condition=UNSET,
        was=sent.get(f"{name}.was", '""'),
        members=tuple(typed_boxes(sent, f"{name}.{at}", each, depth + 1) for at, each in enumerate(labels)),
        every=sent.get(f"{name}.every") != "any",
        left=sent.get(f"{name}.left", ""),
        operator=sent.get(f"{name}.operator", "is"),
        right_kind=sent.get(f"{name}.right.as", "auto"),
        right=sent.get(f"{name}.right", ""),
        code=sent.get(f"{name}.code", ""),
        editing=True,
    )


def _sent(sent: Sent, name: str, depth: int = 0) -> Condition:
    if depth > _DEEPEST:
        raise UsageError("Conditions are nested too deeply.")
    kind, do, was = sent.get(f"{name}.is"), sent.get("do", ""), _was(sent, name)
    if kind == "code":
        return _sent_code(sent.get(f"{name}.code", ""), was)
    if kind == "check":
        return replace(_sent_check(sent, name), source=was)
    every = sent.get(f"{name}.every") != "any"
    members: list[Condition] = []
    at = 0
    while f"{name}.{at}.is" in sent:
        if do != f"remove.{name}.{at}":
            members.append(_sent(sent, f"{name}.{at}", depth + 1))
        at += 1
    if do == f"add_check.{name}":
        members.append(UNSET)
    if do == f"add_group.{name}":
        members.append(Group(every=not every, members=(UNSET, UNSET)))
    if len(members) > 1:
        return Group(every=every, members=tuple(members), source=was)
    return members[0] if members else UNSET


def _was(sent: Sent, name: str) -> str:
    try:
        was = json.loads(sent.get(f"{name}.was", '""'))
    except ValueError:
        return ""
    return was if isinstance(was, str) else ""


def _sent_code(text: str, was: str) -> Condition:
    text = text.replace("\r\n", "\n")
    if not text.strip():
        return UNSET
    before = read_condition(was)
    if was and text == was.replace("\r\n", "\n"):
        return replace(before, source=was)
    if isinstance(before, Kept) and before.text.replace("\r\n", "\n") == text:
        text = before.text
    return Kept(text=text, source=was)


def _sent_check(sent: Sent, name: str) -> Check:
    operator = sent.get(f"{name}.operator", "is")
    if operator not in OPERATORS:
        raise UsageError(f"{operator!r} is not a comparison.")
    left = sent.get(f"{name}.left", "").strip()
    if not left:
        return UNSET
    if operator in ONE_SIDED:
        return Check(left=left, operator=operator)
    kind, text = sent.get(f"{name}.right.as", "text"), sent.get(f"{name}.right", "")
    right = _sent_operand(kind, text, listed=operator in LISTED)
    if operator == "is" and isinstance(right, Fixed) and isinstance(right.value, bool):
        return Check(left=left, operator="yes" if right.value else "no")
    return Check(left=left, operator=operator, right=right)


def _sent_operand(kind: str, text: str, *, listed: bool) -> Operand:
    if kind == "field":
        if not isinstance(read_form(text.strip()), Field):
            raise UsageError(f"{text!r} is not a field: choose one of the list, or choose text." if text else _NAME_IT)
        return Field(path=text.strip())
    if kind == "code":
        return Code(text=text.strip())
    if listed and kind in ("text", "number"):
        entries = _split(text)
        return Fixed(value=[number_value(entry) for entry in entries] if kind == "number" else entries)
    if kind == "number":
        return Fixed(value=number_value(text))
    if kind == "yesno":
        return Fixed(value=text.strip().lower() in ("yes", "true", "1", "on"))
    return Fixed(value=None if kind == "nothing" else text)


_NAME_IT: Final = "Name the field it is compared with."


def _split(text: str) -> list[str]:
    """The entries of a list, as in a CSV file: commas between them, quotes around one that has a comma."""
    rows = list(csv.reader([text], skipinitialspace=True))
    return [entry.strip() for entry in rows[0]] if rows else []


# ---------------------------------------------------------------- like the field


def like_the_field(sent: Sent, value_of: Callable[[str], Any]) -> dict[str, str]:
    """With the kind of every value that is to be like its field said outright; `value_of` gives what the field (an
    expression) holds in the chosen sample, or anything but a JSON value where it holds nothing.

    A number that the field holds as a text (prices often are) is compared as a number, where more or less is asked.
    """
    typed = dict(sent)
    for name, kind in sent.items():
        if kind == "auto" and name.endswith(".right.as"):
            base = name.removesuffix(".right.as")
            left = sent.get(f"{base}.left", "").strip()
            right, operator = sent.get(f"{base}.right", ""), sent.get(f"{base}.operator", "")
            value = value_of(left) if left else None
            if operator in _ORDERED and _number_as_text(value) and _number_as_text(right):
                typed |= {f"{base}.left": f"$number({left})", name: "number"}
            else:
                typed[name] = _kind_like(value, right, operator)
    return typed


def _number_as_text(value: Any) -> bool:
    text = value[0] if isinstance(value, list) and value else value
    try:
        return isinstance(text, str) and isinstance(number_value(text), int | float)
    except UsageError:
        return False


def _kind_like(value: Any, text: str, operator: str) -> str:
    if isinstance(value, bool) and text.strip().lower() in ("yes", "no", "true", "false"):
        return "yesno"
    entry = value[0] if isinstance(value, list) and value else value
    looks = isinstance(entry, int | float | Decimal) or (operator in _ORDERED and not isinstance(entry, str))
    try:
        numbers = [number_value(each) for each in (_split(text) if operator in LISTED else [text])]
    except UsageError:
        return "text"
    return "number" if looks and numbers and not isinstance(entry, bool) else "text"


def truth_of(boxes: Boxes) -> str:
    """The condition as it stands, as an expression."""
    return str(json.loads(boxes.was))


# ---------------------------------------------------------------- after a button was pressed


def focus_after(do: str, conditions: Sequence[Boxes]) -> str:
    """The id of the box one goes on with; "" where that is for the browser to say."""
    what, _, name = do.partition(".")
    found = next((part for boxes in conditions for part in boxes.all() if part.name == name), None)
    if what == "remove":
        return focus_after(f"add.{name.rpartition('.')[0]}", conditions) if found is None else f"{found.id}-left"
    if found is None:
        return ""
    if what == "as_code":
        return f"{found.id}-code"
    if what == "add":
        return f"{found.id}-add"
    if what not in ("add_check", "add_group", "as_boxes"):
        return ""
    while found.members:
        found = found.members[0 if what == "as_boxes" else -1]
        what = "as_boxes" if what == "add_group" and found.members else what
    return f"{found.id}-{'left' if found.kind == 'check' else 'code'}"
