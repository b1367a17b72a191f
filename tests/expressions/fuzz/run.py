"""One differential run: payloads × expressions, here and on Node."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from engine.errors import ExpressionError
from engine.expressions.compile import compile_expression
from engine.expressions.values import UNDEFINED
from tests.expressions.fuzz import grammar, oracle, payloads
from tests.expressions.fuzz.oracle import Outcome

PER_PAYLOAD = 25  # expressions per payload


@dataclass
class Report:
    evaluations: int = 0
    intended: Counter[str] = field(default_factory=Counter)  # rule → how often it was needed
    mismatches: list[str] = field(default_factory=list)

    def text(self) -> str:
        shown = "\n".join(self.mismatches[:40])
        return f"{len(self.mismatches)} of {self.evaluations} differ ({self.intended.total()} on purpose)\n{shown}"


def work(random: Random) -> Iterator[tuple[Any, list[str]]]:
    """Payloads with the expressions to evaluate over them, without end."""
    kinds: tuple[tuple[Callable[[Random], Any], list[str]], ...] = (
        (payloads.product, oracle.expressions("product")),
        (payloads.order, oracle.expressions("order")),
    )
    samples = oracle.samples()
    while True:
        for make, expressions in kinds:
            payload = payloads.mutated(random, make(random))
            yield payload, random.sample(expressions, PER_PAYLOAD)
            yield payload, grammar.written(random, PER_PAYLOAD)
        for _ in range(2):
            yield payloads.mixed(random), grammar.written(random, PER_PAYLOAD, few=True)
        payload = payloads.mutated(random, random.choice(samples) if samples else payloads.order(random))
        yield payload, oracle.from_templates(random, payload, PER_PAYLOAD)


def outcome(text: str, payload: Any) -> Outcome:
    try:
        run = compile_expression(text)
    except ExpressionError as error:
        return {"error": error.code}
    except Exception as error:
        return {"error": f"crash {error!r}"}
    return oracle.evaluated(run, UNDEFINED, payload)


def compared(seed: int, evaluations: int) -> Report:
    random, report = Random(seed), Report()
    with oracle.Node(oracle.node_folder()) as node:
        for payload, expressions in work(random):
            if report.evaluations >= evaluations:
                return report
            before = json.dumps(payload)
            for text, theirs in zip(expressions, node.outcomes(payload, expressions), strict=True):
                ours = outcome(text, payload)
                report.evaluations += 1
                if oracle.agree(ours, theirs):
                    continue
                rule = oracle.intended(text, ours, theirs)
                if rule:
                    report.intended[rule] += 1
                else:
                    report.mismatches.append(
                        f"{text}\n  here {ours!s:.200}\n  Node {theirs!s:.200}\n  over {before:.300}"
                    )
            assert json.dumps(payload) == before, "an evaluation changed its input"
    return report
