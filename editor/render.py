"""Pages and fragments out of Jinja templates. The only place that looks at htmx's request headers.

A fragment is a block of its page; the block's name is the id of its single root element. `render` answers with the
whole page, or with one fragment where htmx asked; `render_parts` with several fragments, each for its own place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Redirect
from markupsafe import Markup

from editor import words
from editor.assets import asset
from editor.mapping.build_form import KINDS
from editor.navigation import DONE_WORDS, KEYBOARD, NAVIGATION, SETTINGS_PAGES
from editor.paths import data_dir
from engine.mapping.comparisons import ONE_SIDED, OPERATORS

Req = Request[Any, Any, Any]


def _icon(name: str, label: str = "") -> Markup:
    hidden = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="i" {}><use href="{}#{}"/></svg>').format(hidden, asset("icons.svg"), name)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_dir("templates")),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=400,
    )
    environment.globals.update(asset=asset, icon=_icon, navigation=NAVIGATION, settings_pages=SETTINGS_PAGES)
    environment.globals.update(done_words=DONE_WORDS, keyboard=KEYBOARD)
    environment.globals.update(operators=tuple(OPERATORS.items()), one_sided=ONE_SIDED)
    environment.globals.update(operand_kinds=tuple(KINDS.items()))
    environment.filters.update(words.FILTERS)
    JinjaTemplateEngine.from_environment(environment)  # gives the templates csrf_token()
    # A block rendered alone sees no macro that its page imported: shared ones are globals.
    for template in ("components.html", "mappings/conditions.html", "mappings/rules.html"):
        macros = vars(environment.get_template(template).module)
        environment.globals.update({name: value for name, value in macros.items() if not name.startswith("_")})
    return environment


ENVIRONMENT = _environment()


@dataclass(frozen=True, kw_only=True)
class Part:
    """One fragment of a reply that changes several places of the page."""

    block: str  # name of the block
    target: str = ""  # css selector of what it replaces; "": the element whose id is the block's name
    locals: Mapping[str, Any] = field(default_factory=dict)  # loop variables the block needs
    swap: str = "outerHTML"


def wants_fragment(request: Req) -> bool:
    headers = request.headers
    return (
        headers.get("hx-request") == "true"
        and headers.get("hx-request-type") != "full"
        and "hx-boosted" not in headers
        and "hx-history-restore-request" not in headers
    )


def block_html(request: Req, template: str, block: str, page: Any, **local: Any) -> str:
    """One block alone. Its macros and `page` are there; variables of enclosing loops must be given."""
    loaded = ENVIRONMENT.get_template(template)
    return "".join(loaded.blocks[block](loaded.new_context(_context(request, page, local))))


def render(
    request: Req,
    template: str,
    page: Any,
    *,
    fragment: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """The page, or only `fragment` where htmx asked for a part."""
    if fragment and wants_fragment(request):
        html = block_html(request, template, fragment, page)
    else:
        html = ENVIRONMENT.get_template(template).render(_context(request, page, {}))
    return _reply(html, status, headers)


def render_parts(
    request: Req,
    template: str,
    page: Any,
    parts: Sequence[Part],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Several fragments, each for its own place of the page that is open."""
    html = [
        Markup('<hx-partial hx-target="{}" hx-swap="{}">{}</hx-partial>').format(
            part.target or f"#{part.block}",
            part.swap,
            Markup(block_html(request, template, part.block, page, **part.locals)),  # already escaped by its template
        )
        for part in parts
    ]
    return _reply("".join(html), status, headers)


def see(request: Req, path: str) -> Response[Any]:
    """Go to another page: 303, or the header htmx follows."""
    if wants_fragment(request):
        return Response("", headers={"HX-Redirect": path})
    return Redirect(path, status_code=303)


def _context(request: Req, page: Any, local: Mapping[str, Any]) -> dict[str, Any]:
    access = request.scope.get("auth")
    return {
        "request": request,
        "page": page,
        "access": access,
        "here": access.here if access else "",
        "theme": theme if (theme := request.cookies.get("codi_theme")) in ("light", "dark") else "",
        **local,
    }


def _reply(html: str, status: int, headers: Mapping[str, str] | None) -> Response[str]:
    return Response(
        html, status_code=status, media_type=MediaType.HTML, headers={"Vary": "HX-Request", **(headers or {})}
    )
