"""JMESPath in manifests: checked when the manifest is read, compiled once, errors in our words."""

from __future__ import annotations

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


JmesPath = Annotated[str, AfterValidator(_checked)]


@lru_cache(maxsize=2048)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def search(expression: str, value: Any) -> Any:
    """What `expression` finds in `value`. Raises ConfigError when it does not apply to such a value."""
    try:
        return _compiled(expression).search(value)
    except (JMESPathError, TypeError, ValueError) as error:
        raise ConfigError(f"the JMESPath expression {expression!r} fails: {str(error).splitlines()[0]}") from error
