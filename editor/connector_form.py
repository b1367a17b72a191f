"""The form of a connection, made from its connector's settings model.

Plain settings become fields; whole blocks (streams of a database, say) are written as YAML in a text box. Secrets are
written only: an empty box keeps what is there, and nothing ever shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from connectors.settings import secret_names
from editor.forms import problems
from engine.errors import MappingError
from engine.mapping.rewrite import write_text
from engine.mapping.yaml import read_text

PREFIX: Final = "set."  # of the form's names, so that a setting called `name` is not the connection's name
KEPT: Final = "kept; type to replace"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One field of the form."""

    name: str  # as in the form: set.url
    label: str
    hint: str
    kind: str  # text | number | yesno | choice | secret | block
    value: str  # as shown; "" for secrets
    required: bool
    choices: tuple[str, ...] = ()
    placeholder: str = ""


def settings_form(
    model: type[BaseModel], values: Mapping[str, Any], secrets: frozenset[str], typed: Mapping[str, str] | None = None
) -> tuple[Setting, ...]:
    """The fields, filled with `typed` where a form comes back, else with `values`. `secrets` are those kept."""
    sealed = secret_names(model)
    return tuple(
        _setting(name, info, values.get(name, _default(info)), name in sealed, name in secrets, typed)
        for name, info in model.model_fields.items()
    )


def read_settings(
    model: type[BaseModel], sent: Mapping[str, str], kept: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Settings, secrets, and what is wrong by form name. Secrets left empty stay as they are."""
    sealed = secret_names(model)
    settings: dict[str, Any] = {}
    secrets = {name: value for name, value in kept.items() if name in sealed}
    wrong: dict[str, str] = {}
    for name, info in model.model_fields.items():
        text = sent.get(PREFIX + name, "")
        if name in sealed:
            if text:
                secrets[name] = text
        elif text or _kind(info) == "yesno":
            try:
                settings[name] = _parsed(info, text)
            except MappingError as error:
                wrong[PREFIX + name] = error.message
    try:
        model.model_validate({**settings, **secrets})
    except ValidationError as error:
        for place, words in problems(error).items():
            wrong.setdefault(PREFIX + place.split(".")[0], words if "." not in place else f"{place}: {words}")
    return settings, secrets, wrong


def _setting(
    name: str, info: FieldInfo, value: Any, secret: bool, kept: bool, typed: Mapping[str, str] | None
) -> Setting:
    kind = "secret" if secret else _kind(info)
    text = "" if secret else typed.get(PREFIX + name, "") if typed is not None else _shown(kind, value)
    examples = f"Such as {info.examples[0]}" if info.examples and kind == "text" else ""
    return Setting(
        name=PREFIX + name,
        label=info.title or name.replace("_", " ").capitalize(),
        hint=info.description or "",
        kind=kind,
        value=text,
        required=info.is_required() and not kept,
        choices=tuple(str(choice) for choice in _choices(info)),
        placeholder=KEPT if kept else examples,
    )


def _kind(info: FieldInfo) -> str:
    plain = _plain_type(info.annotation)
    if plain is bool:
        return "yesno"
    if plain in (int, float):
        return "number"
    if get_origin(plain) is Literal:
        return "choice"
    if plain is SecretStr:
        return "secret"
    if isinstance(plain, type) and not issubclass(plain, (BaseModel, dict, list, tuple)):
        return "text"
    return "block"


def _choices(info: FieldInfo) -> tuple[Any, ...]:
    plain = _plain_type(info.annotation)
    return get_args(plain) if get_origin(plain) is Literal else ()


def _plain_type(annotation: Any) -> Any:
    """Of `X | None` the X."""
    if get_origin(annotation) in (Union, UnionType):
        real = [option for option in get_args(annotation) if option is not type(None)]
        return real[0] if len(real) == 1 else annotation
    return annotation


def _default(info: FieldInfo) -> Any:
    if info.default_factory is not None:
        return None  # an empty list or table: nothing to show
    return None if info.default is PydanticUndefined else info.default


def _shown(kind: str, value: Any) -> str:
    if kind == "yesno":
        return "1" if value else ""
    if value is None or value == {} or value == ():
        return ""
    if kind == "block":
        plain = value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else value
        return write_text(plain).rstrip() if isinstance(plain, Mapping) else str(plain)
    return str(value)


def _parsed(info: FieldInfo, text: str) -> Any:
    kind = _kind(info)
    if kind == "yesno":
        return text == "1"
    if kind == "block":
        return read_text(text).data
    if kind == "number":
        try:
            return int(text)
        except ValueError:
            return text  # the model says what is wrong with it
    return text
