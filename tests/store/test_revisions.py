"""Drafts, revisions, publications."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from engine.errors import NotFoundError, UsageError
from engine.store import audit
from engine.store.database import Transaction
from engine.store.drafts import Drafts
from engine.store.revisions import Revisions, content_hash
from engine.store.scope import mine
from engine.store.tables_mappings import publications, revision_bodies
from engine.store.tables_mappings import revisions as revisions_table
from engine.store.tables_people import audit_log
from tests.store.conftest import Cast

FILES = {
    "erp/product.in.yaml": "# comment kept\r\nformat: 1\n\ttabs and trailing blanks  \n",
    "erp/product.in.golden/one.yaml": "given: {naïve: '\u2028'}",
    "erp/lookups/tax.yaml": "\ufeffGST: standard\n",
    "erp/empty.yaml": "",
}


@pytest.fixture
def revisions(cast: Cast) -> Revisions:
    return Revisions(cast.database, cast.acme)


async def publish(revisions: Revisions, text: str, environment: str = "live") -> int:
    await revisions.import_files("erp", {"a.in.yaml": text}, who="ann")
    return (await revisions.publish("erp", environment, reason=f"because {text}", who="ann")).number


async def test_files_come_out_as_they_went_in(revisions: Revisions) -> None:
    await revisions.import_files("erp", FILES, who="ann")
    assert await revisions.export_files("erp") == FILES
    revision = await revisions.publish("erp", "live", reason="first", who="ann")
    assert revision.files == FILES == await revisions.export_files("erp", revision.number)
    assert revision.hash == content_hash(FILES) == content_hash(dict(reversed(FILES.items())))
    await revisions.import_files("shop", await revisions.export_files("erp", 1), who="ann")
    assert (await revisions.publish("shop", "live", reason="copy", who="ann")).hash == revision.hash


async def test_back_twice_then_forward(revisions: Revisions) -> None:
    """The bytes that run are those of the named revision, and the history shows all of it."""
    assert [await publish(revisions, text) for text in ("one", "two", "three")] == [1, 2, 3]
    running = None
    for number, body in ((2, "two"), (1, "one"), (3, "three")):
        await revisions.roll_back("erp", "live", number, reason=f"to {number}", who="bob")
        running = await revisions.published("erp", "live", known=running)
        assert await revisions.published("erp", "live", known=running) is running
        assert running is not None and running.number == number and running.files == {"a.in.yaml": body}
    history = await revisions.history("erp", "live")
    assert [(each.action, each.revision, each.who, each.reason) for each in history] == [
        ("rollback", 3, "bob", "to 3"),
        ("rollback", 1, "bob", "to 1"),
        ("rollback", 2, "bob", "to 2"),
        ("publish", 3, "ann", "because three"),
        ("publish", 2, "ann", "because two"),
        ("publish", 1, "ann", "because one"),
    ]
    assert await revisions.export_files("erp") == {"a.in.yaml": "three"}, "the draft stays as it was"


async def test_the_same_content_is_the_same_revision(revisions: Revisions) -> None:
    assert await publish(revisions, "one") == 1
    assert await publish(revisions, "two") == 2
    assert await publish(revisions, "one") == 1
    assert await revisions.numbers("erp") == [2, 1]


async def test_environments_run_their_own(revisions: Revisions) -> None:
    await publish(revisions, "one", "live")
    await publish(revisions, "two", "test")
    live, test = await revisions.published("erp", "live"), await revisions.published("erp", "test")
    assert live is not None and test is not None and (live.number, test.number) == (1, 2)
    await revisions.import_files("erp", {"a.in.yaml": "three"}, who="ann")
    promoted = await revisions.publish("erp", "live", reason="tested", who="ann", number=2)
    assert promoted.files == {"a.in.yaml": "two"}, "what was tested goes live, not the draft"
    with pytest.raises(NotFoundError, match="environment 'prod'"):
        await revisions.publish("erp", "prod", reason="", who="ann")


async def test_a_revision_taken_at_the_start_of_a_run_stays_the_same(revisions: Revisions) -> None:
    await publish(revisions, "one")
    pinned = await revisions.published("erp", "live")
    await publish(revisions, "two")
    assert pinned is not None and pinned.files == {"a.in.yaml": "one"}
    assert await revisions.get("erp", pinned.number) == pinned


async def test_the_database_refuses_changes(revisions: Revisions, cast: Cast) -> None:
    await publish(revisions, "one")
    changes = [
        update(revision_bodies).where(mine(revision_bodies)).values(body="x"),
        delete(revision_bodies).where(mine(revision_bodies)),
        update(revisions_table).where(mine(revisions_table)).values(hash="x"),
        delete(publications).where(mine(publications)),
        update(audit_log).where(mine(audit_log)).values(who="x"),
        delete(audit_log).where(mine(audit_log)),
    ]
    for change in changes:
        with pytest.raises(DBAPIError, match="never change"):
            async with cast.database.write(cast.acme) as tx:
                await tx.execute(change)
    running = await revisions.published("erp", "live")
    assert running is not None and running.files == {"a.in.yaml": "one"}


async def test_a_break_in_the_audit_log_shows(revisions: Revisions, cast: Cast) -> None:
    for name in ("one", "two", "three"):
        await publish(revisions, name)
    async with cast.database.write_everywhere() as tx:
        await _without_triggers(tx)
        await tx.execute(update(audit_log).where(audit_log.c.number == 3).values(who="somebody else"))
    async with cast.database.read(cast.acme) as tx:
        assert await audit.first_broken(tx) == 3


async def _without_triggers(tx: Transaction) -> None:
    """What somebody with full access to the database could do."""
    if tx.dialect == "sqlite":
        await tx.execute(text("DROP TRIGGER audit_log_no_update"))
    else:
        await tx.execute(text("ALTER TABLE audit_log DISABLE TRIGGER USER"))


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.yaml", "a/../../x", "a//b", "", "a\\b", "."])
async def test_a_path_that_leaves_the_folder_is_refused(revisions: Revisions, cast: Cast, path: str) -> None:
    with pytest.raises(UsageError, match="path"):
        await revisions.import_files("erp", {path: "x"}, who="ann")
    with pytest.raises(UsageError, match="path"):
        await Drafts(cast.database, cast.acme).save("erp", path, "x", version=0, who="ann")


async def test_what_is_not_there(revisions: Revisions, cast: Cast) -> None:
    assert await revisions.published("erp", "live") is None
    with pytest.raises(NotFoundError):
        await revisions.history("erp")
    with pytest.raises(NotFoundError):
        await revisions.import_files("nobody", {"a": "b"}, who="ann")
    await revisions.import_files("erp", {}, who="ann")
    with pytest.raises(UsageError, match="empty"):
        await revisions.publish("erp", "live", reason="", who="ann")
    await publish(revisions, "one")
    with pytest.raises(NotFoundError, match="revision 9"):
        await revisions.roll_back("erp", "live", 9, reason="", who="ann")
    theirs = Revisions(cast.database, cast.other)
    assert await theirs.published("erp", "live") is None
    with pytest.raises(NotFoundError):
        await theirs.get("erp", 1)


async def test_a_draft_is_saved_file_by_file(cast: Cast) -> None:
    drafts = Drafts(cast.database, cast.acme)
    first = await drafts.save("erp", "a.yaml", "one", version=0, who="ann")
    second = await drafts.save("erp", "a.yaml", "two", version=first.version, who="bob")
    same = await drafts.save("erp", "a.yaml", "two", version=second.version, who="ann")
    assert (first.version, second.version, same.version) == (1, 2, 2), "saving the same text is no new version"
    await drafts.save("erp", "b.yaml", "other file", version=0, who="ann")
    await drafts.save("erp", "a.yaml", None, version=2, who="ann")
    assert set(await drafts.files("erp")) == {"b.yaml"}
    assert [each.body for each in await drafts.saves("erp", "a.yaml")] == [None, "two", "one"]
