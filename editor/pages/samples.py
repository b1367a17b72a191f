"""Samples of a mapping, kept to show values and to try rules on; and its golden tests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from editor.access import needs
from editor.bases import bases_in, whole
from editor.forms import sent
from editor.mapping.set_check import golden_results
from editor.mapping_set import MappingSet, open_set
from editor.pages.page import Page
from editor.render import Req, render, see
from editor.sample_intake import LARGEST, capture, read_samples, sealed
from editor.services import services, writing
from editor.words import pretty
from engine.errors import CodiError, NotFoundError, StaleError, UsageError
from engine.mapping.compile import compile_draft
from engine.mapping.golden import GoldenReport, new_text, parse_case, run_case, updated_text
from engine.mapping.masking import mask
from engine.mapping.outcomes import Dropped, Mapped
from engine.mapping.program import Program
from engine.store.drafts import Drafts
from engine.store.samples import Sample, remove_sample, save_sample

SHOWN = 20_000  # characters of a payload that are drawn
LARGEST_TEST = 400_000  # characters of a golden test


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A sample and what the draft makes of it."""

    sample: Sample
    outcome: str  # mapped | dropped | rejected | "": the draft cannot run
    words: str


@dataclass(frozen=True, kw_only=True)
class SamplesPage(Page):
    set: MappingSet
    tab: str
    stem: str
    mapping: str  # its title
    kept: tuple[Tried, ...]
    seen: tuple[Tried, ...]  # in real traffic, not kept
    chosen: Tried | None
    payload: str
    output: str
    tests: GoldenReport
    stream: str  # that can be read for new samples; "": the mapping reads records
    here_path: str
    may_edit: bool
    problem: str = ""
    typed: str = ""  # what was pasted and could not be taken
    name: str = ""


@get("/mappings/{connection:str}/samples")
async def samples_page(
    request: Req, connection: FromPath[str], mapping: FromQuery[str] = "", sample: FromQuery[str] = ""
) -> Response[Any]:
    return await _page(request, connection, mapping, sample)


@post("/mappings/{connection:str}/samples/add", status_code=200, guards=[needs("consultant")])
async def add_sample(request: Req, connection: FromPath[str]) -> Response[Any]:
    """Pasted text or an uploaded file, masked unless the form says otherwise."""
    typed = await sent(request)
    stem, name = typed.get("mapping", ""), typed.get("name", "")
    await _opened(request, connection, stem)
    text, origin, named = typed.get("text", "").encode(), "pasted", name or "pasted"
    form = await request.form()
    if isinstance(file := form.get("file"), UploadFile) and file.filename:
        text, origin = await file.read(LARGEST + 1), f"uploaded, {file.filename[:80]}"
        named = name or PurePosixPath(file.filename).stem
    try:
        found = await asyncio.to_thread(read_samples, text, named[:80])
        await _keep(request, connection, stem, found, origin, masked="mask" in typed)
    except UsageError as error:
        again = typed.get("text", "")
        return await _page(
            request,
            connection,
            stem,
            problem=str(error),
            typed=again if len(again) < SHOWN else "",
            name=name,
            status=422,
        )
    return see(request, _address(request, connection, stem, sample=found[0][0], done="added"))


@post("/mappings/{connection:str}/samples/capture", status_code=200, guards=[needs("consultant")])
async def capture_samples(request: Req, connection: FromPath[str]) -> Response[Any]:
    """The first objects that the connection gives now."""
    typed = await sent(request)
    stem = typed.get("mapping", "")
    _, data = await _opened(request, connection, stem)
    stream = str((data.get("from") or {}).get("stream") or "")
    if not stream:
        raise UsageError("This mapping reads stored records, not a system.")
    try:
        found = await capture(services(request).gateway, request.auth.workspace, connection, stream, 5)
    except CodiError as error:
        return await _page(request, connection, stem, problem=str(error), status=502)
    if not found:
        return await _page(request, connection, stem, problem=f"{stream} is empty there.", status=422)
    await _keep(request, connection, stem, list(found), f"read from {stream}", masked="mask" in typed)
    return see(request, _address(request, connection, stem, sample=found[0][0], done="added"))


@post("/mappings/{connection:str}/samples/keep", status_code=200, guards=[needs("consultant")])
async def keep_sample(request: Req, connection: FromPath[str]) -> Response[Any]:
    """Keeps what was seen in real traffic; it is masked already."""
    typed = await sent(request)
    stem, name = typed.get("mapping", ""), typed.get("name", "")
    _, data = await _opened(request, connection, stem)
    found = await _sample(request, connection, stem, data, name)
    await _keep(request, connection, stem, [(name, found.payload)], found.origin, masked=True)
    return see(request, _address(request, connection, stem, sample=name, done="saved"))


@post("/mappings/{connection:str}/samples/remove", status_code=200, guards=[needs("consultant")])
async def drop_sample(request: Req, connection: FromPath[str]) -> Response[Any]:
    typed = await sent(request)
    stem = typed.get("mapping", "")
    await _opened(request, connection, stem)
    async with writing(request) as transaction:
        await remove_sample(transaction, f"{connection}/{stem}", typed.get("name", ""))
    services(request).desk.forget_samples(request.auth.workspace, connection, stem)
    return see(request, _address(request, connection, stem, done="removed"))


@post("/mappings/{connection:str}/samples/golden", status_code=200, guards=[needs("consultant")])
async def make_golden(request: Req, connection: FromPath[str]) -> Response[Any]:
    """A golden test of a sample: what the draft makes of it now is expected from now on. Never with people in it."""
    typed = await sent(request)
    stem, name = typed.get("mapping", ""), typed.get("name", "")
    opened, data = await _opened(request, connection, stem)
    found = await _sample(request, connection, stem, data, name)
    payload = found.payload
    if not found.masked:
        payload = mask(payload, salt=services(request).gateway.settings.secret_keys()[-1]).payload
    program = compile_draft(data)
    key = (request.auth.workspace, connection, stem)
    bound = services(request).desk.pinned(key, program, replace(found, payload=payload))
    text = await asyncio.to_thread(new_text, program, payload, title=typed.get("title", ""), bindings=bound)
    if len(text) > LARGEST_TEST:
        raise UsageError("This sample is too long for a golden test. Make one of a smaller object.")
    taken = {path for path in opened.draft if path.startswith(f"{stem}.golden/")}
    slug = re.sub(r"[^a-z0-9]+", "-", (typed.get("title") or name).lower()).strip("-")[:60] or "sample"
    names = (slug, *(f"{slug}-{number}" for number in range(2, 1000)))
    path = next(path for each in names if (path := f"{stem}.golden/{each}.yaml") not in taken)
    who, drafts = request.auth.person.email, _drafts(request)
    try:
        await drafts.save(connection, path, text, version=0, who=who)
    except StaleError as error:  # there was one of this name once, taken out since
        if error.current.body is not None:
            raise
        await drafts.save(connection, path, text, version=error.current.version, who=who)
    return see(request, _address(request, connection, stem, sample=name, done="added") + "#tests")


@post("/mappings/{connection:str}/samples/tests", status_code=200, guards=[needs("consultant")])
async def change_test(request: Req, connection: FromPath[str]) -> Response[Any]:
    """Takes what a test got as expected from now on, or takes the test out."""
    typed = await sent(request)
    stem, name = typed.get("mapping", ""), typed.get("name", "")
    opened, data = await _opened(request, connection, stem)
    path = f"{stem}.golden/{name}.yaml"
    if path not in opened.draft:
        raise NotFoundError(f"There is no golden test {name}.")
    text: str | None = None
    if typed.get("do") == "expect":
        case = parse_case(opened.draft[path], name, path)
        text = updated_text(case, run_case(compile_draft(data), case))
    version = opened.files[path].version
    await _drafts(request).save(connection, path, text, version=version, who=request.auth.person.email)
    done = "saved" if text is not None else "removed"
    return see(request, _address(request, connection, stem, done=done) + "#tests")


async def _opened(request: Req, connection: str, stem: str) -> tuple[MappingSet, Mapping[str, Any]]:
    """The set and the mapping's document. Raises NotFoundError, MappingError."""
    opened = await open_set(services(request).gateway, request.auth.workspace, connection)
    if stem not in opened.stems:
        raise NotFoundError(f"The draft of {opened.title} has no mapping {stem}.")
    return opened, whole(services(request).desk.read(opened.draft[f"{stem}.yaml"]), bases_in(opened.draft))


async def _samples(request: Req, connection: str, stem: str, data: Mapping[str, Any]) -> tuple[Sample, ...]:
    given = services(request)
    return await given.desk.samples(given.gateway, request.auth.workspace, connection, stem, data)


async def _sample(request: Req, connection: str, stem: str, data: Mapping[str, Any], name: str) -> Sample:
    for each in await _samples(request, connection, stem, data):
        if each.name == name:
            return each
    raise NotFoundError(f"There is no sample {name}.")


async def _keep(
    request: Req, connection: str, stem: str, found: list[tuple[str, Any]], origin: str, *, masked: bool
) -> None:
    given = services(request)
    salt = given.gateway.settings.secret_keys()[-1]
    bodies = [(name, await asyncio.to_thread(sealed, payload, masked=masked, salt=salt)) for name, payload in found]
    who = request.auth.person.email
    async with writing(request) as transaction:
        for name, body in bodies:
            mapping = f"{connection}/{stem}"
            await save_sample(transaction, mapping, name[:80], body, origin=origin, masked=masked, who=who)
    given.desk.forget_samples(request.auth.workspace, connection, stem)


def _drafts(request: Req) -> Drafts:
    return Drafts(services(request).gateway.database, request.auth.workspace)


def _try(program: Program, sample: Sample, bindings: Mapping[str, Any]) -> Tried:
    outcome = program.run(sample.payload, **bindings)
    if isinstance(outcome, Mapped):
        return Tried(sample=sample, outcome="mapped", words="")
    if isinstance(outcome, Dropped):
        return Tried(sample=sample, outcome="dropped", words=outcome.reason)
    words = "; ".join(f"{place}: {error.message}" for place, error in outcome.errors.items())
    return Tried(sample=sample, outcome="rejected", words=words)


def _address(request: Req, connection: str, stem: str, **more: str) -> str:
    return f"{request.auth.here}/mappings/{connection}/samples?{urlencode({'mapping': stem, **more})}"


async def _page(
    request: Req, connection: str, stem: str, sample: str = "", *, status: int = 200, **more: Any
) -> Response[Any]:
    given = services(request)
    if not stem:
        first = await open_set(given.gateway, request.auth.workspace, connection)
        stem = next(iter(first.stems), "")
    opened, data = await _opened(request, connection, stem)
    program = compile_draft(data)
    found = await _samples(request, connection, stem, data)
    bindings = given.desk.bindings((request.auth.workspace, connection, stem))
    tried = await asyncio.to_thread(lambda: [_try(program, each, bindings) for each in found])
    chosen = next((each for each in tried if each.sample.name == sample), tried[0] if tried else None)
    payload, output = await asyncio.to_thread(_drawn, program, chosen, bindings)
    page = SamplesPage(
        title="Samples",
        section="mappings",
        set=opened,
        tab="samples",
        stem=stem,
        mapping=str(data.get("title") or stem),
        kept=tuple(each for each in tried if each.sample.kept),
        seen=tuple(each for each in tried if not each.sample.kept),
        chosen=chosen,
        payload=payload,
        output=output,
        tests=await asyncio.to_thread(golden_results, stem, opened.draft, program),
        stream=str((data.get("from") or {}).get("stream") or ""),
        here_path=f"{request.auth.here}/mappings/{connection}/samples",
        may_edit=request.auth.may("consultant"),
        **more,
    )
    return render(request, "samples/samples.html", page, fragment="samples_body", status=status)


def _drawn(program: Program, chosen: Tried | None, bindings: Mapping[str, Any]) -> tuple[str, str]:
    """The sample and what the draft makes of it, as JSON, cut where they are long."""
    if chosen is None:
        return "", ""
    outcome = program.run(chosen.sample.payload, **bindings)
    output = pretty(outcome.output)[:SHOWN] if isinstance(outcome, Mapped) else ""
    return pretty(chosen.sample.payload)[:SHOWN], output


HANDLERS = [
    samples_page,
    add_sample,
    capture_samples,
    keep_sample,
    drop_sample,
    make_golden,
    change_test,
]
