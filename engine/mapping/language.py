"""The one door to the expression languages: text → an Expression that mapping rules evaluate.

Until the compiler in engine.expressions has landed, the libraries run behind it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import jmespath
import jsonata

from engine.errors import ExpressionError
from engine.expressions.values import UNDEFINED


class Expression(Protocol):
    """One expression, ready to run any number of times."""

    text: str
    language: str
    reads: tuple[str, ...]  # source paths it looks at, relative to its context
    variables: frozenset[str]  # $names it uses that it does not bind itself
    fallback: bool  # True: it runs in the library, because the compiler does not cover it

    def evaluate(self, value: Any, names: Mapping[str, Any]) -> Any:
        """The result as plain JSON values, or UNDEFINED. Raises ExpressionError."""
        ...


class _Library:
    fallback = True

    def __init__(self, text: str, language: str, run: Callable[[Any, Mapping[str, Any]], Any]) -> None:
        self.text = text
        self.language = language
        self.reads = tuple(
            dict.fromkeys(re.findall(r"(?<![$\w'\"])[A-Za-z_][\w.]*(?![\w(])", re.sub(r"'[^']*'", "", text)))
        )
        self.variables = frozenset(re.findall(r"\$(\w+)\b(?!\s*\()", text))
        self.run = run

    def evaluate(self, value: Any, names: Mapping[str, Any]) -> Any:
        return self.run(value, names)


@lru_cache(maxsize=20_000)
def expression(text: str, language: str) -> Expression:
    """Parse and compile once. Raises ExpressionError with code and place."""
    return _jmespath(text) if language == "jmespath" else _jsonata(text)


def _jsonata(text: str) -> Expression:
    try:
        parsed = jsonata.Jsonata(text)
    except Exception as error:
        raise ExpressionError(str(error), code="CODI201", expression=text) from error

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        fresh = jsonata.Jsonata(text)
        fresh.set_validate_input(False)
        frame = fresh.create_frame()
        for name, bound in names.items():
            if bound is not UNDEFINED and f"${name}" in text:
                frame.bind(name, _floats(bound))
        try:
            result = fresh.evaluate(_floats(value), frame)
        except Exception as error:
            raise ExpressionError(str(error), code=getattr(error, "error", "") or "", expression=text) from error
        return UNDEFINED if result is None else result

    del parsed
    return _Library(text, "jsonata", run)


def _jmespath(text: str) -> Expression:
    try:
        parsed = jmespath.compile(text)
    except Exception as error:
        raise ExpressionError(str(error), code="CODI201", expression=text) from error

    def run(value: Any, names: Mapping[str, Any]) -> Any:
        try:
            result = parsed.search(_floats(value))
        except Exception as error:
            raise ExpressionError(str(error), code="", expression=text) from error
        return UNDEFINED if result is None else result

    return _Library(text, "jmespath", run)


def _floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _floats(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_floats(entry) for entry in value]
    return float(value) if isinstance(value, Decimal) else value
