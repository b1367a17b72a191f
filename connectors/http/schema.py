"""Writes the JSON Schema of manifests, so that editors complete and check them: `python -m connectors.http.schema`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from connectors.http.manifest import Manifest

PATH = Path(__file__).parent / "manifest.schema.json"


def manifest_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    schema = Manifest.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "CODI connector manifest"}


def as_text() -> str:
    return msgspec.json.format(msgspec.json.encode(manifest_schema()), indent=1).decode() + "\n"


if __name__ == "__main__":
    PATH.write_text(as_text(), encoding="utf-8")
