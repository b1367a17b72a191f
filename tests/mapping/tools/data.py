"""Cases of this folder's data files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.mapping.yaml import read_text

CASES = Path(__file__).with_name("cases")


def cases(name: str) -> list[Any]:
    """The cases of one file; each has a `name`."""
    data: list[Any] = read_text((CASES / f"{name}.yaml").read_bytes(), name).data
    return data


def case_name(case: dict[str, Any]) -> str:
    return str(case["name"]).replace(" ", "-")
