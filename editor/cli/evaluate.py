"""`codi eval`: one expression on one payload."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from engine.encoding import decode
from engine.errors import UsageError
from engine.expressions.compile import compile_expression
from engine.expressions.values import UNDEFINED


def evaluate(
    expression: Annotated[str, typer.Argument(help="The expression.", metavar="EXPR")],
    language: Annotated[str, typer.Option(help="jsonata or jmespath.")] = "jsonata",
    input: Annotated[str | None, typer.Option(help="File with the JSON payload; - for standard input.")] = None,
    lax_null: Annotated[bool, typer.Option("--lax-null", help="Print null where the result is undefined.")] = False,
) -> None:
    """Evaluate an expression and print its value as JSON.

    Prints nothing where the value is undefined.
    """
    if language not in ("jsonata", "jmespath"):
        raise UsageError(f"--language is jsonata or jmespath, not {language!r}")
    value = compile_expression(expression, language)(_payload(input))
    if value is not UNDEFINED:
        typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())
    elif lax_null:
        typer.echo("null")


def _payload(source: str | None) -> object:
    if source is None:
        return UNDEFINED
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
        return decode(data)
    except OSError as error:
        raise UsageError(f"cannot read {source}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{source} is not JSON: {error}") from None
