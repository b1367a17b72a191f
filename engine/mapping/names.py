"""How alike two field names are, and why, in words.

A name is cut into words (`StockCode`, `stock_code` and `STOCKCODE` give the same two), words into meanings by the
phrases of synonyms.toml, and meanings are compared. Edit distance only decides where nothing better is known.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Final

# words that say little without what stands before them
GENERIC: Final = frozenset({"id", "code", "name", "amount", "number", "position", "note", "kind", "type", "value"})
CUT: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
SAME, MEANING = 1.0, 0.92


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """How alike two names are."""

    score: float  # 0 (nothing in common) to 1 (the same)
    reason: str  # in words; "" where there is nothing to say


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """synonyms.toml, turned round for looking up."""

    phrases: dict[tuple[str, ...], str]  # words → meaning
    longest: int  # words in the longest phrase
    words: frozenset[str]  # every word of every phrase: how run-together names are cut
    abbreviations: dict[str, str]
    opposites: tuple[frozenset[str], ...]
    shapes: dict[str, str]  # meaning → what its values look like
    spoken: dict[str, str]  # meaning → how to say it: its first phrase


@cache
def vocabulary() -> Vocabulary:
    data = tomllib.loads(files("engine.mapping").joinpath("synonyms.toml").read_text("utf-8"))
    short = data["abbreviations"]
    phrases: dict[tuple[str, ...], str] = {}
    for meaning, spellings in data["meanings"].items():
        for spelling in spellings:
            phrase = tuple(spelling.lower().split())
            phrases[phrase] = phrases[tuple(short.get(word, word) for word in phrase)] = meaning
    words = {word for phrase in phrases for word in phrase} | set(short)
    return Vocabulary(
        phrases=phrases,
        longest=max(map(len, phrases)),
        words=frozenset(words),
        abbreviations=short,
        opposites=tuple(frozenset(entry["words"]) for entry in data["opposites"]),
        shapes=data["shapes"],
        spoken={meaning: spellings[0] for meaning, spellings in data["meanings"].items()},
    )


@cache
def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of one name; run-together names are cut where all pieces are known words."""
    found: list[str] = []
    for piece in CUT.findall(name):
        found += _run_together(piece.lower())
    return tuple(found)


def _run_together(piece: str) -> list[str]:
    known = vocabulary().words
    if piece in known or len(piece) < 6:
        return [piece]
    best: list[list[str] | None] = [[]] + [None] * len(piece)
    for end in range(1, len(piece) + 1):
        for start in range(end - 2, -1, -1):
            before = best[start]
            if before is None or piece[start:end] not in known:
                continue
            if best[end] is None or len(before) + 1 < len(best[end] or ()):
                best[end] = [*before, piece[start:end]]
    return best[-1] or [piece]


@cache
def meanings_of(name: str) -> tuple[str, ...]:
    """The meanings in one name, in order; words without a known meaning stand for themselves."""
    return tuple(_cut_phrases(words_of(name)))


def _cut_phrases(spelt: tuple[str, ...]) -> Iterator[str]:
    """The longest known phrases, from the left."""
    known, place = vocabulary(), 0
    words = [known.abbreviations.get(word, word) for word in spelt]
    while place < len(words):
        for size in range(min(known.longest, len(words) - place), 0, -1):
            end = place + size
            spellings = (spelt[place:end], tuple(words[place:end]), tuple(map(_singular, words[place:end])))
            meaning = next((known.phrases[phrase] for phrase in spellings if phrase in known.phrases), None)
            if meaning is not None:
                yield meaning
                place += size
                break
        else:
            yield words[place]
            place += 1


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def steps(path: str) -> tuple[str, ...]:
    """The names in a path: `$main.billing[0].post_code` gives main, billing, post_code."""
    return tuple(re.findall(r"`[^`]+`|[^\W\d]\w*", re.sub(r"\[[^\]]*\]", "", path).replace("$", "")))


@cache
def alike(source: str, target: str) -> Alike:
    """How well the field at path `source` fits the field at path `target`, by their names alone."""
    ours, theirs = steps(source), steps(target)
    if not ours or not theirs:
        return Alike(score=0.0, reason="")
    best = max(_candidates(ours, theirs), key=lambda found: found.score)
    if _opposed(ours, theirs):
        return Alike(score=best.score * 0.3, reason="")
    return best


def _candidates(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Iterator[Alike]:
    leaf, other = ours[-1].strip("`"), theirs[-1].strip("`")
    mine, wanted = meanings_of(leaf), meanings_of(other)
    whole, whole_wanted = _path_meanings(ours), _path_meanings(theirs)
    distance = 0.0 if whole == whole_wanted else 0.02 * (abs(len(ours) - len(theirs)) + 1)
    generic = set(wanted) <= GENERIC and (len(ours) > 1 or len(theirs) > 1) and whole[:-1] != whole_wanted[:-1]
    if words_of(leaf) == words_of(other):
        score = 0.55 if generic else SAME - distance
        yield Alike(score=score, reason="same name" if not generic else "same name, but a very general one")
    elif mine == wanted:
        yield Alike(score=0.5 if generic else MEANING - distance, reason=_same_meaning(leaf, wanted))
    elif tuple(meaning for meaning in mine if not meaning.isdecimal()) == wanted and not generic:
        yield Alike(score=0.85 - distance, reason=f"{_same_meaning(leaf, wanted)}, the numbered one")
    if whole and whole_wanted:
        yield from _by_path(whole, whole_wanted)
    ratio = SequenceMatcher(None, "".join(words_of(leaf)), "".join(words_of(other))).ratio()
    yield Alike(score=0.75 * ratio if ratio >= 0.75 else 0.0, reason="similar name" if ratio >= 0.75 else "")


def _by_path(whole: tuple[str, ...], wanted: tuple[str, ...]) -> Iterator[Alike]:
    """`group_name` against `category.name`: the same meanings, cut into steps differently."""
    if whole == wanted:
        yield Alike(score=0.9, reason="same meaning of the whole path")
        return
    shared = set(whole) & set(wanted)
    if not shared:
        return
    weigh = {meaning: 0.4 if meaning in GENERIC else 1.0 for meaning in {*whole, *wanted}}
    score = 0.7 * sum(map(weigh.__getitem__, shared)) / sum(weigh.values())
    said = ", ".join(vocabulary().spoken.get(meaning, meaning) for meaning in wanted if meaning in shared)
    yield Alike(score=score, reason=f"names share: {said}")


def _path_meanings(path: tuple[str, ...]) -> tuple[str, ...]:
    """Phrases may go across steps: `customer.code` is a customer code."""
    return tuple(_cut_phrases(tuple(word for step in path for word in words_of(step.strip("`")))))


def _opposed(ours: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    mine, wanted = set(_path_meanings(ours)), set(_path_meanings(theirs))
    return any((mine & group) and (wanted & group) and not (mine & wanted & group) for group in vocabulary().opposites)


def _same_meaning(name: str, meanings: tuple[str, ...]) -> str:
    words = " ".join(words_of(name))
    spoken = " ".join(vocabulary().spoken.get(meaning, meaning) for meaning in meanings)
    return "same meaning" if words == spoken.lower() else f"same meaning: “{words}” is {spoken}"


def meaning_shape(path: str) -> str | None:
    """What values at this path should look like by its name: `email`, `gtin`, `decimal` …; None: no idea."""
    names = steps(path)
    if not names:
        return None
    shapes = vocabulary().shapes
    return next((shapes[meaning] for meaning in reversed(meanings_of(names[-1].strip("`"))) if meaning in shapes), None)
