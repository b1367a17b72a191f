"""Mapping records from one stream of bytes to another, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO

from engine.encoding import decode, encode
from engine.errors import UsageError
from engine.mapping.outcomes import FieldError, Mapped, Rejected
from engine.mapping.program import Program

BLOCK = 1 << 20  # bytes of lines read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """What the mapping's $names stand for, the same for every record."""

    settings: Any = None
    links: Any = None
    now: str | None = None


def run_records(program: Program, source: BinaryIO, sink: BinaryIO, bad: BinaryIO, bindings: Bindings) -> int:
    """JSON or JSONL in, JSONL out; what is rejected or no JSON goes to `bad`, one JSON line each. How many did.

    A list in a JSON file is as many records. Raises UsageError where the whole input is no JSON."""
    settings, links, now = bindings.settings, bindings.links, bindings.now
    run = program.run
    failed = 0
    for number, lines in _blocks(source):
        made: list[bytes] = []
        for offset, line in enumerate(lines):
            try:
                payload = line if not isinstance(line, bytes) else decode(line)
            except ValueError as error:
                if isinstance(line, bytes) and not line.strip():
                    continue
                bad.write(encode({"line": number + offset, "error": f"not JSON: {error}"}) + b"\n")
                failed += 1
                continue
            outcome = run(payload, links=links, settings=settings, now=now)
            if outcome.__class__ is Mapped:
                made.append(encode(outcome.output))
            elif isinstance(outcome, Rejected):
                bad.write(encode({"line": number + offset, "errors": _told(outcome.errors)}) + b"\n")
                failed += 1
        if made:
            sink.write(b"\n".join(made) + b"\n")
    sink.flush()
    bad.flush()
    return failed


def _told(errors: Mapping[str, FieldError]) -> dict[str, Any]:
    """The errors as JSON, without what is not known."""
    return {
        field: {name: value for name, value in asdict(error).items() if value not in (None, "", False, {})}
        for field, error in errors.items()
    }


def _blocks(source: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    """Lines with the number of the first; or decoded records, where the input is one JSON value over many lines."""
    lines = source.readlines(BLOCK)
    if lines and not _is_record(lines[0]):
        try:
            whole = decode(b"".join([*lines, source.read()]))
        except ValueError as error:
            raise UsageError(f"the input is neither JSON nor JSONL: {error}") from None
        yield 1, whole if isinstance(whole, list) else [whole]
        return
    number = 1
    while lines:
        yield number, lines
        number += len(lines)
        lines = source.readlines(BLOCK)


def _is_record(line: bytes) -> bool:
    """Whether a first line is a whole record, not the beginning of a longer JSON value or a list of records."""
    if not line.strip():
        return True
    try:
        return not isinstance(decode(line), list)
    except ValueError:
        return False
