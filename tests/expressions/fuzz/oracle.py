"""Node's jsonata as the oracle: one child process for a whole run, and what counts as the same outcome."""

from __future__ import annotations

import json
import math
import os
import re
import select
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
PATIENCE = 3.0  # seconds for a few expressions; some made-up ones never end in Node
Outcome = dict[str, Any]  # {"value": …}, {} for undefined or {"error": code}

# What CODI means to do otherwise than Node and intended.js cannot say. Each entry: the rule, and how it is recognised.
INTENDED: tuple[tuple[str, Callable[[str, Outcome, Outcome], bool]], ...] = (
    (
        "Node does not come to an end",
        lambda text, ours, theirs: theirs.get("error") == "endless",
    ),
    (
        "a value that contains itself is made finite here; Node cannot write it",
        lambda text, ours, theirs: "|" in text and theirs.get("error", "").startswith("Converting circular structure"),
    ),
    (
        "where Node fails with an error of JavaScript there is a value or an error of the language here",
        lambda text, ours, theirs: (
            re.fullmatch("[A-Z][0-9]{4}", theirs.get("error", "")) is None
            and "error" in theirs
            and not ours.get("error", "").startswith("crash")
        ),
    ),
    (
        "$sift without a function is refused; Node takes it for an object without entries",
        lambda text, ours, theirs: "$sift" in text and ours.get("error") == "T0410" and "error" not in theirs,
    ),
    (
        "of two errors in an order-by another one may come first",
        lambda text, ours, theirs: {ours.get("error"), theirs.get("error")} == {"T2007", "T2008"},
    ),
    (
        "a division after [] or an order-by is a division; Node reads a regular expression",
        lambda text, ours, theirs: theirs.get("error") == "S0302" and re.search(r"[\])] */", text) is not None,
    ),
    (
        "a parent that is not there is an error of the text; Node overlooks some in filters",
        lambda text, ours, theirs: ours.get("error") == "S0217" and re.search(r"\[[^\[]*%|%\.%", text) is not None,
    ),
    (
        "the parent of what an order-by gives is known here",
        lambda text, ours, theirs: theirs.get("error") == "S0217" and "%" in text and "^(" in text,
    ),
)


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
    """The child process, started again where it comes to no end. Use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["node", "--max-old-space-size=1000", str(HERE / "node_server.js"), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.communicate()

    def outcomes(self, data: Any, expressions: list[str]) -> list[Outcome]:
        """One for each expression; of those among which one has no end, all are `endless`."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"data": data, "expressions": expressions}) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        answer = self.process.stdout.readline() if ready else ""
        if answer:
            return list(json.loads(answer))
        self.process.kill()
        self.process.communicate()
        self.start()
        return [{"error": "endless"}] * len(expressions)


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


def intended(text: str, ours: Outcome, theirs: Outcome) -> str:
    """The rule by which the outcomes may differ, "" if there is none."""
    return next((rule for rule, recognised in INTENDED if recognised(text, ours, theirs)), "")


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
