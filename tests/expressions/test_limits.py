from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LimitError
from engine.expressions.compile import compile_expression
from engine.expressions.limits import Limits
from tests.presence import ROOT

HOSTILE = Path(__file__).with_name("hostile.txt").read_text().splitlines()  # each must end in a LimitError

# One process runs them all: it is alive at the end. Time and memory are bounded far above what is needed here,
# because test machines are slow; what matters is that they are bounded at all.
RUN = """
import json, resource, sys
from engine.errors import LimitError
from engine.expressions.compile import compile_expression
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
found = []
for text in json.load(sys.stdin):
    try:
        compile_expression(text)({})
        found.append("a value")
    except LimitError as error:
        found.append(error.code)
    except BaseException as error:
        found.append(repr(error))
print(json.dumps(found))
"""


def run(texts: list[str]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(texts), capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def test_hostile_expressions_end_in_a_limit() -> None:
    outcomes = dict(zip(HOSTILE, run(HOSTILE), strict=True))
    assert {text: code for text, code in outcomes.items() if code not in CODES} == {}


CODES = ("D1011", "D1012", "D2014", "D2015", "L1001")


def test_a_pattern_that_would_explode_is_answered() -> None:
    text = "a" * 28 + "!"
    assert compile_expression(f'$contains("{text}", /^(a+)+$/)')({}) is False


@pytest.mark.parametrize(
    ("text", "limits", "code"),
    [
        ("[1..1000].($ + 1)", Limits(entries=100), "D2014"),
        ("$map([1..100000], function($x){$x}) ~> $count", Limits(steps=60_000), "D1012"),
        ("[1..100].($ + 1)", Limits(steps=150), "D1012"),
        ("($f := function($n){$n = 0 ? 0 : 1 + $f($n - 1)}; $f(50))", Limits(depth=20), "D1011"),
        ("($f := function($n){$n = 0 ? 0 : $f($n - 1)}; $f(40000))", Limits(seconds=0), "D1012"),
    ],
)
def test_limits_are_the_callers_choice(text: str, limits: Limits, code: str) -> None:
    with pytest.raises(LimitError) as raised:
        compile_expression(text, limits=limits)({})
    assert raised.value.code == code
    assert raised.value.expression == text


def test_tail_calls_need_no_depth() -> None:
    text = "($f := function($n, $sum){$n = 0 ? $sum : $f($n - 1, $sum + $n)}; $f(5000, 0))"
    assert compile_expression(text, limits=Limits(depth=5))({}) == 12_502_500
