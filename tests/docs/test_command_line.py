"""docs/command-line.md names every command and every option, and nothing that is not there."""

from __future__ import annotations

import re

import click
import typer.main

from editor.cli.main import app
from tests.presence import ROOT

TEXT = (ROOT / "docs/command-line.md").read_text("utf-8")


def _commands(group: click.Group, path: str) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        here = f"{path} {name}"
        found |= _commands(command, here) if isinstance(command, click.Group) else {here: command}
    return found


def commands() -> dict[str, click.Command]:
    whole = typer.main.get_command(app)
    assert isinstance(whole, click.Group)
    return _commands(whole, "codi")


def test_every_command_is_documented() -> None:
    documented = set(re.findall(r"^### `(codi [a-z -]+)`", TEXT, re.MULTILINE))
    assert documented == set(commands())


def test_every_option_is_documented() -> None:
    for name, command in commands().items():
        section = TEXT.split(f"### `{name}`", 1)[1].split("\n### ", 1)[0]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--") and option != "--help":
                    assert f"`{option}" in section, f"{name} {option}"
