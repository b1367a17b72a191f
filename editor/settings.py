"""Settings: from the environment (`CODI_…`), else from `codi.toml`, else the default.

`docs/settings.md` lists every one; a test holds that.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from engine.errors import UsageError

PREFIX = "CODI_"


class Settings(BaseModel):
    """All settings. A field `home` is read from `CODI_HOME`, or from `home = …` in `codi.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(Path(".codi"), description="Folder for everything CODI keeps on this machine")
    database_url: str = Field(
        "",
        repr=False,  # it may have a password in it
        description="SQLAlchemy URL of the database, `sqlite:///…` or `postgresql://…`; default: a file in the home",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Keys that seal secrets and sign links, the newest first, separated by commas; "
        "default: made once and kept in the home, readable by its owner only",
    )
    host: str = Field("127.0.0.1", description="Address `codi serve` listens on")
    port: int = Field(8000, ge=0, le=65535, description="Port `codi serve` listens on; 0: any free one")
    base_url: str = Field("", description="Address people reach the editor by, where it is not host and port")
    secure_cookies: bool = Field(False, description="Send cookies over https only; set it when base_url is https")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged")
    log_format: Literal["text", "json"] = Field("text", description="How log lines look")

    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'codi.db'}"

    def secret_keys(self) -> list[str]:
        """The keys in force, the newest first; makes and keeps one on first use."""
        if configured := self.secret_key.get_secret_value():
            return [key.strip() for key in configured.split(",") if key.strip()]
        return [_kept_key(self.home)]


def load_settings(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings in force. Raises UsageError naming every setting that is wrong."""
    environ = os.environ if environ is None else environ
    values = _from_file((folder or Path.cwd()) / "codi.toml")
    for name in Settings.model_fields:
        if (value := environ.get(PREFIX + name.upper())) is not None:
            values[name] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise UsageError(f"Settings are wrong: {wrong}. See docs/settings.md") from None


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: {error}") from None


def _kept_key(home: Path) -> str:
    path = home / "secret.key"
    home.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Written aside, then linked into place: of several processes starting at once one wins, none reads half a key.
        draft = home / f"secret.{os.getpid()}.tmp"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    if key := path.read_text("ascii").strip():
        return key
    raise UsageError(f"{path} is empty; put the key back, or remove the file to have a new one made")
