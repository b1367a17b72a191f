"""The form of a connection, made from its connector's settings model.

Every setting is drawn as what it is: a box, a tick, a choice, a group that may be opened, a list or table with rows.
Only what the model leaves wholly free is written as YAML. Secrets are written only: an empty box keeps what is there,
and nothing ever shows it. Rows come and go by buttons that send the form and get it back, so it works without scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from connectors.settings import with_secrets
from editor.forms import problem_words
from editor.settings_shape import NOTHING, Shape
from editor.settings_values import NONE, Flat, Kept, Reader, chosen, flatten, rows
from engine.errors import CodiError, UsageError
from engine.mapping.yaml import read_text

PREFIX: Final = "set"  # of the form's names, so that a setting called `name` is not the connection's name
KEPT: Final = "kept; type to replace"
LONG: Final = 60  # characters of a text that gets a box of several lines


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One part of the form."""

    name: str  # as in the form: set.streams.0.of.read.table
    id: str  # stays the same while rows above it come and go
    kind: str  # as Shape.kind
    label: str
    hint: str
    required: bool
    value: str = ""  # as shown; "" for secrets
    lines: bool = False  # of a text: a box of several lines
    choices: tuple[tuple[str, str], ...] = ()  # of a choice: (as sent, in words)
    plain: str = ""  # of a choice between single values: what it is
    placeholder: str = ""
    wrong: str = ""  # what is wrong with it, in words
    optional: bool = False  # of a group: may be taken out
    on: bool = True  # of a group: it is there
    paste: bool = False  # of a group or table: may be filled from YAML
    pasted: str = ""  # YAML that was not read in yet
    parts: tuple[Setting, ...] = ()  # of a group: its settings; of a choice: what was chosen
    rows: tuple[Row, ...] = ()  # of a list or table
    open: bool = False  # drawn unfolded
    kept: str = ""  # of a secret: the place it is kept at
    single: bool = False  # of a list or table: each row is one box

    @property
    def faulty(self) -> bool:
        """Whether something in it is wrong."""
        inner = (*self.parts, *(row.of for row in self.rows))
        return bool(self.wrong) or any(each.faulty for each in inner) or any(row.wrong for row in self.rows)

    @property
    def summary(self) -> str:
        """Of a group that is folded: what its first boxes say."""
        shown = [each.value for each in self.parts if each.kind in ("text", "choice") and each.value]
        return " · ".join(shown[:3])

    @property
    def faults(self) -> tuple[tuple[str, str, str], ...]:
        """Everything in it that is wrong: (id of the box, what it is called, what is wrong)."""
        own = ((self.id, self.label, self.wrong),) if self.wrong else ()
        names = tuple((f"{row.of.id}-key", f"{self.label}: name", row.wrong) for row in self.rows if row.wrong)
        inner = (*self.parts, *(row.of for row in self.rows))
        return (*own, *names, *(fault for each in inner for fault in each.faults))


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a list or table."""

    name: str
    token: str  # which row it was when the form was first drawn
    key: str  # its name, in a table
    wrong: str  # what is wrong with the name
    of: Setting


def form_of(model: type[BaseModel], values: Mapping[str, Any], secrets: Mapping[str, str]) -> Flat:
    """The form of these settings: its boxes and marks by name. `secrets` are those kept, by place; none is in it."""
    flat: Flat = {}
    shape = Shape.of(model)
    drawn = with_secrets(values, {place: Kept(place) for place in _spread(shape, secrets)})
    flatten(shape, drawn, PREFIX, flat)
    return flat


def settings_form(
    model: type[BaseModel], flat: Mapping[str, str], wrong: Mapping[str, str], at: str = ""
) -> tuple[Setting, ...]:
    """What the page draws; `wrong` by form name. What stands around the name `at` is drawn unfolded."""
    shape = Shape.of(model)
    drawing = _Drawing(flat=flat, wrong=wrong, at=at)
    return tuple(drawing.setting(inner, f"{PREFIX}.{name}", f"{PREFIX}-{name}") for name, inner in shape.fields.items())


def changed(model: type[BaseModel], sent: Mapping[str, str]) -> tuple[Flat, str]:
    """The form as sent, after the button it was sent with (`do`), and with the boxes of newly chosen kinds; and the
    name in it that the button was about.

    Raises UsageError for a button that is none, and for YAML that cannot be taken."""
    shape = Shape.of(model)
    flat = {name: value for name, value in sent.items() if name.startswith(f"{PREFIX}.")}
    _draw_chosen(shape, flat)
    what, _, path = sent.get("do", "").partition(":")
    if what in _CHANGES:
        change, kinds = _CHANGES[what]
        around, _, row = path.rpartition(".")
        part = _shape_at(shape, flat, around if what == "remove" else path)
        if part is None or part.kind not in kinds or (what == "remove" and not row.isdecimal()):
            raise UsageError("That part of the form is not there any more.")
        change(part, flat, path)
        if what == "add":
            path = f"{path}.{rows(flat, path) - 1}.of"
    return flat, path


def read_settings(
    model: type[BaseModel], flat: Mapping[str, str], was: Mapping[str, Any], kept: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Settings, secrets by place, and what is wrong by form name. `was` and `kept` are the settings and secrets so
    far; secrets left empty stay as they are."""
    shape = Shape.of(model)
    reader = Reader(flat={name: value.replace("\r\n", "\n") for name, value in flat.items()}, kept=_spread(shape, kept))
    settings = reader.read(shape, PREFIX, (), was)
    try:
        model.model_validate(with_secrets(settings, reader.secrets))
    except ValidationError as error:
        for problem in error.errors():
            reader.wrong.setdefault(_form_name(reader, problem["loc"]), problem_words(problem))
    return settings, reader.secrets, reader.wrong


def _form_name(reader: Reader, loc: tuple[Any, ...]) -> str:
    """Where the form shows what is wrong at a place in the settings; "": with the form as a whole."""
    at: tuple[Any, ...] = ()
    for part in loc:
        if (*at, part) in reader.places:  # else the name of a choice, which is no place of its own
            at = (*at, part)
    return reader.places[at] if at else ""


def _spread(shape: Shape, secrets: Mapping[str, str]) -> dict[str, str]:
    """Secrets by place; several that are kept as one text, a `name: value` on each line, one by one."""
    spread: dict[str, str] = {}
    for place, secret in secrets.items():
        field = shape.fields.get(place)
        if field is not None and field.kind == "table":
            data = read_text(secret).data
            spread |= {f"{place}/{name}": str(value) for name, value in data.items()}
        else:
            spread[place] = secret
    return spread


# ---------------------------------------------------------------- drawing


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """One form being drawn."""

    flat: Mapping[str, str]
    wrong: Mapping[str, str]  # form name → words
    at: str

    def setting(self, shape: Shape, path: str, id: str, label: str = "") -> Setting:
        examples = f"Such as {shape.example}" if shape.example and shape.kind == "text" else ""
        kept = self.flat.get(f"{path}.kept", "")
        value = self.flat.get(path, "") if shape.kind != "secret" else ""
        more: dict[str, Any] = {}
        if shape.kind == "group":
            more = self._group(shape, path, id)
        elif shape.kind in ("list", "table"):
            inner = tuple(self._row(shape, path, row, id) for row in range(rows(self.flat, path)))
            single = shape.item.kind not in ("group", "list", "table")
            more = {"rows": inner, "single": single, "paste": shape.paste}
        elif shape.plain:
            branch = chosen(shape, self.flat, path)
            more["choices"] = tuple((each.key, each.label) for each in shape.branches)
            more["plain"] = branch.key if branch else ""
            value = self.flat.get(f"{path}.of", "")
        elif shape.kind == "oneof":
            branch = chosen(shape, self.flat, path)
            value = branch.key if branch else NONE
            none = ((NONE, "none"),) if shape.optional else ()
            more["choices"] = (*none, *((each.key, each.label) for each in shape.branches))
            more["parts"] = (self.setting(branch.shape, f"{path}.of", f"{id}-of", shape.label),) if branch else ()
        elif shape.kind == "choice":
            none = (("", "none" if shape.nullable else "choose"),) if value == "" or shape.nullable else ()
            more["choices"] = (*none, *((str(choice), str(choice)) for choice in shape.choices))
        return Setting(
            name=path,
            id=id,
            kind=shape.kind,
            label=label or shape.label,
            hint=shape.hint,
            required=shape.required and not kept,
            value=value,
            lines=_has_lines(shape, value),
            placeholder=KEPT if kept else examples,
            pasted=self.flat.get(f"{path}.yaml", "") if shape.paste else "",
            wrong=self.wrong.get(path) or self.wrong.get(f"{path}.of", "") if shape.plain else self.wrong.get(path, ""),
            kept=kept,
            **more,
        )

    def _group(self, shape: Shape, path: str, id: str) -> dict[str, Any]:
        on = bool(self.flat.get(f"{path}.on")) or not shape.optional
        fields = ((name, inner) for name, inner in shape.fields.items() if inner.kind != "constant")
        return {
            "optional": shape.optional,
            "on": on,
            "parts": tuple(self.setting(inner, f"{path}.{name}", f"{id}-{name}") for name, inner in fields)
            if on
            else (),
            "paste": shape.paste,
            "open": f"{self.at}.".startswith(f"{path}."),
        }

    def _row(self, shape: Shape, path: str, row: int, id: str) -> Row:
        name = f"{path}.{row}"
        token = self.flat.get(f"{name}.row", str(row))
        key = self.flat.get(f"{name}.key", "")
        of = self.setting(shape.item, f"{name}.of", f"{id}-{token}", key or f"{shape.label} {row + 1}")
        return Row(name=name, token=token, key=key, wrong=self.wrong.get(f"{name}.key", ""), of=of)


def _has_lines(shape: Shape, value: str) -> bool:
    return shape.kind == "free" or (shape.kind == "text" and (shape.lines or len(value) > LONG or "\n" in value))


# ---------------------------------------------------------------- changing


def _shape_at(shape: Shape, flat: Mapping[str, str], path: str) -> Shape | None:
    """What stands at a name of the form."""
    at, steps = PREFIX, path.split(".")[1:]
    while steps:
        step = steps.pop(0)
        if shape.kind == "group" and step in shape.fields:
            shape = shape.fields[step]
        elif shape.kind in ("list", "table") and step.isdecimal() and steps and steps[0] == "of":
            step = f"{step}.{steps.pop(0)}"
            shape = shape.item
        elif shape.kind == "oneof" and step == "of" and (branch := chosen(shape, flat, at)):
            shape = branch.shape
        else:
            return None
        at = f"{at}.{step}"
    return shape


def _draw_chosen(shape: Shape, flat: Flat) -> None:
    """Where another kind was chosen than the form was drawn with, its boxes; what both have stays."""
    for name in [name for name in flat if name.endswith(".as")]:
        path = name.removesuffix(".as")
        part = _shape_at(shape, flat, path)
        if part is None or part.kind != "oneof" or flat[name] == flat.get(f"{path}.was"):
            continue
        branch = chosen(part, flat, path)
        if branch is not None:
            fresh: Flat = {}
            flatten(branch.shape, NOTHING, f"{path}.of", fresh)
            flat |= {**fresh, **{key: value for key, value in flat.items() if key in fresh}}
        flat[f"{path}.was"] = flat[name]


def _add(shape: Shape, flat: Flat, path: str) -> None:
    at = rows(flat, path)
    used = [flat.get(f"{path}.{row}.row", "") for row in range(at)]
    last = max((int(token.lstrip("n")) for token in used if token.lstrip("n").isdecimal()), default=-1)
    flat[f"{path}.{at}.row"] = f"n{last + 1}"  # a new one: no row that was there when the form was drawn
    if shape.kind == "table":
        flat[f"{path}.{at}.key"] = next((name for name in shape.names if name not in _keys(flat, path)), "")
    flatten(shape.item, NOTHING, f"{path}.{at}.of", flat)
    flat[f"{path}.n"] = str(at + 1)


def _keys(flat: Flat, path: str) -> set[str]:
    return {flat.get(f"{path}.{at}.key", "") for at in range(rows(flat, path))}


def _remove(shape: Shape, flat: Flat, row: str) -> None:
    path, _, number = row.rpartition(".")
    gone, count = int(number), rows(flat, path)
    moved: Flat = {}
    for name in [name for name in flat if name.startswith(f"{path}.")]:
        first, dot, rest = name.removeprefix(f"{path}.").partition(".")
        if first.isdecimal():
            value = flat.pop(name)
            if int(first) != gone:
                moved[f"{path}.{int(first) - (int(first) > gone)}{dot}{rest}"] = value
    flat |= moved
    flat[f"{path}.n"] = str(max(count - 1, 0))


def _on(shape: Shape, flat: Flat, path: str) -> None:
    if not flat.get(f"{path}.on"):
        flatten(shape, {}, path, flat)


def _off(shape: Shape, flat: Flat, path: str) -> None:
    for name in [name for name in flat if name.startswith(f"{path}.")]:
        del flat[name]


def _paste(shape: Shape, flat: Flat, path: str) -> None:
    try:
        data = read_text(flat.get(f"{path}.yaml", "")).data
    except CodiError as error:
        raise UsageError(f"{shape.label}: {error}") from None
    if not isinstance(data, Mapping):
        raise UsageError(f"{shape.label}: that is no block of `name: value` lines.")
    _off(shape, flat, path)
    flatten(shape, data, path, flat)


# Button → what it does, and the kinds of settings that have it.
_CHANGES: Final[Mapping[str, tuple[Callable[[Shape, Flat, str], None], tuple[str, ...]]]] = {
    "add": (_add, ("list", "table")),
    "remove": (_remove, ("list", "table")),
    "on": (_on, ("group",)),
    "off": (_off, ("group",)),
    "paste": (_paste, ("group", "table")),
}
