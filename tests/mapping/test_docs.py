"""The examples of docs/mapping-documents.md do what the page says."""

from __future__ import annotations

import json
import re

import pytest

from engine.mapping.compile import compile_mapping
from engine.mapping.document import KINDS, Document
from engine.mapping.outcomes import Mapped
from tests.presence import ROOT

PAGE = (ROOT / "docs/mapping-documents.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```\n\n```json record\n(.*?)```\n\n```json output\n(.*?)```", PAGE, re.S)


@pytest.mark.parametrize(("document", "record", "output"), EXAMPLES)
def test_example(document: str, record: str, output: str) -> None:
    head = "" if document.startswith("format:") else "format: 1\nmapping: demo/product.out\n"
    assert compile_mapping(head + document).run(json.loads(record)) == Mapped(json.loads(output))


def test_every_example_is_run() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml")


def test_every_key_is_mentioned() -> None:
    keys = {info.alias or name for name, info in Document.model_fields.items()} | set(KINDS)
    assert not {key for key in keys if not re.search(rf"\b{key}\b", PAGE)}
