"""Which function writes which kind of node, and the names the written program sees."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Final

from engine.expressions import builtins as functions
from engine.expressions import (
    numbers,
    runtime_calls,
    runtime_lists,
    runtime_steps,
    runtime_values,
    syntax,
    text,
    values,
)
from engine.expressions.analysis import shareable, variables_of
from engine.expressions.emit_functions import emit_apply, emit_call, emit_call_sequence
from engine.expressions.emit_lambdas import emit_lambda
from engine.expressions.emit_operators import (
    emit_binary,
    emit_bind,
    emit_block,
    emit_chain,
    emit_condition,
    emit_default,
    emit_negate,
)
from engine.expressions.emit_paths import (
    emit_descendants,
    emit_descendants_sequence,
    emit_name,
    emit_wildcard,
    emit_wildcard_sequence,
)
from engine.expressions.emit_selections import emit_marked, emit_path, emit_refined
from engine.expressions.emit_streams import emit_parent
from engine.expressions.emit_transforms import emit_transform
from engine.expressions.emit_values import (
    emit_array,
    emit_constant,
    emit_number,
    emit_object,
    emit_range,
    emit_regex,
    emit_text,
)
from engine.expressions.emit_variables import emit_variable, find
from engine.expressions.suites import Atom, Context
from engine.expressions.syntax import Node
from engine.expressions.writer import Writer

EMITTERS: Final[dict[type[Node], Callable[..., Atom]]] = {
    syntax.Text: emit_text,
    syntax.Number: emit_number,
    syntax.Constant: emit_constant,
    syntax.Regex: emit_regex,
    syntax.Name: emit_name,
    syntax.Wildcard: emit_wildcard,
    syntax.Descendants: emit_descendants,
    syntax.Parent: emit_parent,
    syntax.Variable: emit_variable,
    syntax.Object: emit_object,
    syntax.Path: emit_path,
    syntax.Refined: emit_refined,
    syntax.Array: emit_array,
    syntax.Range: emit_range,
    syntax.Binary: emit_binary,
    syntax.Chain: emit_chain,
    syntax.Negate: emit_negate,
    syntax.Default: emit_default,
    syntax.Condition: emit_condition,
    syntax.Block: emit_block,
    syntax.Bind: emit_bind,
    syntax.Call: emit_call,
    syntax.Lambda: emit_lambda,
    syntax.Apply: emit_apply,
    syntax.Transform: emit_transform,
}

SEQUENCES: Final[dict[type[Node], Callable[..., Atom]]] = {
    syntax.Call: emit_call_sequence,
    syntax.Wildcard: emit_wildcard_sequence,
    syntax.Descendants: emit_descendants_sequence,
}

NAMES: Final[dict[str, Any]] = {
    "__builtins__": {
        "dict": dict,
        "list": list,
        "str": str,
        "int": int,
        "float": float,
        "bool": bool,
        "len": len,
        "enumerate": enumerate,
        "isinstance": isinstance,
        "range": range,
    },
    "U": values.UNDEFINED,
    "NUMBERS": values.NUMBERS,
    "FunctionValue": values.FunctionValue,
    "Sequence": values.Sequence,
    "Constructed": values.Constructed,
    "collapse": values.collapse,
    "collapsed": values.collapsed,
    "truthy": values.truthy,
    "to_text": text.to_text,
    "checked": functions.checked,
    "checked_at_time": functions.checked_at_time,
    "at_time": functions.at_time,
    "add": numbers.add,
    "subtract": numbers.subtract,
    "multiply": numbers.multiply,
    "divide": numbers.divide,
    "modulo": numbers.modulo,
    "negate": numbers.negate,
    "less": numbers.less,
    "less_equal": numbers.less_equal,
    "greater": numbers.greater,
    "greater_equal": numbers.greater_equal,
    "Tail": runtime_calls.Tail,
    "bounce": runtime_calls.bounce,
    "closure": runtime_calls.closure,
    "signed": runtime_calls.signed,
    "call": runtime_calls.call,
    "call_named": runtime_calls.call_named,
    "unknown": runtime_calls.unknown,
    "tail": runtime_calls.tail,
    "partially": runtime_calls.partially,
    "apply": runtime_calls.apply,
    "UNBOUND": runtime_steps.UNBOUND,
    "entries": runtime_steps.entries,
    "first_entries": runtime_steps.first_entries,
    "exploded": runtime_steps.exploded,
    "field": runtime_steps.field,
    "EMPTY": runtime_steps.EMPTY,
    "expected_field": runtime_steps.expected_field,
    "fields": runtime_steps.fields,
    "flat": runtime_steps.flat,
    "fields_of_whole": runtime_steps.fields_of_whole,
    "flattened": runtime_steps.flattened,
    "last": runtime_steps.last,
    "repeated": runtime_steps.repeated,
    "last_kept": runtime_steps.last_kept,
    "last_marked": runtime_steps.last_marked,
    "field_marked": runtime_steps.field_marked,
    "kept_list": runtime_steps.kept_list,
    "keep": runtime_steps.keep,
    "keep_sequence": runtime_steps.keep_sequence,
    "pick": runtime_steps.pick,
    "pick_field": runtime_steps.pick_field,
    "select": runtime_steps.select,
    "ordered": runtime_lists.ordered,
    "wildcard": runtime_lists.wildcard,
    "descendants": runtime_lists.descendants,
    "group_context": runtime_lists.group_context,
    "group_entries": runtime_lists.group_entries,
    "Groups": runtime_lists.Groups,
    "drop_missing": runtime_lists.drop_missing,
    "ONCE": runtime_values.ONCE,
    "EXACT": runtime_values.EXACT,
    "MOST": runtime_values.MOST,
    "too_long": runtime_values.too_long,
    "too_deep": runtime_values.too_deep,
    "equal": runtime_values.equal,
    "unequal": runtime_values.unequal,
    "contained": runtime_values.contained,
    "summed": runtime_values.summed,
    "least": runtime_values.least,
    "most": runtime_values.most,
    "simple_number": numbers.simple_number,
    "all_numbers": runtime_values.all_numbers,
    "all_texts": runtime_values.all_texts,
    "extend": runtime_values.extend,
    "span": runtime_values.span,
    "charge": runtime_values.charge,
    "text_of": runtime_values.text_of,
    "quotient_for_text": runtime_values.quotient_for_text,
    "marked": runtime_values.marked,
    "constructed_entries": runtime_values.constructed_entries,
    "transformer": runtime_values.transformer,
}


def writer(*, quick: bool, missing: frozenset[str] | None = None) -> Writer:
    """A Writer that knows every kind of node and shares what is written twice."""
    out = Writer(EMITTERS, SEQUENCES, quick=quick, missing=missing)
    known: dict[int, bool] = {}

    def shared_key(node: Node, context: Context) -> Hashable | None:
        """Under what the value of `node` may be remembered; None if it may differ the next time."""
        if id(node) not in known:
            known[id(node)] = shareable(node)
        if not known[id(node)]:
            return None
        given = []
        for name in sorted(variables_of(node)):
            found = find(out, name)
            if found.maybe:
                return None
            given.append(found.certain.code if found.certain is not None else "")
        return (node, context.code, context.whole, *given)

    out.shared_key = shared_key
    out.marked = partial(emit_marked, out)
    return out
