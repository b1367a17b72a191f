"""`codi map`: exit codes, places, and records in a stream."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from editor.cli.map import app
from engine.mapping.document import mapping_schema

GOOD = """\
format: 1
mapping: demo/product.out
fields:
  name: {expr: name, required: true}
  price: {expr: price, type: decimal}
"""
CASE = 'title: a boot\ngiven: {name: Boot, price: 12.25}\nexpect: {name: Boot, price: "12.25"}\n'


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "demo" / "product.out.yaml"
    path.parent.mkdir()
    path.write_text(GOOD)
    return path


def codi(*arguments: Any, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)


def test_check_is_quiet_about_a_good_mapping(mapping: Path) -> None:
    result = codi("check", mapping)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "no problems in 1 file\n"


def test_check_names_every_error_with_its_place(mapping: Path) -> None:
    mapping.write_text(GOOD.replace("required", "requird").replace("decimal", "money"))
    result = codi("check", mapping)
    assert result.exit_code == 1
    assert [line.split(" ")[:2] for line in result.stdout.splitlines()] == [
        [f"{mapping}:4:22", "CODI101"],
        [f"{mapping}:5:30", "CODI103"],
    ]


def test_check_prints_json(mapping: Path) -> None:
    mapping.write_text("fields: {")
    result = codi("check", mapping, "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert found["code"] == "CODI001"
    assert found["place"]["line"] == 1


def test_check_takes_schemas_and_samples(mapping: Path, tmp_path: Path) -> None:
    target, samples = tmp_path / "target.json", tmp_path / "samples.jsonl"
    target.write_text(json.dumps({"properties": {"name": {"type": "string"}}}))
    samples.write_text('{"name": "a"}\n{"name": "b"}\n')
    result = codi("check", mapping, "--target", target, "--samples", samples)
    assert "CODI106 price" in result.stdout
    assert "CODI207 price" in result.stdout


def test_golden_tests_pass_fail_and_are_renewed(mapping: Path) -> None:
    folder = mapping.with_name("product.out.golden")
    folder.mkdir()
    (folder / "boot.yaml").write_text(CASE)
    assert codi("test", mapping).exit_code == 0
    (folder / "boot.yaml").write_text(CASE.replace('"12.25"', '"13.00"'))
    failed = codi("test", mapping)
    assert failed.exit_code == 1
    assert "13.00" in failed.stdout
    assert codi("test", mapping, "--update", input="n\n").exit_code == 1
    assert codi("test", mapping, "--update", input="y\n").exit_code == 0
    assert codi("test", mapping).exit_code == 0


@pytest.mark.parametrize(
    "text", ['{"name": "a", "price": 1.50}\n\n{"name": "b"}\n', '[{"name": "a", "price": 1.50},\n {"name": "b"}]']
)
def test_run_maps_lines_and_lists(mapping: Path, text: str) -> None:
    result = codi("run", mapping, input=text)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == '{"name":"a","price":"1.50"}\n{"name":"b"}\n'


def test_run_tells_rejected_records_and_goes_on(mapping: Path) -> None:
    result = codi("run", mapping, input='{"name": "a"}\n{"price": "x"}\nnot json\n{"name": "b"}\n')
    assert result.exit_code == 1
    assert result.stdout == '{"name":"a"}\n{"name":"b"}\n'
    rejected, unreadable = map(json.loads, result.stderr.splitlines())
    assert rejected["line"] == 2
    assert rejected["errors"]["price"]["reads"] == {"price": "x"}
    assert rejected["errors"].keys() == {"name", "price"}
    assert unreadable["line"] == 3


def test_run_takes_one_object_over_many_lines(mapping: Path) -> None:
    assert codi("run", mapping, input='{\n  "name": "a"\n}\n').stdout == '{"name":"a"}\n'


def test_run_binds_settings(mapping: Path, tmp_path: Path) -> None:
    mapping.write_text("format: 1\nmapping: a/b.out\nfields: {s: $settings.x, l: $links.y.z, n: $now}\n")
    settings, links = tmp_path / "settings.json", tmp_path / "links.json"
    settings.write_text('{"x": 1}')
    links.write_text('{"y": {"z": "7"}}')
    result = codi("run", mapping, "--settings", settings, "--links", links, "--now", "2026-11-30T09:15:00Z", input="{}")
    assert json.loads(result.stdout) == {"s": 1, "l": "7", "n": "2026-11-30T09:15:00Z"}


def test_diff_shows_what_changes(mapping: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(GOOD.replace("expr: price", "expr: rrp"))
    result = codi("diff", mapping, other)
    assert result.exit_code == 0
    assert "price" in result.stdout
    assert json.loads(codi("diff", mapping, other, "--json").stdout)[0]["place"] == "price"


def test_the_schema_is_printed() -> None:
    assert json.loads(codi("schema").stdout) == mapping_schema()
