"""Every built-in function with every kind of hostile argument: each call ends in a value or an error, soon."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.presence import ROOT

# One process makes all calls. It dies if a call hangs, and tells about calls that take long or end in another error.
RUN = """
import json, resource, signal, sys, time
from decimal import Decimal
from engine.errors import ExpressionError
from engine.expressions.builtins import BUILTINS, signature_of
from engine.expressions.compile import compile_expression

resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

def nested(wrap):
    value = 1
    for _ in range(900):
        value = wrap(value)
    return value

MANY = 300_000
TEXTS = ["x" * MANY, "9" * MANY, "0x" + "f" * MANY, "#,##0." * 50_000, "[Y]" * 100_000, "[" * MANY, "(" * MANY,
         " " * MANY, "one thousand " * 20_000, "m" * MANY, "[Y,999999999]", "[MNn,99999-99999]", "[f" + "0" * 900 + "]",
         "1e999999999", "<b>" * 100_000, "0.0e" + "0" * 900, "0." + "0" * 900,
         "<" * MANY, "&amp;" * 60_000, "%" * MANY, "\\ud800" * 1000, "-" * MANY]
NUMBERS = [1e308, -1e308, 5e-324, 10**300, 10**1000, -(10**4000), 2**63, -(10**9), 10**15, 0.5, Decimal("1e999999"),
           Decimal("1e-999999"), Decimal("-1e100000"), Decimal("9" * 50_000), Decimal("0." + "123456789" * 5000)]
LISTS = [list(range(50_000)), ["x"] * 50_000, ["9" * 1000] * 1000, nested(lambda value: [value]), [[1]] * 50_000,
         [{"a": one} for one in range(20_000)], [Decimal("1e99999"), Decimal("1e-99999")] * 100, [10**4000] * 500,
         [1, "a", None, [2]] * 10_000, [nested(lambda value: {"a": value})] * 100]
OBJECTS = [{f"k{one}": one for one in range(50_000)}, nested(lambda value: {"a": value}), {"k" * MANY: "x" * MANY}]
FUNCTIONS = ["$string", "function($a, $b) {$a > $b}", "function($a, $b) {$append($a, $b)}", "/(x+x+)+y/", "/(9*)*$/",
             "/(.)*?/"]
HOSTILE = {"s": TEXTS, "n": NUMBERS, "a": LISTS, "o": OBJECTS, "b": [True], "x": NUMBERS + LISTS + OBJECTS + TEXTS[:2]}
ORDINARY = {"s": "abc", "n": 3, "a": [3, 1, 2], "o": {"a": 1}, "b": True, "x": 1, "j": 1}
MEANT = {  # arguments that lead to the heart of the function
    "formatNumber": [1234.5, "#,##0.00"], "fromMillis": [1700000000000, "[Y]-[M]"], "formatInteger": [12, "w"],
    "toMillis": ["2024-01-01", "[Y]-[M]-[D]"], "parseInteger": ["twelve", "w"], "formatBase": [12, 2],
}

def arguments(name):
    parameters = signature_of(name).parameters
    ordinary = MEANT.get(name) or [ORDINARY.get(one.kind.strip("()")[0], FUNCTIONS[1]) for one in parameters]
    for place, parameter in enumerate(parameters[: len(ordinary) + 1]):
        for kind in parameter.kind.strip("()"):
            for value in FUNCTIONS if kind == "f" else HOSTILE.get("x" if kind in "jl" else kind, []):
                yield kind == "f", place, [*ordinary[:place], value, *ordinary[place + 1 :]]

count, wrong = 0, []
for name in BUILTINS:
    for is_code, place, given in arguments(name) if name != "eval" else ():
        code = [one if isinstance(one, str) and one in FUNCTIONS else f"a{n}" for n, one in enumerate(given)]
        expression = compile_expression(f"${name}({', '.join(code)})")
        data = {f"a{n}": one for n, one in enumerate(given)}
        count += 1
        start = time.process_time()
        signal.alarm(20)
        try:
            expression(data)
        except ExpressionError:
            pass
        except BaseException as error:
            wrong.append(f"{expression.text}, {place}: {repr(given[place])[:40]} raised {repr(error)[:80]}")
        signal.alarm(0)
        spent = time.process_time() - start
        if spent > 1:
            wrong.append(f"{expression.text}, {place}: {repr(given[place])[:40]} took {spent:.1f} s")
print(json.dumps([count, wrong]))
"""


def test_every_function_survives_every_argument() -> None:
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, cwd=ROOT, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    count, wrong = json.loads(done.stdout)
    assert wrong == []
    assert count > 2000
