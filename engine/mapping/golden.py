"""Golden tests: a sample with its expected outcome, run by the CLI, by pytest and in the editor.

A case says what is `given`, optionally what is bound ($id, $links, $settings, $now under `with`), and exactly one of

    expect: {…}               the whole output; every difference is a failure
    expect_dropped: true      the mapping leaves the record out
    expect_error: …           the record is refused: part of the message, or {target field: part of its message}

Numbers with a point are exact, as connectors decode them. Everything here is text in, data out: golden_files.py knows
the folders, the editor keeps cases in its store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from engine.errors import MappingError, RecordError, UsageError
from engine.mapping.difference import Difference, differences, shown
from engine.mapping.outcomes import Dropped, Mapped, Outcome, Rejected
from engine.mapping.program import Program
from engine.mapping.rewrite import rewrite_text, write_text
from engine.mapping.yaml import read_text

EXPECTATIONS: Final = ("expect", "expect_dropped", "expect_error")
KEYS: Final = ("title", "given", "with", *EXPECTATIONS)
BINDINGS: Final = ("id", "links", "settings", "now")
Check = Callable[[dict[str, Any]], object]  # raises RecordError when the output does not fit its target


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenCase:
    """One case. Exactly one of the three expectations is set."""

    name: str  # file name without .yaml, or the name it has in the editor
    title: str = ""  # a line for people; the name where there is none
    given: Any = None  # the payload
    bindings: Mapping[str, Any] = field(default_factory=dict)  # id, links, settings, now
    expect: Any = None  # the whole output
    expect_dropped: bool = False
    expect_error: str | Mapping[str, str] | None = None
    text: str = ""  # as it was written, so that an update keeps comments


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenResult:
    """What became of one case."""

    name: str
    title: str
    passed: bool
    message: str  # one line: what happened; "" where it passed
    differences: tuple[Difference, ...] = ()  # expected → got, where the output differs
    got: str  # mapped | dropped | rejected | refused (mapped, but the output does not fit its target)
    output: Any = None  # where mapped
    errors: Mapping[str, str] = field(default_factory=dict)  # target field → message, where rejected or refused

    def lines(self) -> tuple[str, ...]:
        """For terminals: the message, then one line per difference (as path: expected → got)."""
        return (self.message, *(f"  {found.words}" for found in self.differences)) if not self.passed else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenReport:
    """All cases of one mapping."""

    mapping: str
    results: tuple[GoldenResult, ...]

    @property
    def failed(self) -> tuple[GoldenResult, ...]:
        return tuple(result for result in self.results if not result.passed)

    @property
    def summary(self) -> str:
        """Such as "12 of 12 pass"."""
        if not self.results:
            return "no golden tests"
        passed = len(self.results) - len(self.failed)
        return f"{passed} of {len(self.results)} pass"


def parse_case(text: str | bytes, name: str, file: str | None = None) -> GoldenCase:
    """One case from YAML or JSON. Raises MappingError (not YAML) or UsageError (not a case)."""
    where = file or name
    source = read_text(text, where)
    data = exactly(source.data)
    if not isinstance(data, dict):
        raise UsageError(f"{where}: a golden test is an object with `given` and one of {', '.join(EXPECTATIONS)}")
    unknown = [key for key in data if key not in KEYS]
    if unknown:
        raise UsageError(f"{where}: unknown key `{unknown[0]}`; a golden test has {', '.join(KEYS)}")
    stated = [key for key in EXPECTATIONS if key in data]
    if "given" not in data or len(stated) != 1:
        raise UsageError(f"{where}: a golden test has `given` and exactly one of {', '.join(EXPECTATIONS)}")
    return GoldenCase(
        name=name,
        title=str(data.get("title") or ""),
        given=data["given"],
        bindings=_bindings(data.get("with"), where),
        expect=data.get("expect"),
        expect_dropped=data.get("expect_dropped") is True,
        expect_error=_expected_error(data.get("expect_error"), "expect_error" in data, where),
        text=source.text,
    )


def _bindings(value: Any, where: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or any(key not in BINDINGS for key in value):
        raise UsageError(f"{where}: `with` binds {', '.join(BINDINGS)}, nothing else")
    return value


def _expected_error(value: Any, stated: bool, where: str) -> str | Mapping[str, str] | None:
    if not stated:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value and all(isinstance(part, str) for part in value.values()):
        return value
    raise UsageError(f"{where}: `expect_error` is a part of the message, or target fields with a part of theirs")


def run_case(program: Program, case: GoldenCase, check: Check | None = None) -> GoldenResult:
    """Run one case through the production code path; `check` sees outputs before they are compared."""
    outcome = program.run(case.given, **case.bindings)
    errors = _errors(outcome)
    got = "mapped" if isinstance(outcome, Mapped) else "dropped" if isinstance(outcome, Dropped) else "rejected"
    output = outcome.output if isinstance(outcome, Mapped) else None
    if isinstance(outcome, Mapped) and check is not None:
        try:
            check(outcome.output)
        except RecordError as error:
            got, errors = "refused", dict(error.problems) or {"": error.message}
    found: tuple[Difference, ...] = ()
    message = _judge(case, got, errors)
    if not message and got == "mapped":
        found = differences(case.expect, output)
        message = f"{len(found)} difference{'s' * (len(found) != 1)} from what is expected" if found else ""
    title = case.title or case.name.replace("_", " ").replace("-", " ")
    return GoldenResult(
        name=case.name,
        title=title,
        passed=not message,
        message=message,
        differences=found,
        got=got,
        output=output,
        errors=errors,
    )


def _errors(outcome: Outcome) -> dict[str, str]:
    return {path: error.message for path, error in outcome.errors.items()} if isinstance(outcome, Rejected) else {}


def _judge(case: GoldenCase, got: str, errors: Mapping[str, str]) -> str:
    """Why the kind of outcome is not the expected one; "" where it is (an output is compared afterwards)."""
    said = "; ".join(f"{path}: {message}" if path else message for path, message in errors.items())
    if case.expect_error is not None:
        if got not in ("rejected", "refused"):
            return f"expected to be refused, but it was {got}"
        return _judge_errors(case.expect_error, errors, said)
    if case.expect_dropped:
        return "" if got == "dropped" else f"expected to be dropped, but it was {got}{': ' + said if said else ''}"
    if got == "dropped":
        return "expected an output, but the mapping dropped the record"
    if got == "rejected":
        return f"expected an output, but the record was refused: {said}"
    return f"the output does not fit its target: {said}" if got == "refused" else ""


def _judge_errors(expected: str | Mapping[str, str], errors: Mapping[str, str], said: str) -> str:
    if isinstance(expected, str):
        return "" if expected in said else f"expected an error with {shown(expected)}, got: {said}"
    for path, part in expected.items():
        if path not in errors:
            return f"expected an error at {path}, got: {said}"
        if part not in errors[path]:
            return f"expected an error at {path} with {shown(part)}, got: {errors[path]}"
    surplus = [path for path in errors if path not in expected]
    return f"did not expect an error at {surplus[0]}: {errors[surplus[0]]}" if surplus else ""


def run_cases(program: Program, cases: Iterable[GoldenCase], check: Check | None = None) -> GoldenReport:
    return GoldenReport(mapping=program.name, results=tuple(run_case(program, case, check) for case in cases))


def updated_text(case: GoldenCase, result: GoldenResult) -> str:
    """The case with what it got as its expectation; comments, `given` and everything else stay as written."""
    data = read_text(case.text).data if case.text else _as_data(case)
    kept = {key: value for key, value in data.items() if key not in EXPECTATIONS}
    fresh = kept | _expectation(result)
    return rewrite_text(case.text, fresh) if case.text else write_text(fresh)


def new_text(
    program: Program,
    given: Any,
    *,
    title: str = "",
    bindings: Mapping[str, Any] | None = None,
    check: Check | None = None,
) -> str:
    """A golden test made of a sample: what the mapping makes of it now is what is expected from now on."""
    case = GoldenCase(name="new", title=title, given=given, bindings=bindings or {})
    return write_text(_as_data(case) | _expectation(run_case(program, case, check)))


def _as_data(case: GoldenCase) -> dict[str, Any]:
    head: dict[str, Any] = {"title": case.title} if case.title else {}
    bound = {"with": dict(case.bindings)} if case.bindings else {}
    data: dict[str, Any] = writable({**head, "given": case.given, **bound})
    return data


def _expectation(result: GoldenResult) -> dict[str, Any]:
    if result.got == "mapped":
        return {"expect": writable(result.output)}
    return {"expect_dropped": True} if result.got == "dropped" else {"expect_error": dict(result.errors)}


def exactly(value: Any) -> Any:
    """Numbers with a point as the decimals they are written as."""
    if isinstance(value, dict):
        return {key: exactly(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [exactly(entry) for entry in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def writable(value: Any) -> Any:
    """Decimals as numbers that YAML writes. Raises MappingError for a decimal longer than a YAML number holds."""
    if isinstance(value, dict):
        return {key: writable(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [writable(entry) for entry in value]
    if not isinstance(value, Decimal):
        return value
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value:
        raise MappingError(f"the number {value} is too long for a golden test; give it the type decimal (text)")
    return float(value)
