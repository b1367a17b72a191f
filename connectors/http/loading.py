"""Manifests from files, and the settings model they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, Field, SecretStr, TypeAdapter, ValidationError, create_model
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from connectors.http.manifest import Manifest, Setting
from connectors.settings import Strict, parse, without_password
from engine.encoding import decode
from engine.errors import ConfigError

_MAX_BYTES = 2_000_000


def load_manifest(path: Path) -> Manifest:
    """The manifest at `path`, with its schemas read in. Raises ConfigError saying what is wrong, where."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from None
    manifest = parse_manifest(load_yaml(text, path.name), path.name)
    return _with_schemas(manifest, path.parent)


def load_yaml(text: str, name: str) -> Any:
    """Plain data from YAML. Raises ConfigError with line and column."""
    if len(text) > _MAX_BYTES:
        raise ConfigError(f"{name}: larger than {_MAX_BYTES} bytes")
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ConfigError(f"{name}{place}: not YAML: {getattr(error, 'problem', None) or error}") from None


def parse_manifest(values: Any, name: str) -> Manifest:
    """Raises ConfigError that names every mistake."""
    if not isinstance(values, dict):
        raise ConfigError(f"{name}: a manifest is a mapping, starting with `format: 1`")
    return parse(Manifest, values, name)


def settings_model(manifest: Manifest) -> type[BaseModel]:
    """The model of a connection's settings, for its form and for checking them."""
    fields: dict[str, Any] = {name: _field(name, words) for name, words in manifest.settings.items()}
    return create_model(
        f"{manifest.connector.name}_settings", __base__=Strict, __doc__=manifest.connector.title, **fields
    )


def _field(name: str, words: Setting) -> tuple[Any, Any]:
    types: Mapping[str, Any] = {
        "text": str,
        "url": Annotated[str, AfterValidator(without_password)],
        "integer": int,
        "boolean": bool,
    }
    kind: Any = Literal[words.choices] if words.type == "choice" else types[words.type]
    if words.secret:
        kind = SecretStr
    default: Any = ... if words.required and words.default is None else words.default
    if default is None:
        kind = kind | None
    extra: dict[str, Any] = {"secret": True} if words.secret else {}
    if words.type == "url":
        extra["format"] = "uri"
    return kind, Field(
        default=SecretStr(str(default)) if words.secret and isinstance(default, str) else default,
        title=words.title or name.replace("_", " ").capitalize(),
        description=words.description,
        examples=[words.example] if words.example is not None else None,
        json_schema_extra=extra or None,
    )


def checked_url(url: str) -> str:
    """Raises ConfigError when it is not an http or https address."""
    try:
        TypeAdapter(AnyHttpUrl).validate_python(url)
    except ValidationError:
        raise ConfigError(
            f"http.base_url: {url!r} is not an address such as https://shop.example", field="base_url"
        ) from None
    return url


def _with_schemas(manifest: Manifest, folder: Path) -> Manifest:
    """Schemas named by file are read in, so that a manifest is whole by itself."""
    streams = {}
    for name, stream in manifest.streams.items():
        read_in: dict[str, Any] = {"schema_": _schema(stream.schema_, folder, f"streams.{name}.schema")}
        if stream.write is not None:
            schema = _schema(stream.write.schema_, folder, f"streams.{name}.write.schema")
            read_in["write"] = stream.write.model_copy(update={"schema_": schema})
        streams[name] = stream.model_copy(update=read_in)
    return manifest.model_copy(update={"streams": streams})


def _schema(said: dict[str, Any] | str, folder: Path, where: str) -> dict[str, Any]:
    if not isinstance(said, str):
        return said
    path = (folder / said).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise ConfigError(f"{where}: {said} lies outside the manifest's folder", field=where)
    try:
        found = decode(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{where}: {said} cannot be read: {error}", field=where) from None
    if not isinstance(found, dict):
        raise ConfigError(f"{where}: {said} is no JSON Schema", field=where)
    return found
