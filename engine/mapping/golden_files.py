"""Golden tests on disk: `product.out.yaml` has its cases in `product.out.golden/`, one YAML file each."""

from __future__ import annotations

from pathlib import Path

from engine.errors import UsageError
from engine.mapping.golden import GoldenCase, GoldenResult, parse_case, updated_text

SUFFIX = ".golden"


def golden_folder(mapping: Path) -> Path:
    """The folder beside a mapping document that holds its cases."""
    return mapping.with_name(mapping.name.removesuffix(".yaml").removesuffix(".yml").removesuffix(".json") + SUFFIX)


def read_cases(mapping: Path) -> tuple[GoldenCase, ...]:
    """The cases of a mapping document in the order of their names; none where it has no folder.

    Raises MappingError or UsageError for the first file that is not a case."""
    folder = golden_folder(mapping)
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    return tuple(parse_case(file.read_bytes(), file.stem, str(file)) for file in files)


def write_update(mapping: Path, case: GoldenCase, result: GoldenResult) -> Path:
    """Writes what the case got as its new expectation, whole or not at all. Raises UsageError when it cannot."""
    return write_case(mapping, case.name, updated_text(case, result))


def write_case(mapping: Path, name: str, text: str) -> Path:
    """Writes one case under `name` (a plain file name). Raises UsageError when it cannot."""
    if not name or any(character in name for character in '/\\:*?"<>|\0') or name.startswith("."):
        raise UsageError(f"{name!r} cannot be the name of a golden test: use letters, digits, - and _")
    target = golden_folder(mapping) / f"{name}.yaml"
    part = target.with_suffix(".part")
    try:
        target.parent.mkdir(exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    return target
