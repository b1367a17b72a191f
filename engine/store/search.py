"""Finds records by words: the one place that knows how each database indexes them.

The index of words is quick for rare words, but goes through all the records that have a common one before it gives the
first, and for the start of a word through those of all the words it may become. Common words are met often enough among
a few thousand records, looked through one by one; only what is not met there is looked up in the index.
"""

from __future__ import annotations

from sqlalchemy import Select, bindparam, func, literal_column, select, text

from engine.store.database import Transaction
from engine.store.ids import id_range
from engine.store.scope import mine
from engine.store.tables_records import records

_SQLITE = text(
    "SELECT r.id FROM record_words JOIN records r ON r.id = record_words.rowid "
    "WHERE record_words MATCH :words AND record_words.rowid >= :first AND record_words.rowid < :past "
    "AND r.workspace_id = :workspace AND (:entity = '' OR r.entity = :entity) LIMIT :most"
)
_POSTGRES = (
    select(records.c.id)
    .where(
        mine(records),
        func.to_tsvector(literal_column("'simple'"), records.c.search).op("@@")(
            func.to_tsquery(literal_column("'simple'"), bindparam("words"))
        ),
    )
    .limit(bindparam("most"))
)
# Left alone it takes rare words for common ones, and reads every record for them; and it has room for the exact places
# of a hundred thousand records only, and looks at all the records of a block for the others.
_POSTGRES_SETTINGS = ("enable_seqscan = off", "enable_indexscan = off", "work_mem = '16MB'")
# The words in the index from `start` on, each found from the one before: letters and digits all come after "/".
_WORDS_FROM = text(
    "WITH RECURSIVE found(word) AS ("
    "SELECT (SELECT term FROM record_words_terms WHERE term >= :start ORDER BY term LIMIT 1) UNION ALL "
    "SELECT (SELECT term FROM record_words_terms WHERE term >= found.word || '0' ORDER BY term LIMIT 1) "
    "FROM found WHERE found.word < :past) "
    "SELECT word FROM found WHERE word < :past LIMIT :most"
)
_NEAR = 2000  # records looked through one by one, in two milliseconds: enough for a word that one in a hundred has
_FEW = 30  # words with the same start that are looked up one by one


async def search_ids(tx: Transaction, workspace: int, found: list[str], entity: str, limit: int) -> list[int]:
    """Ids of records that have all the words, those with the last one whole before those with more letters to it."""
    near = await tx.rows(_near(workspace, found, entity, limit))
    ids = [row.id for row in near if row.whole]
    if len(ids) >= limit:
        return ids
    sqlite = tx.dialect == "sqlite"
    if not sqlite:
        for setting in _POSTGRES_SETTINGS:
            await tx.connection.execute(text(f"SET LOCAL {setting}"))
    whole = _all(found) if sqlite else " & ".join(found)
    ids += await _matching(tx, workspace, whole, entity, limit)
    ids = list(dict.fromkeys([*ids, *(row.id for row in near)]))
    begun = await _longer(tx, found) if sqlite else f"{whole}:*"
    if len(ids) < limit and begun:
        ids += await _matching(tx, workspace, begun, entity, limit)
    return ids


def _near(workspace: int, found: list[str], entity: str, limit: int) -> Select[tuple[int, bool]]:
    """Looks for the words in the records changed last of one entity, or in the first ones of the workspace."""
    some = select(records.c.id, (" " + records.c.search + " ").label("search")).where(mine(records)).limit(_NEAR)
    if entity:
        some = some.where(records.c.entity == entity).order_by(records.c.sequence.desc())
    else:
        first, past = id_range(workspace)
        some = some.where(records.c.id >= first, records.c.id < past).order_by(records.c.id)
    near = some.subquery()
    whole = near.c.search.like(f"% {found[-1]} %")  # words are letters and digits: nothing in them to escape
    parts = [*(f"% {word} %" for word in found[:-1]), f"% {found[-1]}%"]
    has_all = (near.c.search.like(part) for part in parts)
    return select(near.c.id, whole.label("whole")).where(*has_all).order_by(whole.desc()).limit(limit)


async def _longer(tx: Transaction, found: list[str]) -> str:
    """SQLite: the query for longer words that begin with the last one; empty when there are none.

    For the start of a word the index first gathers all the records of all such words; given the words themselves it
    stops with the first records that have one. Where there are many, they are rare ones: numbers and codes.
    """
    start = found[-1]
    begun = _all(found) + "*"
    if not start.isascii():  # the index may see more than one word in it
        return begun
    values = {"start": f"{start}0", "past": f"{start}\U0010ffff", "most": _FEW + 1}
    # Of all workspaces: they only say what to look for.
    longer = [f'"{row.word}"' for row in await tx.connection.execute(_WORDS_FROM, values)]
    if len(longer) > _FEW:
        return begun
    return " AND ".join([*(f'"{word}"' for word in found[:-1]), f"({' OR '.join(longer)})"]) if longer else ""


def _all(found: list[str]) -> str:
    """SQLite: the query for all the words."""
    return " AND ".join(f'"{word}"' for word in found)


async def _matching(tx: Transaction, workspace: int, query: str, entity: str, limit: int) -> list[int]:
    values = {"words": query, "most": limit}
    if tx.dialect == "sqlite":
        first, past = id_range(workspace)
        return [row.id for row in await tx.rows(_SQLITE, {**values, "first": first, "past": past, "entity": entity})]
    statement = _POSTGRES.where(records.c.entity == entity) if entity else _POSTGRES
    return [row.id for row in await tx.rows(statement, values)]
