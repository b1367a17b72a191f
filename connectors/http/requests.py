"""Requests of a manifest, compiled once, filled in for each use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.http.client import Prepared
from connectors.http.manifest import Request
from connectors.http.templates import Render, template

Context = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTemplate:
    """A request with places to fill in."""

    method: str
    base_url: str
    path: Render
    query: Render
    headers: Render
    body: Render | None  # None: the caller's own

    def fill(self, context: Context, *, body: Any = None) -> Prepared:
        """Raises ConfigError for a name the context lacks. `body` stands in where the manifest says none."""
        return Prepared(
            method=self.method,
            url=self.base_url + str(self.path(context)),
            query={name: _query(value) for name, value in self.query(context).items() if value is not None},
            headers={name: str(value) for name, value in self.headers(context).items() if value is not None},
            body=self.body(context) if self.body is not None else body,
        )


def compile_request(
    request: Request, base_url: str, where: str, headers: Mapping[str, str] | None = None
) -> RequestTemplate:
    """Raises ConfigError, naming the place in the manifest, for a template that cannot be read."""
    return RequestTemplate(
        method=request.method,
        base_url=base_url.rstrip("/"),
        path=template(request.path, f"{where}.path", path=True),
        query=template(request.query, f"{where}.query"),
        headers=template({**(headers or {}), **request.headers}, f"{where}.headers"),
        body=None if request.body is None else template(request.body, f"{where}.body"),
    )


def _query(value: Any) -> str | list[str]:
    if isinstance(value, list | tuple):
        return [str(_query(inner)) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)
