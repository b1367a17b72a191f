"""Shipped mappings as bases that a set's own mappings extend.

A set keeps the base it was made with among its own files, under `shipped/`. So a draft means the same under every
version of CODI, a revision holds every byte it runs, and a folder that was exported is whole by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from editor.paths import data_dir
from engine.errors import CodiError
from engine.mapping.difference import same
from engine.mapping.overlay import BaseMoved, Moved, base_moved, effective
from engine.mapping.yaml import read_text

if TYPE_CHECKING:  # `codi map` reads bases too, and must not wait for the database's code
    from engine.store.drafts import DraftFile, Drafts

FOLDER: Final = "shipped/"

Data = Mapping[str, Any]


def is_mapping(path: str) -> bool:
    """Whether a file of a set is a mapping of its own, rather than a golden test, a lookup or a base."""
    return path.endswith((".in.yaml", ".out.yaml")) and not path.startswith(FOLDER)


def base_path(name: str) -> str:
    """Where a set keeps the base."""
    return f"{FOLDER}{name}.yaml"


@lru_cache(maxsize=1)
def shipped_bases() -> Mapping[str, str]:
    """Mapping name → text of every mapping that comes with this CODI."""
    library = data_dir("mappings")
    return {
        path.relative_to(library).as_posix().removesuffix(".yaml"): path.read_text("utf-8")
        for path in sorted(library.rglob("*.yaml"))
        if is_mapping(path.name)
    }


@lru_cache(maxsize=256)
def document_of(text: str) -> Data:
    """The document of a file, as it is written. Raises MappingError where it is not YAML."""
    data = read_text(text).data
    return data if isinstance(data, Mapping) else {}


def bases_in(files: Mapping[str, str]) -> dict[str, str]:
    """Mapping name → text of everything that a mapping of the set may extend."""
    bases = {
        path.removeprefix(FOLDER).removesuffix(".yaml"): text for path, text in files.items() if path.startswith(FOLDER)
    }
    for path, text in files.items():
        if is_mapping(path):
            name = _said(text, "mapping")
            if name:
                bases[name] = text
    return bases


def base_of(data: Data, bases: Mapping[str, str]) -> Data | None:
    """The document that this one extends, with its own base taken in; None where there is none."""
    name, inside = str(data.get("extend") or ""), {str(data.get("mapping"))}
    if name not in bases or name in inside:
        return None
    return _taken_in(name, bases, frozenset(inside))


def _taken_in(name: str, bases: Mapping[str, str], inside: frozenset[str]) -> Data:
    try:
        data = document_of(bases[name])
    except CodiError:
        return {}
    under = str(data.get("extend") or "")
    if under not in bases or under in {*inside, name}:
        return data
    return effective(_taken_in(under, bases, inside | {name}), data)


def whole(data: Data, bases: Mapping[str, str]) -> Data:
    """The document as it runs, with what it takes over from its base; as it is where it extends none."""
    base = base_of(data, bases)
    return data if base is None else effective(base, data)


def texts_of(files: Mapping[str, DraftFile]) -> dict[str, str]:
    """Path → text of a draft, without what was taken out of it."""
    return {path: file.body for path, file in files.items() if file.body is not None}


def unpinned(files: Mapping[str, str]) -> dict[str, str]:
    """Path → text of the shipped bases that mappings of the set extend and the set does not hold yet."""
    have, found = bases_in(files), {}
    wanted = [_said(text, "extend") for path, text in files.items() if is_mapping(path)]
    while wanted:
        name = wanted.pop()
        if name and name not in have and name in shipped_bases():
            have[name] = found[base_path(name)] = shipped_bases()[name]
            wanted.append(_said(have[name], "extend"))
    return found


async def pin_bases(drafts: Drafts, connection: str, who: str) -> tuple[str, ...]:
    """Puts the shipped bases that the draft extends into it, where they are not there yet; their paths."""
    missing = unpinned(texts_of(await drafts.files(connection)))
    for path, text in missing.items():
        await drafts.save(connection, path, text, version=0, who=who)
    return tuple(missing)


@dataclass(frozen=True, kw_only=True)
class MovedBase:
    """A base that is not the one it was: what that means for a mapping built on it, field by field."""

    base: str  # its name
    stem: str  # the mapping built on it
    title: str
    places: tuple[Moved, ...]  # those that the base changed
    offered: bool  # CODI has a newer one than the draft; else the draft has another one than what runs live
    version: int  # of the draft's file of the base

    @property
    def summary(self) -> str:
        return BaseMoved(places=self.places).summary


def moved_bases(files: Mapping[str, DraftFile], live: Mapping[str, str]) -> tuple[MovedBase, ...]:
    """Every mapping of the draft whose base moved: since the draft took it, or since `live`, the files that run."""
    found = []
    for path, file in sorted(files.items()):
        name = _said(file.body or "", "extend") if is_mapping(path) else ""
        held = files.get(base_path(name)) if name else None
        if held is None or held.body is None:
            continue
        data = document_of(file.body or "")
        ran = live.get(base_path(name)) if path in live else None
        pairs = ((held.body, shipped_bases().get(name), True), (ran, held.body, False))
        for before, after, offered in pairs:
            if before is None or after is None or before == after:
                continue
            changed = base_moved(document_of(before), document_of(after), data).places
            found.append(
                MovedBase(
                    base=name,
                    stem=path.removesuffix(".yaml"),
                    title=str(data.get("title") or path.removesuffix(".yaml")),
                    places=tuple(each for each in changed if not same(each.base_old, each.base_new)),
                    offered=offered,
                    version=held.version,
                )
            )
    return tuple(found)


def _said(text: str, key: str) -> str:
    try:
        return str(document_of(text).get(key) or "")
    except CodiError:
        return ""
