"""docs/command-line.md names every command and every option, and nothing that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from editor.cli.main import COMMANDS, load
from tests.presence import ROOT

TEXT = (ROOT / "docs/command-line.md").read_text("utf-8")


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if not inner:
        yield path, command
        return
    for name, each in inner.items():
        yield from _commands(each, f"{path} {name}")


ALL = dict(entry for name in COMMANDS for entry in _commands(load(name), f"codi {name}"))


def test_every_command_is_documented() -> None:
    documented = set(re.findall(r"^### `(codi [a-z -]+)`", TEXT, re.MULTILINE))
    assert documented == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_option_is_documented(name: str) -> None:
    section = re.split(r"\n##", TEXT.split(f"### `{name}`", 1)[1], maxsplit=1)[0]
    options = {option for p in ALL[name].params for option in p.opts if option.startswith("--")} - {"--help"}
    assert set(re.findall(r"^\| `(--[a-z-]+)`", section, re.MULTILINE)) == options


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_is_true(name: str) -> None:
    assert load(name).help, f"codi {name} says nothing of itself"
