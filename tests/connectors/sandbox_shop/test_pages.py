"""The pages: each renders, empty and full, asks no other machine for anything and runs no script."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import httpx
import pytest

from connectors.sandbox_shop.art import BY_CATEGORY, DRAWINGS, drawing
from connectors.sandbox_shop.server import SandboxShop
from tests.connectors.sandbox_shop.conftest import chair

LISTS = ["/", "/categories", "/customers", "/orders"]


def first(api: httpx.Client, collection: str, **params: str) -> int:
    found: int = api.get(f"/{collection}", params=params).json()["records"][0]["id"]
    return found


def check(page: httpx.Response) -> str:
    assert page.status_code == 200, page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"<script|\son\w+=|\sstyle=|<style|javascript:", page.text)
    for source in re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', page.text):
        assert source.startswith("/") or source == "data:,", source
    return page.text


@pytest.mark.parametrize("place", LISTS)
def test_lists_of_a_new_and_a_stocked_shop(shop: SandboxShop, stocked: httpx.Client, place: str) -> None:
    assert "<h1" in check(httpx.get(shop.url + place))


@pytest.mark.parametrize("place", LISTS)
def test_lists_of_an_empty_shop(place: str) -> None:
    with SandboxShop() as empty:
        assert 'class="empty"' in check(httpx.get(empty.url + place))


def test_search_and_categories(shop: SandboxShop, stocked: httpx.Client) -> None:
    assert "3 products" in check(httpx.get(shop.url))
    assert "1 product " in check(httpx.get(shop.url, params={"q": "cha-INK"}))
    assert "1 product<" in check(httpx.get(shop.url, params={"category": "DIN"}))
    assert "Nothing fits" in check(httpx.get(shop.url, params={"q": '<script>"'}))
    assert "3 products" in check(httpx.get(shop.url, params={"page": "x", "as": "group:NONE"}))


def test_prices_through_the_eyes_of_a_group_and_a_customer(shop: SandboxShop, stocked: httpx.Client) -> None:
    place = f"{shop.url}/products/{first(stocked, 'products', code='CHA')}"
    page = check(httpx.get(place))
    assert "$389.00" in page and "with GST" in page and "Sydney warehouse" in page
    page = check(httpx.get(place, params={"as": "group:TRADE-AU", "sku": "CHA-RED"}))
    assert "$310.45" in page and "$290.1234" in page and "+ GST" in page
    assert "NZ$460.00" in check(httpx.get(place, params={"as": "group:RETAIL-NZ"}))
    page = check(httpx.get(place, params={"as": "customer:CAFE", "sku": "CHA-INK"}))
    assert "$300.00" in page
    assert "not for this group" in check(httpx.get(shop.url, params={"as": "group:RETAIL-NZ"}))


def test_a_product_shows_its_links_and_stock(shop: SandboxShop, stocked: httpx.Client) -> None:
    page = check(httpx.get(f"{shop.url}/products/{first(stocked, 'products', code='CHA')}"))
    for said in ("Schoolhouse chair “Tūī”", "https://cdn.example/cha.pdf", "https://video.example/cha", "Warranty yrs"):
        assert said in page


def test_markup_in_records_is_shown_not_obeyed(shop: SandboxShop, stocked: httpx.Client) -> None:
    bad = '<img src=x onerror="alert(1)">'
    record = chair(code="BAD", name=bad, summary=bad, options=[], variants=[{"sku": "BAD", "price": "1"}])
    product = stocked.post("/products", json=record).json()
    assert bad not in httpx.get(f"{shop.url}/products/{product['id']}").text
    assert bad not in httpx.get(shop.url).text


def test_one_order_and_one_customer(shop: SandboxShop, stocked: httpx.Client) -> None:
    page = check(httpx.get(f"{shop.url}/orders/{first(stocked, 'orders', number='W10007')}"))
    assert "🎂" in page and "Gift wrap" in page and "(guest)" in page
    page = check(httpx.get(f"{shop.url}/customers/{first(stocked, 'customers', code='CAFE')}"))
    assert "Prices agreed with them" in page


@pytest.mark.parametrize("place", ["/products/99999", "/orders/99999", "/customers/99999", "/art/99999", "/x"])
def test_what_is_not_there(shop: SandboxShop, place: str) -> None:
    assert httpx.get(shop.url + place).status_code == 404


def test_pictures_are_drawn_here(shop: SandboxShop, stocked: httpx.Client) -> None:
    picture = httpx.get(f"{shop.url}/art/{first(stocked, 'products', code='CHA')}", params={"colour": "Ink"})
    assert picture.headers["content-type"].startswith("image/svg+xml")
    ElementTree.fromstring(picture.content)
    assert httpx.get(f"{shop.url}/shop.css").headers["content-type"].startswith("text/css")


def test_every_kind_of_goods_has_a_drawing() -> None:
    assert set(BY_CATEGORY.values()) == set(DRAWINGS)
    for category in [*BY_CATEGORY, "UNKNOWN"]:
        picture = drawing("CODE", [category], None)
        ElementTree.fromstring(picture)
        assert not re.search(r'"[FDLW]"', picture)
