"""The audit log: who did what, when. It only grows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.params import FromQuery

from editor.access import needs
from editor.pages.page import Page
from editor.render import Req, render
from editor.services import services
from engine.store.audit import AuditEntry

SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class AuditPage(Page):
    entries: tuple[AuditEntry, ...]
    older: int | None  # `before` of the next page
    q: str


@get("/settings/audit", guards=[needs("admin")])
async def audit_page(request: Req, before: FromQuery[int | None] = None, q: FromQuery[str] = "") -> Response[Any]:
    entries = await services(request).people.audit_entries(
        request.auth.workspace, before=before, limit=SHOWN + 1, search=q[:100]
    )
    older = entries[SHOWN - 1].number if len(entries) > SHOWN else None
    page = AuditPage(title="Audit log", section="settings", entries=entries[:SHOWN], older=older, q=q)
    return render(request, "audit/audit.html", page, fragment="audit_entries")


HANDLERS = [audit_page]
