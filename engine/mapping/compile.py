"""Mapping document → Program: read, fit to the model, take the base in, build the rules, check them, make them fast.

`compile_mapping` raises MappingError with every finding when one of them is an error; `compile_draft` never does for
what a document says, so that an editor can preview the good fields of a broken draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import MappingError
from engine.mapping.build import At, Builder
from engine.mapping.canonical import as_data, content_hash
from engine.mapping.check import check
from engine.mapping.coverage import used_paths
from engine.mapping.diagnostics import Diagnostic, diagnose, errors
from engine.mapping.document import Document
from engine.mapping.load import DocumentLike, as_source, did_you_mean, in_base, load, place_of
from engine.mapping.lookups import Table
from engine.mapping.overlay import effective
from engine.mapping.program import Program
from engine.mapping.rules import Broken, Formula, Nested
from engine.mapping.yaml import SourceText


@dataclass(frozen=True, kw_only=True)
class MappingContext:
    """What a mapping is checked against and compiled with. Everything may be left out."""

    target_schema: Mapping[str, Any] | None = None  # JSON Schema of the entity or stream it makes
    source_schema: Mapping[str, Any] | None = None  # JSON Schema of what it reads
    samples: Sequence[Any] = ()  # payloads as they arrive: for source paths and coverage
    lookups: Mapping[str, Table] = field(default_factory=dict)  # tables beside those of the document, which win
    bases: Mapping[str, DocumentLike] = field(default_factory=dict)  # mapping name → document, for `extend`


NOTHING = MappingContext()


def compile_mapping(document: DocumentLike, context: MappingContext = NOTHING, *, file: str | None = None) -> Program:
    """Compile a parsed model, plain data, or YAML or JSON text. Raises MappingError with every diagnostic."""
    program = compile_draft(document, context, file=file)
    wrong = errors(program.diagnostics)
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise MappingError(f"{wrong[0].line()}{more}", program.diagnostics)
    _ = program.fast  # written now, not with the first record
    return program


def compile_draft(document: DocumentLike, context: MappingContext = NOTHING, *, file: str | None = None) -> Program:
    """The same for a draft: rules with errors fail on every record and say why, the others run.

    Raises MappingError only where there is no document at all (text that is not YAML)."""
    source = as_source(document, file)
    loaded = load(source)
    found: list[Diagnostic] = list(loaded.diagnostics)
    whole = _with_base(loaded.document, source, context, found, ())
    builder = Builder(whole, source, {**context.lookups, **whole.lookups})
    let = builder.let()
    skip_when = builder.skip_when()
    root = builder.fields(whole.fields, At(path=("fields",)), keep=True)
    root = _with_broken(root, loaded.broken, builder)
    used = used_paths(placed.formula for placed in builder.formulas)
    coverage = check(
        builder,
        root,
        used=used,
        target_schema=context.target_schema,
        source_schema=context.source_schema,
        samples=context.samples,
    )
    found += builder.diagnostics
    diagnostics = tuple(sorted(found, key=_order))
    return Program(
        document=whole,
        hash=content_hash(whole),
        diagnostics=diagnostics,
        root=root,
        let=let,
        skip_when=skip_when,
        targets=builder.targets,
        reads=_reads(builder, let),
        coverage=coverage,
        used=used,
    )


def _order(found: Diagnostic) -> tuple[int, int, str]:
    rank = {"error": 0, "warning": 1, "info": 2}[found.severity]
    return rank, found.place.line or 0, found.code


def _with_broken(root: Nested, broken: Mapping[str, Diagnostic], builder: Builder) -> Nested:
    """Rules that do not fit the model fail by their name."""
    nodes = [(name, Broken(field=name, diagnostic=found)) for name, found in broken.items()]
    builder.targets.update(nodes)
    return replace(root, fields=(*root.fields, *nodes))


def _with_base(
    document: Document, source: SourceText, context: MappingContext, found: list[Diagnostic], inside: tuple[str, ...]
) -> Document:
    """The document with the rules of the mapping it extends."""
    if document.extend is None:
        return document
    place = place_of(source, ("extend",), part="extend")
    name = document.extend
    if name in (*inside, document.mapping):
        found.append(diagnose("CODI108", f"{name} extends this mapping, which extends it.", place=place))
        return document
    if name not in context.bases:
        hint = did_you_mean(name, list(context.bases))
        found.append(diagnose("CODI108", f"There is no mapping {name} to extend.", hint=hint, place=place))
        return document
    base_source = as_source(context.bases[name], name)
    base = load(base_source)
    found += [in_base(diagnostic, name) for diagnostic in base.diagnostics]
    under = _with_base(base.document, base_source, context, found, (*inside, document.mapping))
    _nothing_to_take_away(document, under, source, found)
    merged = effective(as_data(under), as_data(document))
    return Document.model_validate({**merged, "extend": name})


def _nothing_to_take_away(document: Document, under: Document, source: SourceText, found: list[Diagnostic]) -> None:
    for name, rule in document.fields.items():
        if rule is None and name not in under.fields:
            place = place_of(source, ("fields", name), field=name, key=True)
            message = f"The base mapping has no rule for {name} to take away."
            found.append(diagnose("CODI407", message, hint=did_you_mean(name, list(under.fields)), place=place))


def _reads(builder: Builder, let: Sequence[tuple[str, Formula | Broken]]) -> dict[str, tuple[str, ...]]:
    """Target field → source paths, through the `let` names it uses."""
    named: dict[str, dict[str, None]] = {}
    for name, formula in let:
        named[name] = _paths([formula], named, own=True) if isinstance(formula, Formula) else {}
    return {target: tuple(_paths(node.formulas(), named)) for target, node in builder.targets.items()}


def _paths(
    formulas: Iterable[Formula], named: Mapping[str, Mapping[str, None]], *, own: bool = False
) -> dict[str, None]:
    """`named`: what the expression of a `let` name reads to find or compute its value."""
    paths: dict[str, None] = {}
    for formula in formulas:
        paths.update(dict.fromkeys(formula.paths(own=own)))
        for name in formula.expression.variables:
            paths.update(named.get(name, {}))
    return paths
