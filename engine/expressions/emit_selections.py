"""Whole paths, and filters, groupings and `[]` on what is not a path."""

from __future__ import annotations

from typing import Final

from engine.expressions.emit_paths import PathWriter, filtered
from engine.expressions.emit_streams import emit_stream, first_of_stream
from engine.expressions.emit_values import group
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Call, Name, Node, Path, Refined, Sort, Step, Variable
from engine.expressions.writer import Writer

SEQUENCES: Final = frozenset(("map", "filter", "each", "keys", "match"))  # functions whose lists are sequences


def emit_path(out: Writer, node: Path, context: Context) -> Atom:
    first = node.steps[0]
    if len(node.steps) == 1 and first.focus is not None and not isinstance(first.expression, Name):
        return out.emit(first.expression, context)  # a focus on a variable means nothing without a further step
    if first_of_stream(out, node) < len(node.steps):
        return emit_stream(out, node, context)
    writer = PathWriter(out, node, context)
    if node.group is not None and isinstance(node.steps[-1].expression, Sort):  # each entry counts as it is
        ordered = writer.entries(len(node.steps))
        return group(out, node.group, out.assign(f"{ordered} or group_entries(U)").code, context)
    value = writer.value()
    if node.group is None:
        return value
    return group(out, node.group, out.assign(f"group_entries({value.code})").code, context)


def emit_results(out: Writer, node: Path, context: Context) -> tuple[str, str] | None:
    """For a function that only looks at the entries: what the last step gave, as a list, and code for the path's value.

    None where the path is not that simple, or where its value is there already.
    """
    key = out.shared_key(node, context)
    if node.group is not None or node.keeps or key is None or out.recall(key) is not None:
        return None
    if first_of_stream(out, node) < len(node.steps) or any(isinstance(step.expression, Sort) for step in node.steps):
        return None
    found = out.recall(("results", key))
    if found is None:
        writer = PathWriter(out, node, context)
        results, form = writer.reach(len(node.steps))
        if form == "value" or writer.array is not None:
            out.remember(key, writer.unless_empty(writer.finished(results, form)))
            return None
        found = results.code, f"collapsed({results.code})" if form == "entries" else f"last({results.code}, B)"
        out.remember(("results", key), found)
    return found  # type: ignore[no-any-return]


def emit_marked(out: Writer, node: Node, context: Context) -> Atom:
    """A value for a function that treats a sequence otherwise than an array: a sequence comes as a Sequence."""
    if isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name in SEQUENCES:
        value = out.uncollapsed(node, context)
        return out.assign(f"Sequence({value.code}) if {value.code}.__class__ is list else {value.code}")
    if not isinstance(node, Path) or node.group is not None or node.keeps:
        return out.emit(node, context)
    only = node.steps[0] if len(node.steps) == 1 else None
    if only is not None:
        if isinstance(only.expression, Name) and not only.stages and context == out.root:
            return out.assign(f"field_marked({context.code}, {only.expression.value!r}, B, True)")
        return out.emit(node, context)
    if first_of_stream(out, node) < len(node.steps):
        return emit_stream(out, node, context, marks=True)
    if any(isinstance(step.expression, Sort) for step in node.steps):
        return out.emit(node, context)
    return PathWriter(out, node, context, marks=True).value()


def emit_refined(out: Writer, node: Refined, context: Context) -> Atom:
    if id(node) in out.streams:  # its filters look at where the values came from
        return emit_stream(out, Path((Step(node),), node.keep, node.group), context)
    value, listed = (
        out.uncollapsed(node.subject, context) if node.keep else out.emit(node.subject, context),
        False,
    )
    for stage in node.filters:
        value, listed = filtered(out, value, stage, context.parent)
    if node.group is not None:
        return group(out, node.group, out.assign(f"group_entries({value.code})").code, context)
    if listed:
        return out.assign(f"{'kept_list' if node.keep else 'collapsed'}({value.code})")
    if node.keep:
        return out.assign(f"{'keep' if node.filters else 'keep_sequence'}({value.code})")
    return value
