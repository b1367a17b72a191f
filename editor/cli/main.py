"""The `codi` command: mounts the commands and turns errors into one line and an exit code.

Exit codes: 0 fine, 1 the work found problems, 2 wrong use.
"""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from editor.cli import connect, demo, evaluate, map, mappings, records, serve, sync, upkeep
from engine.errors import CodiError, ExpressionError, UsageError

app = typer.Typer(
    name="codi",
    help="CODI, the data gateway for commerce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """CODI, the data gateway for commerce."""
    _debug[0] = debug


_debug = [False]  # whether tracebacks were asked for

app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("eval")(evaluate.evaluate)
app.command("prune")(upkeep.prune)
app.add_typer(map.app, name="map")
app.add_typer(mappings.app, name="mappings")
app.add_typer(connect.app, name="connect")
app.add_typer(sync.app, name="sync")
app.add_typer(records.app, name="records")
app.add_typer(upkeep.user_app, name="user")
app.add_typer(upkeep.key_app, name="key")
app.add_typer(upkeep.db_app, name="db")


def run() -> None:
    """The entry point of the `codi` command."""
    try:
        app()
    except CodiError as error:
        if _debug[0]:
            traceback.print_exc()
        print(f"codi: {error.message}", file=sys.stderr)  # noqa: T201
        if isinstance(error, ExpressionError) and (caret := error.caret()):
            print(caret, file=sys.stderr)  # noqa: T201
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
        sys.exit(1)
