"""How fast expressions run, beside hand-written Python and the engines people use. Prints tables, asserts no times.

Rounds alternate between the candidates, each round repeats its pass over the records for at least 20 ms, and the
fastest pass of each counts: so neither a busy machine nor caches that the other candidates have just emptied are
measured. The results of all candidates are compared first.
"""

from __future__ import annotations

import contextlib
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jmespath
import jsonata
import pytest

from engine.expressions.block import Block
from engine.expressions.compile import compile_expression
from engine.expressions.jmespath_compile import JmespathExpression
from engine.expressions.limits import LIMITS, SLICE
from engine.expressions.parser import parse
from engine.expressions.shape import ShapedProgram
from engine.expressions.values import deep_equal
from engine.expressions.writer import Atom
from tests.benchmarks import expression_data as data
from tests.expressions.fuzz.oracle import node_folder

ROUNDS = 15
HERE = Path(__file__).parent
SECONDS = 0.02  # of one round
Round = Callable[[], float]  # one round: µs per record of its fastest pass


def timed(run: Callable[[Any], Any], records: list[Any]) -> Round:
    def one_round() -> float:
        fastest, end = float("inf"), time.perf_counter() + SECONDS
        while (start := time.perf_counter()) < end:
            for record in records:
                run(record)
            fastest = min(fastest, time.perf_counter() - start)
        return fastest / len(records) * 1e6

    return one_round


@contextlib.contextmanager
def on_node(tmp_path: Path, records: list[Any], expressions: list[str]) -> Iterator[Round]:
    task = tmp_path / "task.json"
    task.write_text(json.dumps({"records": records, "expressions": expressions}))
    command = ["node", str(HERE / "node_rounds.js"), str(node_folder()), str(task)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin and child.stdout

        def one_round() -> float:
            child.stdin.write("go\n")
            child.stdin.flush()
            return float(child.stdout.readline())

        yield one_round
        child.stdin.close()


def best(candidates: dict[str, Round]) -> dict[str, float]:
    """The fastest round of each, in µs per record."""
    for one_round in candidates.values():
        one_round()
    found = dict.fromkeys(candidates, float("inf"))
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        for name, one_round in candidates.items():
            found[name] = min(found[name], one_round())
    gc.enable()
    return found


def show(title: str, found: dict[str, float], base: str) -> None:
    print(f"\n{title}\n{'':42}{'µs per record':>14}{'× ' + base:>22}")
    for name, micros in found.items():
        print(f"{name:42}{micros:14.1f}{micros / found[base]:22.2f}")


def together(expressions: dict[str, str]) -> Callable[[Any], Any]:
    """All fields in one function, as a mapping compiles and runs them."""
    trees = {field: parse(text)[0] for field, text in expressions.items()}

    def write(block: Block) -> Atom:
        return block.object([(field, block.expression(tree)) for field, tree in trees.items()])

    evaluate = ShapedProgram(write, payload_kind="object").evaluate
    return lambda record: evaluate(record, [SLICE, LIMITS.depth, LIMITS], 0, ())


def library(expressions: dict[str, str]) -> Callable[[Any], Any]:
    """jsonata-python at its best: without validation of the input."""
    compiled = {field: jsonata.Jsonata(text) for field, text in expressions.items()}
    for expression in compiled.values():
        expression.set_validate_input(False)
        expression.set_output_convert_nulls(False)
    return lambda record: {field: expression.evaluate(record) for field, expression in compiled.items()}


def alike(ours: Any, theirs: Any) -> bool:
    """Equal but for halves: Python's round looks at the double, $round at the decimal it prints as."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(alike(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    if isinstance(ours, float) or isinstance(theirs, float):
        return abs(ours - theirs) < 0.011
    return deep_equal(ours, theirs)


def test_product(tmp_path: Path) -> None:
    fields, whole = together(data.FIELDS), compile_expression(data.WHOLE)
    peer, peer_whole = library(data.FIELDS), jsonata.Jsonata(data.WHOLE)
    peer_whole.set_validate_input(False)
    peer_whole.set_output_convert_nulls(False)
    for product in data.PRODUCTS:
        assert alike(fields(product), data.by_hand(product))
        assert alike(whole(product), data.by_hand(product))
    with on_node(tmp_path, data.PRODUCTS, [data.WHOLE]) as node, contextlib.ExitStack() as stack:
        apart = tmp_path / "fields"
        apart.mkdir()
        node_fields = stack.enter_context(on_node(apart, data.PRODUCTS, list(data.FIELDS.values())))
        found = best(
            {
                "hand-written Python": timed(data.by_hand, data.PRODUCTS),
                "CODI, 26 fields in one function": timed(fields, data.PRODUCTS),
                "CODI, one expression": timed(whole, data.PRODUCTS),
                "jsonata 2.2.2 on Node, one expression": node,
                "jsonata 2.2.2 on Node, 26 expressions": node_fields,
                "jsonata-python, one expression": timed(peer_whole.evaluate, data.PRODUCTS),
                "jsonata-python, 26 expressions": timed(peer, data.PRODUCTS),
            }
        )
    size = len(json.dumps(data.PRODUCTS[0]))
    show(f"Product of {size / 1000:.1f} kB to 26 fields", found, "hand-written Python")
    ours = found["CODI, 26 fields in one function"]
    print(f"jsonata-python at its best / CODI: {min(v for k, v in found.items() if 'python,' in k) / ours:.0f}×")
    print(f"Node at its best / CODI: {min(v for k, v in found.items() if 'Node' in k) / ours:.1f}×")


def test_order(tmp_path: Path) -> None:
    orders = [data.order(100)] * 5
    ours = compile_expression(data.ORDER)
    assert alike(ours(orders[0]), data.order_by_hand(orders[0]))
    with on_node(tmp_path, orders, [data.ORDER]) as node:
        found = best(
            {
                "hand-written Python": timed(data.order_by_hand, orders),
                "CODI, one expression": timed(ours, orders),
                "jsonata 2.2.2 on Node": node,
                "jsonata-python": timed(library({"": data.ORDER}), orders),
            }
        )
    show("Order with 100 lines", found, "hand-written Python")


def test_jmespath() -> None:
    ours = {field: JmespathExpression(text) for field, text in data.JMESPATH.items()}
    peer = {field: jmespath.compile(text) for field, text in data.JMESPATH.items()}

    def run(record: Any) -> Any:
        return {field: expression(record) for field, expression in ours.items()}

    def run_peer(record: Any) -> Any:
        return {field: expression.search(record) for field, expression in peer.items()}

    assert all(deep_equal(run(product), run_peer(product)) for product in data.PRODUCTS)
    found = best({"jmespath.py": timed(run_peer, data.PRODUCTS), "CODI JMESPath": timed(run, data.PRODUCTS)})
    show("Product to 18 fields in JMESPath", found, "CODI JMESPath")


COMPILING = """
import pathlib, time
from engine.expressions.compile import compile_expression
from tests.benchmarks.expression_data import FIELDS

def resident():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])

texts = list(FIELDS.values())
compile_expression(texts[0])
before, start = resident(), time.perf_counter()
kept = [compile_expression(f"[{texts[n % 26]}, {n}]") for n in range(10_000)]
print(time.perf_counter() - start, resident() - before)
"""


def test_compiling_many() -> None:
    result = subprocess.run(
        [sys.executable, "-c", COMPILING], capture_output=True, text=True, check=True, cwd=HERE.parents[1]
    )
    seconds, kilobytes = map(float, result.stdout.split())
    print(f"\n10,000 different expressions: {seconds:.1f} s, {seconds / 10:.2f} ms each, {kilobytes / 1024:.0f} MB")


if __name__ == "__main__":
    pytest.main(["-s", "--override-ini", "addopts=--import-mode=importlib -q", __file__])
