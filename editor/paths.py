"""Where the data folders are: at the top of a checkout, inside the package in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `static`, `templates` or `mappings`."""
    installed = _HERE / "_data" / name
    return installed if installed.is_dir() else _HERE.parent / name
