"""docs/connectors.md: every example is right, and every word that may be said is explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter
from ruamel.yaml import YAML

from connectors.http.auth_words import Auth
from connectors.http.manifest import Batch, Cursor, Manifest
from connectors.http.paging_words import Paging
from connectors.http.templates import template
from connectors.http.webhook_words import Verify
from connectors.sql.settings import SqlSettings
from tests.presence import ROOT

TEXT = (ROOT / "docs" / "connectors.md").read_text("utf-8")
KINDS: dict[str, Any] = {
    "sql": SqlSettings,
    "manifest": Manifest,
    "auth": Auth,
    "paging": Paging,
    "cursor": Cursor,
    "batch": Batch,
    "verify": Verify,
}
EXAMPLES = [
    pytest.param(kind, example, id=f"{kind} {number}")
    for number, (kind, block) in enumerate(re.findall(r"^```yaml (\w+)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
    for example in YAML(typ="safe", pure=True).load_all(block)
]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES)
def test_examples_are_right(kind: str, example: Any) -> None:
    TypeAdapter(KINDS[kind]).validate_python(example)
    template(example, "example")


def models(annotation: Any, seen: set[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        yield annotation
        for info in annotation.model_fields.values():
            yield from models(info.annotation, seen)
    for argument in get_args(annotation):
        yield from models(argument, seen)


@pytest.mark.parametrize("top", [SqlSettings, Manifest], ids=lambda model: model.__name__)
def test_every_word_is_explained(top: type[BaseModel]) -> None:
    words = {info.alias or name for model in models(top, set()) for name, info in model.model_fields.items()}
    missing = sorted(word for word in words if not re.search(rf"\b{word}\b", TEXT))
    assert not missing, f"docs/connectors.md does not mention {missing}"
