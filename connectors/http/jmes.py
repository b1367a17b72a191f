"""JMESPath in manifests: checked when the manifest is read, compiled once, errors in our words."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator

from engine.errors import ConfigError


def _checked(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0]}") from None
    return text


_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")

JmesPath = Annotated[str, AfterValidator(_checked)]


@lru_cache(maxsize=2048)
def _finder(expression: str) -> Callable[[Any], Any]:
    """A function for an expression. A plain path, which most are, needs no interpreter."""
    if not _PATH.fullmatch(expression):
        found: Callable[[Any], Any] = jmespath.compile(expression).search
        return found
    names = expression.split(".")

    def find(value: Any) -> Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return find


def search(expression: str, value: Any) -> Any:
    """What `expression` finds in `value`. Raises ConfigError when it does not apply to such a value."""
    try:
        return _finder(expression)(value)
    except (JMESPathError, TypeError, ValueError) as error:
        raise ConfigError(f"the JMESPath expression {expression!r} fails: {str(error).splitlines()[0]}") from error
