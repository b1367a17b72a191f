"""Reading a connection's settings: strict, all mistakes at once, each with its place and a hint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, TypeVar, get_args
from urllib.parse import unquote_plus, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from engine.errors import ConfigError

_PASSWORD = re.compile(r"(?:^|[&;?])\s*(?:password|passwd|pwd|sslpassword)\s*=\s*[^&;]", re.IGNORECASE)
_Model = TypeVar("_Model", bound=BaseModel)


class Strict(BaseModel):
    """A block of settings in which an unknown word is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def near(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not known: the nearest known ones, or some when none is near."""
    names = sorted(known)
    close = get_close_matches(word, names, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = ", …" if len(names) > 12 else ""
    return f"there is {', '.join(names[:12])}{more}" if names else "there is none"


def parse(model: type[_Model], values: Any, what: str) -> _Model:
    """`values` as `model`. Raises ConfigError that names every mistake; `what` says whose settings they are."""
    try:
        return model.model_validate(values)
    except ValidationError as failure:
        problems = [_problem(model, error) for error in failure.errors(include_url=False, include_input=False)]
        shown = "; ".join(problems[:10]) + (f"; and {len(problems) - 10} more" if len(problems) > 10 else "")
        raise ConfigError(f"{what}: {shown}", field=problems[0].split(":")[0]) from None


def with_secrets(settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the secrets kept apart from them in their places: `token`, or `auth/password` inside a block."""
    filled: dict[str, Any] = deepcopy(dict(settings))
    for name, secret in secrets.items():
        *blocks, last = (part.replace("~1", "/").replace("~0", "~") for part in name.split("/"))
        around: Any = filled
        for part in blocks:
            around = around[int(part)] if isinstance(around, list) else around.setdefault(part, {})
        around[int(last) if isinstance(around, list) else last] = secret
    return filled


def without_password(address: str) -> str:
    """The address. Raises ValueError where it has a password in it: addresses are shown, passwords are sealed."""
    parts = urlsplit(address)
    _, keyed, password = parts.netloc.rpartition("@")[0].partition(":")
    if (keyed and password) or _PASSWORD.search(unquote_plus(parts.query)):
        raise ValueError("leave the password out of the address: it has a setting of its own, which is kept sealed")
    return address


def reveal(model: BaseModel) -> dict[str, Any]:
    """The settings with their secrets in the clear, for building requests. Never log it."""
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in ((name, getattr(model, name)) for name in type(model).model_fields)
    }


def _problem(model: type[BaseModel], error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "settings"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = f"unknown word; {near(str(error['loc'][-1]), _known(model, error['loc'][:-1]))}"
    elif error["type"] == "missing":
        message = "is required"
    elif error["type"] == "too_short":
        message = "needs at least one" if error["ctx"]["min_length"] == 1 else message
    return f"{place}: {message}"


def _known(model: type[BaseModel], loc: Sequence[Any]) -> set[str]:
    """The words allowed at a place in the settings."""
    models = {model}
    for part in loc:
        nexts: set[type[BaseModel]] = set()
        for candidate in models:
            info = _by_alias(candidate).get(str(part))
            nexts |= set(_models_in(info)) if info is not None else set()
        models = nexts or models  # a dict key, a list index or a union's tag: stay
    return {name for candidate in models for name in _by_alias(candidate)}


def _by_alias(model: type[BaseModel]) -> dict[str, Any]:
    return {info.alias or name: info.annotation for name, info in model.model_fields.items()}


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
