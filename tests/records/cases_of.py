"""Reads the cases beside the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML


def cases_of(name: str) -> list[Any]:
    text = (Path(__file__).parent / "cases" / f"{name}.yaml").read_text("utf-8")
    return list(YAML(typ="safe").load(text))
