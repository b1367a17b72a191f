"""The editor with a rule of every kind open: axe finds nothing and nothing runs out of its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.editor.lived_in import HERE
from tests.editor.look import Look, looking

IN = f"{HERE}/mappings/erp/demo_erp~product.in"
OUT = f"{HERE}/mappings/shop/sandbox_shop~product.out"
RULES = {
    "editor": OUT,
    "editor-field": f"{IN}?open=name",
    "editor-condition": f"{IN}?open=brand",
    "editor-cases": f"{IN}?open=status",
    "editor-lookup": f"{IN}?open=tax_class",
    "editor-list": f"{IN}?open=variants",
    "editor-in-list": f"{IN}?open=variants[].rrp.amount",
    "editor-constant": f"{IN}?open=variants[].rrp.currency",
    "editor-template": f"{OUT}?open=brand",
    "editor-problem": f"{OUT}?open=slug",
    "editor-unmapped": f"{OUT}?open=tags",
}


@pytest.fixture(scope="module")
def look(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Look]:
    with looking(tmp_path_factory.mktemp("lived-in") / "home") as opened:
        yield opened


@pytest.fixture(autouse=True)
def nothing_wrong(look: Look) -> Iterator[None]:
    look.wrong.clear()
    yield
    assert not look.wrong, "\n".join(look.wrong)


@pytest.mark.parametrize("name", RULES)
def test_open(look: Look, name: str) -> None:
    look.at(name, RULES[name])
    if "open=" in RULES[name]:  # the page bar stays in sight wherever the rule stands
        assert look.page.evaluate("document.querySelector('.bar').getBoundingClientRect().top") == 0
