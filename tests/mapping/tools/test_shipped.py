"""Every mapping that comes with CODI: named for its place, noted rule by rule, with golden tests that fit."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.sandbox_shop.models import COLLECTIONS
from engine.errors import RecordError
from engine.mapping.compile import MappingContext, compile_mapping
from engine.mapping.diagnostics import errors
from engine.mapping.golden import run_case
from engine.mapping.golden_files import golden_folder, read_cases
from engine.mapping.program import Program
from engine.mapping.yaml import read_text
from engine.records.entities import ENTITIES
from engine.records.validate import validate
from tests.presence import ROOT

LIBRARY = ROOT / "mappings"
MAPPINGS = sorted([*LIBRARY.glob("*/*.in.yaml"), *LIBRARY.glob("*/*.out.yaml")])
NAMES = [path.relative_to(LIBRARY).as_posix() for path in MAPPINGS]
SHOP = {
    "categories": "categories",
    "customer_groups": "customer-groups",
    "products": "products",
    "group_prices": "group-prices",
    "customer_prices": "customer-prices",
    "customers": "customers",
    "inventory": "inventory",
}


def compiled(path: Path) -> Program:
    source = read_text(path.read_bytes(), path.name)
    sides = [source.data[side].get("entity") for side in ("from", "to")]
    reads, makes = (ENTITIES[entity].model_json_schema() if entity else None for entity in sides)
    samples = [case.given for case in read_cases(path)]
    return compile_mapping(source, MappingContext(target_schema=makes, source_schema=reads, samples=samples))


def fits(path: Path, program: Program) -> Callable[[dict[str, Any]], object]:
    """What the other side says about an output. Raises RecordError."""
    entity, stream = program.document.to.entity, program.document.to.stream
    if entity is not None:
        return lambda output: validate(entity, output)
    if path.parent.name == "sandbox_shop":
        return lambda output: shop_takes(SHOP[str(stream)], output)
    return erp_takes


def shop_takes(collection: str, output: dict[str, Any]) -> None:
    try:
        COLLECTIONS[collection].model_validate(output)
    except ValidationError as error:
        problems = [(".".join(map(str, found["loc"])), found["msg"]) for found in error.errors()]
        raise RecordError("the shop would refuse it", problems) from None


def erp_takes(output: dict[str, Any]) -> None:
    """The columns of the ERP's order tables, as its script makes them."""
    script = (LIBRARY / "demo/erp/1_tables.sql").read_text("utf-8")
    for table, rows in (("SALESORD_HDR", [output]), ("SALESORD_LINES", output["lines"])):
        body = re.search(rf"CREATE TABLE {table} \((.*?)\n\);", script, re.DOTALL)
        assert body is not None
        columns = set(re.findall(r"^  ([A-Z_0-9]+) ", body[1], re.MULTILINE)) | {"lines"}
        unknown = [(f"{table}.{column}", "no such column") for row in rows for column in row if column not in columns]
        if unknown:
            raise RecordError("the ERP has no such column", unknown)


@pytest.mark.parametrize("path", MAPPINGS, ids=NAMES)
def test_a_shipped_mapping_is_named_for_its_place_and_checks_clean(path: Path) -> None:
    program = compiled(path)
    assert f"{program.name}.yaml" == path.relative_to(LIBRARY).as_posix()
    assert errors(program.diagnostics) == []
    assert [found.line() for found in program.diagnostics if found.severity == "warning"] == []


@pytest.mark.parametrize("path", MAPPINGS, ids=NAMES)
def test_every_rule_has_a_note(path: Path) -> None:
    assert [found.line() for found in compiled(path).diagnostics if found.code in ("CODI404", "CODI405")] == []


@pytest.mark.parametrize("path", MAPPINGS, ids=NAMES)
def test_the_golden_tests_pass_and_their_outputs_fit(path: Path) -> None:
    program = compiled(path)
    cases = read_cases(path)
    results = [run_case(program, case, fits(path, program)) for case in cases]
    assert [(result.name, result.lines()) for result in results if not result.passed] == []
    assert len(cases) >= 3 and any(case.expect is None for case in cases), "three or more, and one that is kept out"


def test_no_golden_folder_without_its_mapping() -> None:
    folders = {golden_folder(path) for path in MAPPINGS}
    assert [folder for folder in LIBRARY.glob("*/*.golden") if folder not in folders] == []
