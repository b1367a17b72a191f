"""A mapping opened for editing: its draft, what is live, its samples, compiled and tried on all of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editor.mapping.output_view import OutputView, output_view
from editor.mapping.request_view import Destination, RequestView, request_view
from editor.mapping.source_tree import SourceTree, source_tree, used_leaves
from editor.mapping.target_rows import Counts, Facts, Section, count, every, sections_of
from editor.mapping.targets import Target
from engine.mapping.compile import MappingContext, compile_draft
from engine.mapping.coverage import reader
from engine.mapping.diagnostics import Diagnostic
from engine.mapping.diff import LISTS
from engine.mapping.outcomes import Dropped, Mapped, Preview, Rejected
from engine.mapping.overlay import effective
from engine.mapping.program import Program
from engine.mapping.suggest import SourceField, Suggestion, TargetField, source_fields, suggest_all
from engine.store.samples import Sample

TYPE_OF_WORDS = {"text": "string", "html": "string", "choice": "string", "yes/no": "boolean", "time": "datetime"}
MOST_PAIRS = 8000  # source and target fields compared for suggestions
DEEPEST_SUGGESTED = 6  # dots in the path of a suggested source field
NO_TREE = SourceTree(nodes=(), used=0, unused=0)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Everything the page is drawn from. Immutable: an edit makes another one."""

    connection: str
    stem: str  # `product.out`
    text: str  # the draft file
    version: int  # of the draft file; 0: not there yet
    data: Mapping[str, Any]  # the document, with what it takes over from its base
    own: Mapping[str, Any]  # as the draft file says it
    base: Mapping[str, Any] | None  # the mapping it extends; None where it extends none
    program: Program
    live: Mapping[str, Any] | None  # the live document, with what it takes over from its base
    live_program: Program | None
    live_number: int | None
    samples: tuple[Sample, ...]
    chosen: int  # which of them is shown
    targets: tuple[Target, ...]
    bindings: Mapping[str, Any]  # $settings and the like for the preview
    failing: Mapping[str, Sequence[tuple[str, str]]]  # place → (sample, message), of all samples
    live_output: Any  # what live makes of the chosen sample; None where nothing is live
    destination: Destination  # where the output goes

    @property
    def sample(self) -> Sample | None:
        return self.samples[self.chosen] if self.samples else None

    def with_base(self, own: Mapping[str, Any]) -> Mapping[str, Any]:
        """Another state of the draft file, with what it takes over from the base."""
        return own if self.base is None else effective(self.base, own)


@dataclass(frozen=True, kw_only=True)
class View:
    """What the panes show."""

    tree: SourceTree
    sections: tuple[Section, ...]
    counts: Counts
    output: OutputView
    request: RequestView
    verdict: str  # ok | dropped | rejected | none
    verdict_words: str
    used: tuple[str, ...]  # source paths rules read, and the leaves of the sample inside them; without indexes
    general: tuple[Diagnostic, ...]  # findings about no field in particular
    suggestions: tuple[Suggestion, ...]


class Programs:
    """Drafts compiled lately, by content: flipping samples or opening a rule compiles nothing again."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], Program] = OrderedDict()

    def compiled(self, data: Mapping[str, Any], context: MappingContext, key: tuple[Any, ...]) -> Program:
        """`key` stands for the document and everything in the context."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        program = compile_draft(data, context)
        self._kept[key] = program
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return program


def one_rule(data: Mapping[str, Any], place: str) -> dict[str, Any]:
    """The document with only the rule that makes `place`, and everything rules share."""
    fields = data.get("fields") or {}
    top = next((key for key in fields if place == key or place.startswith((f"{key}.", f"{key}{LISTS}."))), None)
    return {**data, "fields": {} if top is None else {top: fields[top]}}


def view_of(opened: Opened, *, with_tree: bool = True, with_suggestions: bool = True) -> View:
    sample = opened.sample
    preview = opened.program.preview(sample.payload, **opened.bindings) if sample else None
    is_used = reader(opened.program.used, leading=True)
    suggestions = _suggestions(opened) if with_suggestions else {}
    sections = sections_of(
        Facts(
            document=opened.data,
            targets=opened.targets,
            live=opened.live,
            base=opened.base,
            own=opened.own,
            previews=preview.fields if preview else {},
            diagnostics=opened.program.diagnostics,
            failing=opened.failing,
            sample_count=len(opened.samples),
            suggestions=suggestions,
            reads=opened.program.reads,
        )
    )
    verdict, words = _verdict(preview)
    known = {row.place for section in sections for row in every(section.rows)}
    return View(
        tree=source_tree(sample.payload, is_used, opened.data.get("let") or {}) if sample and with_tree else NO_TREE,
        sections=sections,
        counts=count(sections),
        output=_output(opened, preview),
        request=_request(opened, preview, "" if verdict == "ok" else f"As it is, nothing is sent. {words}"),
        verdict=verdict,
        verdict_words=words,
        used=_used(opened, is_used),
        general=tuple(d for d in opened.program.diagnostics if d.severity == "error" and d.place.field not in known),
        suggestions=tuple(suggestions.values()),
    )


def _used(opened: Opened, is_used: Callable[[str], bool]) -> tuple[str, ...]:
    leaves = used_leaves(opened.sample.payload, is_used) if opened.sample else []
    whole = (path for path in opened.program.used if not path.startswith("$"))
    return tuple(sorted({*leaves, *whole}))


def _output(opened: Opened, preview: Preview | None) -> OutputView:
    return output_view(preview.output if preview else {}, opened.live_output)


def _request(opened: Opened, preview: Preview | None, stops: str) -> RequestView:
    output = preview.output if preview else {}
    new = output
    if opened.sample and opened.program.uses("id"):  # a new record has none yet
        new = opened.program.preview(opened.sample.payload, **{**opened.bindings, "id": None}).output
    return request_view(opened.destination, opened.sample, output, opened.live_output, new=new, stops=stops)


def failing(
    program: Program, samples: Sequence[Sample], bindings: Mapping[str, Any]
) -> dict[str, list[tuple[str, str]]]:
    """Place → (sample, message), of all samples. The careful way: for a handful of samples it is quicker than making
    the fast function."""
    found: dict[str, list[tuple[str, str]]] = {}
    for sample in samples:
        outcome = program.second_look(sample.payload, **bindings)
        if isinstance(outcome, Rejected):
            for place, error in outcome.errors.items():
                found.setdefault(place, []).append((sample.name, error.message))
    return found


def shallow_sources(samples: Sequence[Sample], most: int) -> tuple[SourceField, ...]:
    """At most so many source fields, those nearest to the top: a page must not wait for thousands of them."""
    sources = source_fields(sample.payload for sample in samples)
    shallow = [source for source in sources if source.path.count(".") <= DEEPEST_SUGGESTED]
    return tuple(sorted(shallow, key=lambda source: source.path.count("."))[: max(most, 20)])


def _verdict(preview: Preview | None) -> tuple[str, str]:
    if preview is None:
        return "none", "No sample"
    if isinstance(preview.outcome, Mapped):
        return "ok", "Would be sent"
    if isinstance(preview.outcome, Dropped):
        return "dropped", f"Left out: {preview.outcome.reason}"
    place, error = next(iter(preview.outcome.errors.items()))
    more = len(preview.outcome.errors) - 1
    rest = f", and {more} more" if more else ""
    return "rejected", f"Would be rejected: {place}: {error.message}{rest}"


def _suggestions(opened: Opened) -> dict[str, Suggestion]:
    """The best source field for each target without a rule, where the samples show one."""
    mapped = set(opened.program.targets)
    parents = {place.rpartition(".")[0] for place in mapped}
    open_targets = [
        TargetField(path=target.path, type=TYPE_OF_WORDS.get(target.type, target.type) or None)
        for target in opened.targets
        if target.path not in mapped and "[]" not in target.path and target.path not in parents
    ]
    if not open_targets or not opened.samples:
        return {}
    found = suggest_all(open_targets, shallow_sources(opened.samples, MOST_PAIRS // len(open_targets)), limit=1)
    return {target: best[0] for target, best in found.items() if best}
