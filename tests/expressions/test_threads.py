from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.expressions.compile import compile_expression

TEXTS = [
    "$sum(lines.(qty * price))",
    "lines[qty > $least]^(>price).{'sku': sku, 'n': $string(qty) & '/' & %.id}",
    "($f := function($n){$n < 2 ? 1 : $n * $f($n - 1)}; $map(lines.qty, $f))",
    "lines#$i.{'i': $i, 'rest': $filter($$.lines, function($l, $n){$n > $i}).sku}",
]


def payload(number: int) -> dict[str, Any]:
    lines = [{"sku": f"S{number}-{n}", "qty": (number + n) % 7, "price": n + 0.25} for n in range(6)]
    return {"id": number, "lines": lines}


def test_one_program_in_eight_threads_gives_the_same_results() -> None:
    payloads = [payload(number) for number in range(60)]
    for text in TEXTS:
        expression = compile_expression(text, variables=("least",))
        expected = [expression(one, least=one["id"] % 5) for one in payloads]

        def work(_: int, expression: Any = expression) -> list[Any]:
            return [expression(one, least=one["id"] % 5) for one in payloads]

        with ThreadPoolExecutor(8) as threads:
            assert all(found == expected for found in threads.map(work, range(16)))
