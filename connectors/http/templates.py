"""Templates in requests: `{{ }}` over settings, the record and the keys of the moment.

Jinja2 in its sandbox, narrowed: expressions only, no statements, no methods (a dot reads a field of an object and
nothing else), a short list of filters. A string that is one expression gives its value with its type; anything else
gives text. An unknown name is an error, never an empty string.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, Undefined
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from connectors.contract import SECRET
from engine.encoding import encode
from engine.errors import ConfigError

Render = Callable[[Mapping[str, Any]], Any]

_BUILT_IN = ("default", "int", "join", "lower", "upper", "trim", "replace", "first", "last", "length", "string")


class _Environment(SandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Fields of objects and entries of lists; never an attribute of a Python object."""
        if isinstance(obj, Undefined):
            return obj
        try:
            return (
                obj[argument]
                if isinstance(obj, Mapping | list | tuple | str)
                else self.undefined(obj=obj, name=argument)
            )
        except (LookupError, TypeError):
            return self.undefined(obj=obj, name=argument)

    def is_safe_callable(self, obj: Any) -> bool:
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if not all(isinstance(side, int | float) and abs(side) < 1e12 for side in (left, right)) or operator == "**":
            raise SecurityError(f"{operator} is for numbers only here")
        return super().call_binop(context, operator, left, right)


def _segment(value: Any) -> Any:
    """A value put into a path, escaped, unless the filter `path` already did."""
    return value if isinstance(value, _Path) else quote(str(value), safe="")


class _Path(str):
    """Escaped already, slashes kept."""


_FILTERS: dict[str, Callable[..., Any]] = {
    "path": lambda value: _Path(quote(str(value), safe="/")),
    "base64": lambda value: SECRET if SECRET in str(value) else base64.b64encode(str(value).encode()).decode(),
    "json": lambda value: encode(value).decode(),
    "merge": lambda value, other: {**value, **other},
    "pick": lambda value, *names: {name: value[name] for name in names if name in value},
    "without": lambda value, *names: {name: inner for name, inner in value.items() if name not in names},
    "split": lambda value, separator: str(value).split(separator),
    "date": lambda value, pattern: datetime.fromisoformat(value).astimezone(UTC).strftime(pattern),
}


def _environment(finalize: Callable[[Any], Any] | None) -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=finalize, autoescape=False)
    kept = {name: environment.filters[name] for name in _BUILT_IN}
    environment.filters = {**kept, **_FILTERS}
    environment.globals = {}
    return environment


_VALUES = _environment(None)
_PATHS = _environment(_segment)


def template(value: Any, where: str, *, path: bool = False) -> Render:
    """Compiles strings anywhere in `value`. Raises ConfigError, naming `where`, for a wrong template; rendering raises
    it for a name that is not there. With `path`, values are escaped for use in a path."""
    if isinstance(value, dict):
        fields = {name: template(inner, f"{where}.{name}") for name, inner in value.items()}
        return lambda context: {name: render(context) for name, render in fields.items()}
    if isinstance(value, list | tuple):
        entries = [template(inner, f"{where}[{i}]") for i, inner in enumerate(value)]
        return lambda context: [render(context) for render in entries]
    if not isinstance(value, str) or "{" not in value:
        return lambda context: value
    return _text(value, where, path)


def _text(text: str, where: str, path: bool) -> Render:
    if "{%" in text or "{#" in text:
        raise ConfigError(f"{where}: only {{{{ }}}} may stand in a template, no statements", field=where)
    environment = _PATHS if path else _VALUES
    try:
        if not path and text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1:
            compiled = environment.compile_expression(text[2:-2].strip(), undefined_to_none=False)
            return lambda context: _rendered(lambda: compiled(**context), where)
        parsed = environment.from_string(text)
        return lambda context: _rendered(lambda: parsed.render(**context), where)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{where}: {error.message} in {text!r}", field=where) from None
    except TemplateError as error:
        raise ConfigError(f"{where}: {error}", field=where) from None


def _rendered(render: Callable[[], Any], where: str) -> Any:
    try:
        value = render()
        if isinstance(value, Undefined):
            value._fail_with_undefined_error()
    except (TemplateError, TypeError, ValueError, KeyError) as error:
        raise ConfigError(f"{where}: {error}", field=where) from None
    return value
