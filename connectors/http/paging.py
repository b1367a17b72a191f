"""Getting at the next page, one small class for each way. The reading loop knows none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from urllib.parse import urljoin

from connectors.http.answers import Answer
from connectors.http.client import Prepared
from connectors.http.jmes import search
from connectors.http.paging_words import (
    KeysetPaging,
    LinkPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    TokenPaging,
    UrlPaging,
)
from engine.encoding import digest, encode
from engine.errors import ConfigError
from engine.sync.ports import Json

_LINK = re.compile(r"<([^>]*)>([^<]*)")


class Pager(Protocol):
    def first(self, request: Prepared) -> Prepared: ...

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        """The request for the page after `answer`; None when it was the last."""
        ...


def pager(words: Paging) -> Pager:
    """A pager for one reading."""
    for kind, make in _PAGERS:
        if isinstance(words, kind):
            return make(words)
    raise TypeError(words)


class RepeatGuard:
    """Some systems give the last page again and again (where pages are counted, that is the end); others name a next
    page that was read already. Neither may keep us for ever."""

    def __init__(self, words: Paging) -> None:
        self._counted = isinstance(words, PagePaging | OffsetPaging)
        self._asked: set[bytes] = set()
        self._last: Sequence[Json] = ()

    def repeats(self, request: Prepared, records: Sequence[Json]) -> bool:
        """True when the page before came again and that is the end. Raises ConfigError when we go round in circles."""
        asked = digest(encode([request.url, request.query, request.body]))
        same = bool(records) and self._last == records
        if asked in self._asked or (same and not self._counted):
            raise ConfigError("the system names the same next page again: check the manifest's `paging`")
        self._asked.add(asked)
        self._last = records
        return same


@dataclass(frozen=True, slots=True)
class _One:
    words: NoPaging

    def first(self, request: Prepared) -> Prepared:
        return request

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        return None


@dataclass(slots=True)
class _Pages:
    words: PagePaging
    page: int = 0

    def first(self, request: Prepared) -> Prepared:
        self.page = self.words.first
        return _put(request, self.words.place, self.words.param, self.page)

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        pages = search(self.words.pages, answer.body) if self.words.pages else None
        done = self.page - self.words.first + 1
        if not records or (pages is not None and done >= int(pages)):
            return None
        if pages is None and self.words.size is not None and len(records) < self.words.size:
            return None
        self.page += 1
        return _put(request, self.words.place, self.words.param, self.page)


@dataclass(slots=True)
class _Offsets:
    words: OffsetPaging
    offset: int = 0

    def first(self, request: Prepared) -> Prepared:
        return _put(request, self.words.place, self.words.param, 0)

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        self.offset += len(records)
        total = search(self.words.total, answer.body) if self.words.total else None
        if not records or (total is not None and self.offset >= int(total)):
            return None
        if total is None and self.words.size is not None and len(records) < self.words.size:
            return None
        return _put(request, self.words.place, self.words.param, self.offset)


@dataclass(frozen=True, slots=True)
class _Tokens:
    words: TokenPaging

    def first(self, request: Prepared) -> Prepared:
        return request

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        if self.words.more is not None and not search(self.words.more, answer.body):
            return None
        token = search(self.words.next, answer.body)
        return None if token in (None, "") else _put(request, self.words.place, self.words.param, token)


@dataclass(frozen=True, slots=True)
class _Links:
    words: LinkPaging

    def first(self, request: Prepared) -> Prepared:
        return request

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        for target, parameters in _LINK.findall(answer.headers.get("link", "")):
            relations = re.search(r'rel="?([^";]+)"?', parameters)
            if relations and self.words.rel in relations[1].split():
                return replace(request, url=urljoin(answer.url, target), query={})
        return None


@dataclass(frozen=True, slots=True)
class _Urls:
    words: UrlPaging

    def first(self, request: Prepared) -> Prepared:
        return request

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        target = search(self.words.next, answer.body)
        return None if not target else replace(request, url=urljoin(answer.url, str(target)), query={})


@dataclass(frozen=True, slots=True)
class _Keysets:
    words: KeysetPaging

    def first(self, request: Prepared) -> Prepared:
        return request

    def next(self, request: Prepared, answer: Answer, records: Sequence[Json]) -> Prepared | None:
        if len(records) < self.words.size:
            return None
        last = search(self.words.field, records[-1])
        if last is None:
            raise ConfigError(f"the last record has no {self.words.field!r} to go on from: check `paging.field`")
        return _put(request, "query", self.words.param, last)


def _put(request: Prepared, place: str, name: str, value: Any) -> Prepared:
    if place == "query":
        return replace(request, query={**request.query, name: str(value)})
    body = request.body if isinstance(request.body, Mapping) else {}
    return replace(request, body={**body, name: value})


_PAGERS: tuple[tuple[type[Any], Callable[[Any], Pager]], ...] = (
    (NoPaging, _One),
    (PagePaging, _Pages),
    (OffsetPaging, _Offsets),
    (TokenPaging, _Tokens),
    (LinkPaging, _Links),
    (UrlPaging, _Urls),
    (KeysetPaging, _Keysets),
)
