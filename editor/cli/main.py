"""The `codi` command: finds the commands, and turns errors into one line and an exit code.

Exit codes: 0 fine, 1 the work found problems, 2 wrong use. A command's module is imported when the command is used:
`codi eval` must not wait for a web server and a database.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from engine.errors import CodiError, ExpressionError, UsageError
from engine.redaction import hide_held

# name → (module, what is in it: a Typer application or a function, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("editor.cli.demo", "demo", "Sync a demo ERP with a demo web shop, then serve the editor."),
    "serve": ("editor.cli.serve", "serve", "Serve the editor, and run syncs in the same process."),
    "worker": ("editor.cli.serve", "worker", "Run syncs, without the editor."),
    "map": ("editor.cli.map", "app", "Check, test, run and compare mapping documents."),
    "eval": ("editor.cli.evaluate", "evaluate", "Evaluate an expression and print its value as JSON."),
    "mappings": ("editor.cli.mappings", "app", "Mapping sets: publish, roll back, export, import."),
    "connect": ("editor.cli.connect", "app", "Connected systems: what there is, whether it answers, what it holds."),
    "sync": ("editor.cli.sync", "app", "Syncs and their runs."),
    "records": ("editor.cli.records", "app", "Normalised records."),
    "user": ("editor.cli.upkeep", "user_app", "People who sign in."),
    "key": ("editor.cli.upkeep", "key_app", "Keys for scripts that use the API."),
    "prune": ("editor.cli.upkeep", "prune", "Take away what is past its retention."),
    "db": ("editor.cli.upkeep", "db_app", "The database."),
}


class Commands(TyperGroup):
    """The commands, each imported when it is used."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return load(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


def load(name: str) -> Any:
    """The command of that name."""
    module, attribute, _ = COMMANDS[name]
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name)(found)
        found = single
    return typer.main.get_command(found)


app = typer.Typer(
    cls=Commands,
    help="CODI, the data gateway for commerce.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """CODI, the data gateway for commerce."""


def run() -> None:
    """The entry point of the `codi` command."""
    debug = "--debug" in sys.argv[1:2]
    try:
        app()
    except CodiError as error:
        _tell(error.message, debug)
        if isinstance(error, ExpressionError) and (caret := error.caret()):
            print(caret, file=sys.stderr)  # noqa: T201
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # a defect, or something that nobody foresaw
        first = str(error).partition("\n")[0]
        _tell(f"{type(error).__name__}: {first}{'' if debug else '; codi --debug shows where'}", debug)
        sys.exit(1)


def _tell(message: str, debug: bool) -> None:
    """One line; with --debug the traceback before it."""
    if debug:
        print(hide_held(traceback.format_exc()), file=sys.stderr)  # noqa: T201
    print(f"codi: {hide_held(message)}", file=sys.stderr)  # noqa: T201
