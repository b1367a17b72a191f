"""Node's jsonata as the oracle: one child process for a whole run, and what counts as the same outcome."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any

from engine.errors import ExpressionError
from tests.expressions.fuzz import payloads
from tests.presence import SHARED, require

HERE = Path(__file__).resolve().parent
VERSION = "2.2.2"
Outcome = dict[str, Any]  # {"value": …}, {} for undefined or {"error": code}

# What CODI means to do otherwise than Node. Each entry: what the difference is, and how it is recognised.
INTENDED: tuple[tuple[str, Callable[[str, Outcome, Outcome], bool]], ...] = (
    (
        "a result that is not finite is D1001 at once; Node goes on with Infinity and NaN",
        lambda text, ours, theirs: (
            ours.get("error") == "D1001"
            and ("__number__" in json.dumps(theirs) or theirs.get("error") in ("D3001", "T2001", "T2002", "D1001"))
        ),
    ),
    (
        "where Node fails with an error of JavaScript (or would change its input) there is a value or a code here",
        lambda text, ours, theirs: "error" in theirs and not re.fullmatch("[SDTU][0-9]{4}", theirs["error"]),
    ),
    (
        "a filter that is true of nothing gives nothing; Node keeps a hole that JSON writes as null",
        lambda text, ours, theirs: "value" in theirs and agree(ours, _without_holes(theirs["value"])),
    ),
    (
        "an update of an empty list changes nothing; Node puts a null into the list",
        lambda text, ours, theirs: "|" in text and agree(_emptied(ours), _emptied(theirs)),
    ),
    (
        "of two errors in an order-by another one may come first",
        lambda text, ours, theirs: {ours.get("error"), theirs.get("error")} == {"T2007", "T2008"},
    ),
    (
        "a percentage or an exponent is that of the decimal a number prints as; Node multiplies the double",
        lambda text, ours, theirs: (
            re.search(r"formatNumber\(.*(%|e0)", text) is not None
            and type(ours.get("value")) is type(theirs.get("value")) is str
        ),
    ),
)


# The same for expressions made up by grammar.py, which nobody would write.
INTENDED_IN_NONSENSE: tuple[tuple[str, Callable[[str, Outcome, Outcome], bool]], ...] = (
    *INTENDED,
    (
        "what is not finite may be counted or dropped in Node before anybody looks",
        lambda text, ours, theirs: ours.get("error") == "D1001",
    ),
    (
        "a filter of something missing is not evaluated; Node evaluates it once, and its errors count",
        lambda text, ours, theirs: "[" in text and "error" not in ours and theirs.get("error", "")[:1] in ("T", "D"),
    ),
    (
        "what nests more deeply than Python allows is refused",
        lambda text, ours, theirs: ours.get("error") == "L1002" and len(text) > 300,
    ),
    (
        "of two errors in one expression another one may come first",
        lambda text, ours, theirs: "error" in theirs and ours.get("error", "")[:1] in ("T", "D"),
    ),
    (
        "a division after ] is a division; Node reads a regular expression",
        lambda text, ours, theirs: theirs.get("error") == "S0302",
    ),
    (
        "the parent of what an order-by gives is known here",
        lambda text, ours, theirs: theirs.get("error") == "S0217",
    ),
)


def _emptied(value: Any) -> Any:
    """With an empty list for each list of one null, also where it is part of a text."""
    if isinstance(value, dict):
        return {key: _emptied(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [] if value == [None] else [_emptied(entry) for entry in value]
    return value.replace("[null]", "[]") if isinstance(value, str) else value


def _without_holes(value: Any) -> Outcome:
    cleaned = _cleaned(value)
    return {} if cleaned is None and value is not None else {"value": cleaned}


def _cleaned(value: Any) -> Any:
    """Without the nulls in lists; a list that had some collapses as a sequence does."""
    if isinstance(value, dict):
        kept = {key: (entry, _cleaned(entry)) for key, entry in value.items()}
        return {key: after for key, (before, after) in kept.items() if after is not None or before is None}
    if not isinstance(value, list):
        return value
    entries = [_cleaned(entry) for entry in value if entry is not None]
    if len(entries) == len(value):
        return entries
    return entries if len(entries) > 1 else entries[0] if entries else None


def node_folder() -> Path:
    """The folder with Node's jsonata; installs it beside the temporary files once. Skips where there is no node."""
    require(shutil.which("node"), "node is not installed")
    given = os.environ.get("CODI_NODE_JSONATA")
    folder = Path(given) if given else Path(tempfile.gettempdir()) / f"codi-jsonata-{VERSION}"
    if not (folder / "node_modules" / "jsonata").is_dir() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            str(folder),
            f"jsonata@{VERSION}",
        ]
        subprocess.run(command, check=False, timeout=120, capture_output=True)
    require((folder / "node_modules" / "jsonata").is_dir(), f"npm package jsonata {VERSION} cannot be installed")
    return folder


class Node:
    """The child process. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            ["node", str(HERE / "node_server.js"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)

    def outcomes(self, data: Any, expressions: list[str]) -> list[Outcome]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"data": data, "expressions": expressions}) + "\n")
        self.process.stdin.flush()
        answers: list[Outcome] = json.loads(self.process.stdout.readline())
        return answers


def same(ours: Any, theirs: Any) -> bool:
    """The same JSON value; an int and a float of the same value are the same number."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return ours == theirs or math.isclose(ours, theirs, rel_tol=1e-15)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and bool(ours == theirs)


def agree(ours: Outcome, theirs: Outcome) -> bool:
    if "error" in ours or "error" in theirs:
        return ours.get("error") == theirs.get("error")
    return ("value" in ours) is ("value" in theirs) and same(ours.get("value"), theirs.get("value"))


def intended(text: str, ours: Outcome, theirs: Outcome, *, nonsense: bool) -> bool:
    return any(recognised(text, ours, theirs) for _, recognised in (INTENDED_IN_NONSENSE if nonsense else INTENDED))


def evaluated(run: Callable[[Any], Any], undefined: Any, data: Any) -> Outcome:
    try:
        value = run(data)
    except ExpressionError as error:
        return {"error": error.code}
    except Exception as error:
        return {"error": f"crash {error!r}"}
    return {} if value is undefined else {"value": value}


def expressions(name: str) -> list[str]:
    lines = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


TEMPLATES = [line for line in (HERE / "any.txt").read_text(encoding="utf-8").splitlines() if line[:1] not in ("", "#")]


def samples() -> list[Any]:
    """The real payloads, where they are present."""
    files = sorted((SHARED / "samples").glob("*/*.json")) if SHARED.is_dir() else []
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def from_templates(random: Random, payload: Any, count: int) -> list[str]:
    """Expressions over a payload's own paths."""
    found = payloads.paths(payload)
    if not found:
        return []
    filled = []
    for template in random.choices(TEMPLATES, k=count):
        path, other = random.choice(found), random.choice(found)
        parent, _, leaf = path.rpartition(".")
        filled.append(
            template.replace("OTHER", other)
            .replace("PARENT", parent or "$")
            .replace("LEAF", leaf)
            .replace("PATH", path)
        )
    return filled
