"""`codi map`: check, test, run and compare mapping documents that are files. Needs no database and no workspace.

What only some commands use (entities, golden tests, comparing) is imported there: `codi map run` starts in the middle
of shell pipelines and must not wait for it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from editor.bases import FOLDER
from editor.cli.map_records import Bindings, run_records
from editor.paths import data_dir
from engine.encoding import decode, encode
from engine.errors import MappingError, UsageError
from engine.mapping.compile import MappingContext, compile_draft, compile_mapping
from engine.mapping.diagnostics import Diagnostic, errors
from engine.mapping.document import mapping_schema
from engine.mapping.load import load
from engine.mapping.program import Program
from engine.mapping.yaml import SourceText, read_text

if TYPE_CHECKING:
    from engine.mapping.golden import GoldenReport

app = typer.Typer(help="Check, test, run and compare mapping documents.", no_args_is_help=True)

Files = Annotated[list[Path], typer.Argument(help="Mapping documents, YAML or JSON.", metavar="FILE…")]
File = Annotated[Path, typer.Argument(help="A mapping document, YAML or JSON.", metavar="FILE")]
TargetOption = Annotated[Path | None, typer.Option("--target", help="JSON Schema of what the mapping makes.")]
SourceOption = Annotated[Path | None, typer.Option("--source", help="JSON Schema of what the mapping reads.")]
SamplesOption = Annotated[Path | None, typer.Option("--samples", help="JSON or JSONL file with payloads.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("check")
def check(
    files: Files,
    target: TargetOption = None,
    source: SourceOption = None,
    samples: SamplesOption = None,
    everything: Annotated[bool, typer.Option("--all", help="Also print what is only for your information.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say everything that is wrong with mapping documents, without running them. Exit code 1 on errors.

    Entities are checked against their own schema; the golden tests beside a mapping serve as samples.
    """
    found: list[Diagnostic] = []
    for file in files:
        found += _findings(file, target, source, samples)
    if not everything:
        found = [diagnostic for diagnostic in found if diagnostic.severity != "info"]
    if as_json:
        typer.echo(encode([diagnostic.as_json() for diagnostic in found]))
    else:
        for diagnostic in found:
            typer.echo(diagnostic.line())
        typer.echo(_counted(found, len(files)), err=True)
    raise typer.Exit(1 if errors(found) else 0)


def _findings(file: Path, target: Path | None, source: Path | None, samples: Path | None) -> tuple[Diagnostic, ...]:
    from engine.mapping.golden_files import read_cases

    try:
        text = _read(file)
        payloads = _payloads(samples) if samples else [case.given for case in read_cases(file)]
        context = _context(file, text, _schema(target), _schema(source), payloads)
        return compile_draft(text, context).diagnostics
    except MappingError as error:
        return error.diagnostics


def _counted(found: list[Diagnostic], files: int) -> str:
    counts = {word: sum(each.severity == word for each in found) for word in ("error", "warning")}
    words = [f"{count} {word}{'s' * (count != 1)}" for word, count in counts.items() if count]
    return f"{', '.join(words) or 'no problems'} in {files} file{'s' * (files != 1)}"


@app.command("test")
def test(
    files: Files,
    update: Annotated[bool, typer.Option("--update", help="Offer to write the new expectation.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: write without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the golden tests beside mapping documents. Exit code 1 when one fails."""
    from engine.mapping.golden import run_cases
    from engine.mapping.golden_files import read_cases

    reports = [(file, run_cases(_program(file), read_cases(file))) for file in files]
    if as_json:
        typer.echo(encode([msgspec.to_builtins(report) for _, report in reports]))
    failed = 0
    for file, report in reports:
        failed += len(report.failed)
        if not as_json:
            _show(file, report)
        if update:
            failed -= _update(file, report, ask=not yes)
    raise typer.Exit(1 if failed else 0)


def _show(file: Path, report: GoldenReport) -> None:
    for result in report.failed:
        typer.echo(f"{file}: {result.name}")
        for line in result.lines():
            typer.echo(f"  {line}")
    typer.echo(f"{file}: {report.summary}")


def _update(file: Path, report: GoldenReport, *, ask: bool) -> int:
    """Write the new expectations that are agreed to; how many."""
    from engine.mapping.golden_files import read_cases, write_update

    written = 0
    cases = {case.name: case for case in read_cases(file)}
    for result in report.failed:
        if not ask or typer.confirm(f"Make this the expectation of {result.name}?"):
            typer.echo(f"wrote {write_update(file, cases[result.name], result)}")
            written += 1
    return written


@app.command("run")
def run(
    file: File,
    input: Annotated[str, typer.Option("--input", help="JSON or JSONL file; - for standard input.")] = "-",
    settings: Annotated[Path | None, typer.Option(help="JSON file bound to $settings.")] = None,
    links: Annotated[Path | None, typer.Option(help="JSON file bound to $links: entity → key → id.")] = None,
    now: Annotated[str | None, typer.Option(help="The time bound to $now, such as 2026-11-30T09:15:00Z.")] = None,
) -> None:
    """Map records: JSON or JSONL in, JSONL out. Rejected records go to standard error as JSON; then exit code 1."""
    program = _program(file)
    bindings = Bindings(settings=_json(settings), links=_json(links), now=now)
    if input == "-":
        bad = run_records(program, sys.stdin.buffer, sys.stdout.buffer, sys.stderr.buffer, bindings)
    else:
        try:
            with Path(input).open("rb") as payloads:
                bad = run_records(program, payloads, sys.stdout.buffer, sys.stderr.buffer, bindings)
        except OSError as error:
            raise UsageError(f"cannot read {input}: {error.strerror}") from None
    raise typer.Exit(1 if bad else 0)


@app.command("diff")
def diff(before: File, after: File, as_json: JsonOption = False) -> None:
    """What changes, field by field, when the first document is replaced by the second."""
    from engine.mapping.diff import diff_documents

    found = diff_documents(_document(before), _document(after))
    if as_json:
        typer.echo(encode(msgspec.to_builtins(found.changes)))
        return
    for line in found.lines():
        typer.echo(line)
    typer.echo(found.summary, err=True)


@app.command("schema")
def schema() -> None:
    """Print the JSON Schema of mapping documents, for editors that complete YAML."""
    typer.echo(msgspec.json.format(encode(mapping_schema()), indent=2).decode())


# ---------------------------------------------------------------- files


def _program(file: Path) -> Program:
    """The mapping, compiled; whether its target takes what it makes is `check`'s business."""
    text = _read(file)
    bases = _bases(file) if load(text).document.extend else {}
    return compile_mapping(text, MappingContext(bases=bases))


def _context(
    file: Path,
    text: SourceText,
    target: Mapping[str, Any] | None = None,
    source: Mapping[str, Any] | None = None,
    samples: Sequence[Any] = (),
) -> MappingContext:
    """What the caller knows; else the schemas of the entities the mapping names. And what it may extend."""
    document = load(text).document
    return MappingContext(
        target_schema=target or _entity(document.to.entity),
        source_schema=source or _entity(document.from_.entity),
        samples=samples,
        bases=_bases(file) if document.extend else {},
    )


def _entity(name: str | None) -> Mapping[str, Any] | None:
    from engine.records.entities import ENTITIES

    return ENTITIES[name].model_json_schema() if name in ENTITIES else None


def _bases(file: Path) -> dict[str, bytes]:
    """Mapping name → document: those shipped, those a set keeps under `shipped/`, and those in the folders beside the
    file's; the later win."""
    here = file.resolve().parent
    folders = (data_dir("mappings"), here.parent / FOLDER, here / FOLDER, here.parent)
    return {
        f"{path.parent.name}/{path.stem}": path.read_bytes()
        for folder in folders
        for path in sorted(folder.glob("*/*.yaml"))
    }


def _read(file: Path) -> SourceText:
    return read_text(_bytes(file), str(file))


def _document(file: Path) -> Mapping[str, Any]:
    data = _read(file).data
    if not isinstance(data, Mapping):
        raise UsageError(f"{file} is not a mapping document")
    return data


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _json(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return decode(_bytes(file))
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}") from None


def _schema(file: Path | None) -> Mapping[str, Any] | None:
    found = _json(file)
    if found is not None and not isinstance(found, Mapping):
        raise UsageError(f"{file} is not a JSON Schema: it must be an object")
    return found


def _payloads(file: Path) -> list[Any]:
    """The samples in a JSON file (a list, or one object) or a JSONL file."""
    data = _bytes(file)
    try:
        whole = decode(data)
        return whole if isinstance(whole, list) else [whole]
    except ValueError:
        pass
    try:
        return [decode(line) for line in data.splitlines() if line.strip()]
    except ValueError as error:
        raise UsageError(f"{file} is neither JSON nor JSONL: {error}") from None
