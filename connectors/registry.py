"""Every kind of system CODI can connect to, and the way to open one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.contract import Connector, ConnectorKind, Outside
from connectors.discreet import Discreet, discreetly, secret_values
from connectors.http.connector import HTTP, manifest_kind
from connectors.settings import near, parse, with_secrets
from connectors.sql.connector import SQL
from engine.errors import ConfigError
from engine.redaction import Secrets

_HERE = Path(__file__).parent

CONNECTORS: dict[str, ConnectorKind] = {
    "sql": SQL,
    "http": HTTP,
    "sandbox_shop": manifest_kind(_HERE / "sandbox_shop"),
}


def connector_kind(name: str) -> ConnectorKind:
    """Raises ConfigError for a name that is not registered."""
    if name not in CONNECTORS:
        raise ConfigError(f"there is no connector {name!r}; {near(name, CONNECTORS)}", field="connector")
    return CONNECTORS[name]


@asynccontextmanager
async def open_connector(
    name: str, settings: Mapping[str, Any], secrets: Mapping[str, str] | None = None, outside: Outside | None = None
) -> AsyncIterator[Connector]:
    """An open connection of the kind `name`. `secrets` are the settings kept sealed, by name (`token`, `a/password`);
    they win over a setting of the same name. Raises ConfigError naming everything wrong with the settings."""
    kind = connector_kind(name)
    hidden = Secrets(secret for secret in (secrets or {}).values() if isinstance(secret, str))
    checked = parse(kind.settings, with_secrets(settings, secrets or {}), f"settings of {name}")
    hidden.add(*secret_values(checked))
    with discreetly(hidden):
        async with kind.open(checked, replace(outside or Outside(), secrets=hidden)) as connector:
            yield Discreet(connector, hidden)
