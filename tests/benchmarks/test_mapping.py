"""Mapping documents: compiling and previewing 200 fields, and `codi map run` beside a script written by hand.

Run with `make bench ARGS=tests/benchmarks/test_mapping.py`; numbers for people are in docs/performance.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.mapping.compile import compile_draft, compile_mapping
from engine.mapping.language import expression
from tests.presence import ROOT

HERE = ROOT / "tests/benchmarks"
FIELDS = 200
RECORDS = int(os.environ.get("CODI_BENCH_RECORDS", "100000"))
KINDS = (
    "a.b{0}",
    "{{expr: a.b{0}, type: decimal, required: true}}",
    "{{template: '{{{{a.b{0}}}}} x {{{{name}}}}'}}",
    "$uppercase(a.c{0}) & '-' & name",
    "{{cases: [{{when: a.n{0} > 3, then: {{value: x}}}}, {{otherwise: a.b{0}}}]}}",
)


def document() -> str:
    rules = "".join(f"  f{number}: {KINDS[number % len(KINDS)].format(number)}\n" for number in range(FIELDS))
    return f"format: 1\nmapping: demo/product.out\nfields:\n{rules}"


def payload() -> dict[str, Any]:
    numbers = range(FIELDS)
    values = {f"b{n}": str(n) for n in numbers} | {f"c{n}": "c" for n in numbers} | {f"n{n}": n for n in numbers}
    return {"name": "Boot", "a": values}


def best(work: Callable[[], object], times: int) -> float:
    """Milliseconds, the least of several."""
    least = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least * 1000


def test_two_hundred_fields() -> None:
    text, record = document(), payload()

    def cold() -> None:
        expression.cache_clear()
        compile_mapping(text)

    program = compile_mapping(text)
    draft = compile_draft(text)
    draft.preview(record)
    print(f"\n{FIELDS} fields, milliseconds:")
    print(f"  compile from text, nothing cached    {best(cold, 7):8.2f}   (target 60)")
    print(f"  compile again, expressions cached    {best(lambda: compile_mapping(text), 7):8.2f}")
    print(f"  draft again (one keystroke)          {best(lambda: compile_draft(text), 7):8.2f}")
    print(f"  preview, field by field with reads   {best(lambda: draft.preview(record), 30):8.2f}   (target 5)")
    print(f"  run                                  {best(lambda: program.run(record), 200):8.3f}")


def product(number: int) -> dict[str, Any]:
    """About 1.3 KB of JSON."""
    return {
        "sku": f"SKU-{number}",
        "name": f"Walking boot {number}",
        "slug": f"Walking-Boot-{number}",
        "brand": "Acme",
        "status": "archived" if number % 50 == 0 else "active",
        "tax_class": "GST_FREE" if number % 7 == 0 else "GST",
        "track_stock": True,
        "description_html": "<p>A boot that walks by itself, in every weather and on every track.</p>" * 3,
        "category_refs": [{"code": "SHOES", "name": "Shoes"}, {"code": "OUTDOOR", "name": "Outdoor"}],
        "tags": ["new", "leather", "winter"],
        "media": [
            {
                "kind": "image",
                "url": f"https://cdn.example.com/{number}/{at}.jpg",
                "alt": "seen from the side",
                "position": at,
            }
            for at in range(3)
        ]
        + [{"kind": "video", "url": f"https://cdn.example.com/{number}.mp4"}],
        "variants": [
            {
                "sku": f"SKU-{number}-{size}",
                "rrp": {"amount": f"{100 + number % 90}.95", "currency": "AUD"},
                "stock": number % 5,
                "weight_kg": 1.25,
                "dims_cm": {"l": 30.5, "w": 20, "h": 12},
            }
            for size in (40, 41)
        ],
    }


@pytest.fixture(scope="module")
def products(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("products") / "products.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(RECORDS):
            file.write(json.dumps(product(number)) + "\n")
    return path


def measured(command: list[str], sink: Path) -> tuple[float, float]:
    """Seconds, and the most memory the process had, in MB."""
    start = time.perf_counter()
    with sink.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, cwd=ROOT)
        _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def test_codi_map_run_beside_a_script(products: Path, tmp_path: Path) -> None:
    codi = [sys.executable, "-c", "from editor.cli.map import app; app()", "run", str(HERE / "product.out.yaml")]
    by_hand = [sys.executable, str(HERE / "handwritten_products.py")]
    few = tmp_path / "few.jsonl"
    with products.open("rb") as file:
        few.write_bytes(b"".join(file.readlines(1 << 21)))
    times: dict[str, list[float]] = {"codi": [], "hand": []}
    for _ in range(3):
        seconds, memory = measured([*codi, "--input", str(products)], tmp_path / "codi.jsonl")
        times["codi"].append(seconds)
        times["hand"].append(measured([*by_hand, str(products)], tmp_path / "hand.jsonl")[0])
    start, small = measured([*codi, "--input", str(few)], tmp_path / "few.out")
    assert _lines(tmp_path / "codi.jsonl") == _lines(tmp_path / "hand.jsonl")
    ratio = min(times["codi"]) / min(times["hand"])
    print(f"\n{RECORDS:,} products, {products.stat().st_size / 1e6:.0f} MB of JSONL:")
    print(
        f"  codi map run   {min(times['codi']):6.2f} s, most memory {memory:.0f} MB ({small:.0f} MB for 2 MB of input)"
    )
    print(f"  by hand        {min(times['hand']):6.2f} s")
    print(f"  ratio          {ratio:6.2f}     (target 2; starting takes {start:.2f} s)")


def _lines(path: Path) -> list[Any]:
    with path.open("rb") as file:
        return [json.loads(line) for line in file.readlines(1 << 20)]
