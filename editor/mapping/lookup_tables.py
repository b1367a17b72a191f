"""Lookup tables as people edit them: rows in and out of a document, cells pasted from a spreadsheet, where used."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from engine.mapping.difference import same
from engine.mapping.yaml import scalar

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
LONGEST: Final = 1000  # characters of one cell
MOST_ROWS: Final = 20_000  # of one paste
HEADINGS: Final = frozenset({"code", "from", "key", "value", "source", "to", "target", "name", "class", "note"})
SEPARATORS: Final = {"\t": "tab separated", ";": "semicolon separated", ",": "comma separated"}


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What a person did to one row of the grid."""

    was: str | None  # its key when the page was opened; None: a new row
    old: str  # its value then, as text
    key: str
    value: str
    remove: bool = False


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A table after edits."""

    rows: dict[str, Any]
    problems: dict[int, str]  # place of the edit → what is wrong with it


@dataclass(frozen=True, kw_only=True)
class Pasted:
    """Cells read from text."""

    rows: tuple[tuple[str, str], ...]  # code, value
    separator: str  # in words
    heading: bool  # the first line was left out
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PastePlan:
    """What taking the pasted rows would do."""

    new: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str, str], ...]  # code, value now, value then
    same: int
    gone: tuple[str, ...]  # codes that only the table has: taken out when it is replaced

    @property
    def takes(self) -> int:
        return len(self.new) + len(self.changed)


def own_tables(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The lookups a document itself says."""
    tables = data.get("lookups")
    if not isinstance(tables, Mapping):
        return {}
    return {name: dict(rows) for name, rows in tables.items() if isinstance(rows, Mapping)}


def with_table(data: Mapping[str, Any], name: str, rows: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document with the table as given; None takes it out. A first table stands before the rules."""
    tables: dict[str, Any] = {**own_tables(data), name: rows}
    tables = {key: value for key, value in tables.items() if value is not None}
    if "lookups" in data:
        changed = {key: tables if key == "lookups" else value for key, value in data.items()}
        return changed if tables else {key: value for key, value in changed.items() if key != "lookups"}
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key in ("let", "skip_when", "fields") and "lookups" not in found:
            found["lookups"] = tables
        found[key] = value
    return {"lookups": tables, **found} if "lookups" not in found else found


def cell(value: Any) -> str:
    """A value as it stands in the grid; nothing is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def typed(text: str, rows: Mapping[str, Any]) -> Any:
    """A cell as a value: a number or yes/no where every value of the table is one, else text."""
    values = [value for value in rows.values() if value is not None]
    if not values or not text:
        return text
    read = scalar(text)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    switches = all(isinstance(value, bool) for value in values)
    if numbers and isinstance(read, int | float) and not isinstance(read, bool):
        return read
    return read if switches and isinstance(read, bool) else text


def edited(rows: Mapping[str, Any], edits: Sequence[Edit], inherited: Mapping[str, Any]) -> Edited:
    """The rows with the edits made, in their places. An edit over a row that somebody else changed meanwhile is not
    made and told; so is one that would make a code stand twice."""
    result, problems = dict(rows), {}
    for place, edit in enumerate(edits):
        problem = _wrong(edit, result, inherited)
        if problem:
            problems[place] = problem
        elif _touched(edit):
            result = _with(result, edit)
    return Edited(rows=result, problems=problems)


def _touched(edit: Edit) -> bool:
    if edit.was is None:
        return bool(edit.key or edit.value) and not edit.remove
    return edit.remove or edit.was != edit.key or edit.old != edit.value


def _wrong(edit: Edit, rows: Mapping[str, Any], inherited: Mapping[str, Any]) -> str:
    if not _touched(edit):
        return ""
    now = rows.get(edit.was, inherited.get(edit.was)) if edit.was is not None else None
    if edit.was is not None and cell(now) != edit.old:
        return f"Somebody else changed it meanwhile: it is {cell(now) or 'empty'} now."
    if edit.remove:
        return "" if edit.was in rows else "It comes from the base mapping; give it another value instead."
    if not edit.key and edit.was != "":
        return "Which code? A row has one."
    if len(edit.key) > LONGEST or len(edit.value) > LONGEST:
        return f"A cell holds {LONGEST:,} characters at most."
    if edit.key != edit.was and edit.key in rows:
        return f"{edit.key} stands in the table already."
    return ""


def _with(rows: dict[str, Any], edit: Edit) -> dict[str, Any]:
    if edit.was is None or edit.was not in rows:
        return rows if edit.remove else {**rows, edit.key: typed(edit.value, rows)}
    if edit.remove:
        return {key: value for key, value in rows.items() if key != edit.was}
    others = {key: value for key, value in rows.items() if key != edit.was}
    kept = rows[edit.was] if edit.value == edit.old else typed(edit.value, others)
    return {edit.key if key == edit.was else key: kept if key == edit.was else value for key, value in rows.items()}


def read_pasted(text: str, rows: Mapping[str, Any], heading: bool | None = None) -> Pasted:
    """Cells of a spreadsheet or a CSV file: the first two columns. `heading` None: found out from the first line."""
    text = text.lstrip("\ufeff")
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    problems: list[str] = []
    found: dict[str, str] = {}
    lines = 0
    for number, line in enumerate(_lines(text, separator, problems), 1):
        if number == 1 and (_is_heading(line, rows) if heading is None else heading):
            heading = True
            continue
        lines += 1
        if lines > MOST_ROWS:
            problems.append(f"Only the first {MOST_ROWS:,} rows are taken.")
            break
        code, value = line[0].strip(), line[1].strip() if len(line) > 1 else ""
        if len(line) < 2:
            problems.append(f"Line {number} has one cell only; a row is a code and a value.")
        elif not code:
            problems.append(f"Line {number} has no code in its first cell.")
        elif len(code) > LONGEST or len(value) > LONGEST:
            problems.append(f"Line {number} has a cell of more than {LONGEST:,} characters.")
        elif code in found and found[code] != value:
            problems.append(f"Line {number}: {code} stands here again, with another value; the first one counts.")
        else:
            found.setdefault(code, value)
    return Pasted(
        rows=tuple(found.items()), separator=SEPARATORS[separator], heading=bool(heading), problems=tuple(problems)
    )


def _lines(text: str, separator: str, problems: list[str]) -> Iterator[list[str]]:
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            if any(part.strip() for part in line):
                yield line
    except csv.Error as error:
        problems.append(f"The rest cannot be read as cells: {error}.")


def _is_heading(line: Sequence[str], rows: Mapping[str, Any]) -> bool:
    words = {word for part in line[:2] for word in re.split(r"[\W_]+", part.casefold()) if word}
    return bool(words & HEADINGS) and line[0].strip() not in rows


def plan_paste(rows: Mapping[str, Any], pasted: Pasted) -> PastePlan:
    new, changed, equal = [], [], 0
    for code, value in pasted.rows:
        if code not in rows:
            new.append((code, value))
        elif cell(rows[code]) == value:
            equal += 1
        else:
            changed.append((code, cell(rows[code]), value))
    given = {code for code, _ in pasted.rows}
    gone = tuple(code for code in rows if code not in given)
    return PastePlan(new=tuple(new), changed=tuple(changed), same=equal, gone=gone)


def take_paste(rows: Mapping[str, Any], pasted: Pasted, *, replace: bool) -> dict[str, Any]:
    """The table with the pasted rows; with `replace`, only those."""
    fresh = {
        code: rows[code] if code in rows and cell(rows[code]) == value else typed(value, rows)
        for code, value in pasted.rows
    }
    return fresh if replace else {**rows, **fresh}


def as_csv(rows: Mapping[str, Any]) -> str:
    """Code and value, with a heading, as spreadsheets read it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(("code", "value"))
    writer.writerows((key, cell(value)) for key, value in rows.items())
    return stream.getvalue()


def row_state(rows: Mapping[str, Any], live: Mapping[str, Any] | None, key: str) -> str:
    """new | changed | "": against what runs live."""
    if live is None or (key in live and same(rows[key], live[key])):
        return ""
    return "changed" if key in live else "new"


def used_by(fields: Mapping[str, Any], table: str, inside: str = "") -> list[tuple[str, str]]:
    """Target fields whose rule looks values up in the table, and what happens to a value without a row."""
    found: list[tuple[str, str]] = []
    for name, rule in fields.items():
        if not isinstance(rule, Mapping):
            continue
        place = f"{inside}{name}"
        for each in _rules_in(rule):
            if each.get("lookup") == table:
                found.append((place, str(each.get("missing") or "hold")))
        if isinstance(nested := rule.get("fields"), Mapping):
            found += used_by(nested, table, f"{place}{'[]' if 'each' in rule else ''}.")
    return list(dict.fromkeys(found))


def _rules_in(rule: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rule and those of its cases."""
    yield rule
    for case in rule.get("cases") or ():
        if isinstance(case, Mapping):
            for part in (case.get("then"), case.get("otherwise")):
                if isinstance(part, Mapping):
                    yield from _rules_in(part)
