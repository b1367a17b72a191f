"""What people see: products, categories, customers and orders as pages, made on the server, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response, Router, get
from litestar.params import FromPath

from connectors.sandbox_shop.art import drawing
from connectors.sandbox_shop.prices import Price, prices_of
from connectors.sandbox_shop.records import existing
from connectors.sandbox_shop.shop import Shop

HERE = Path(__file__).parent
PER_PAGE = 24
SIGNS = {"AUD": "$", "NZD": "NZ$"}
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

Req = Request[Any, Any, Any]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Through whose eyes prices are shown."""

    choice: str  # "group:CODE" or "customer:CODE"
    group_code: str | None
    customer: Mapping[str, Any] | None


def pages_router(shop: Shop) -> Router:
    page = _renderer(shop)

    @get("/")
    async def products(request: Req) -> Response[str]:
        return page("products.html", **_products(shop, request.query_params))

    @get("/products/{record_id:int}")
    async def product(request: Req, record_id: FromPath[int]) -> Response[str]:
        return page("product.html", **_product(shop, record_id, request.query_params))

    @get("/categories")
    async def categories() -> Response[str]:
        return page("categories.html", here="categories", tree=_tree(shop))

    @get("/customers")
    async def customers() -> Response[str]:
        found = sorted(_all(shop, "customers"), key=lambda each: each["name"].casefold())
        return page("customers.html", here="customers", customers=found)

    @get("/customers/{record_id:int}")
    async def customer(record_id: FromPath[int]) -> Response[str]:
        found = existing(shop.database, "customers", record_id).data()
        agreed = _all(shop, "customer-prices", customer_code=found["code"])
        placed = _all(shop, "orders", customer_code=found["code"])
        return page("customer.html", here="customers", customer=found, agreed=agreed, orders=placed)

    @get("/orders")
    async def orders() -> Response[str]:
        found = sorted(_all(shop, "orders"), key=lambda each: str(each["placed_at"]), reverse=True)
        return page("orders.html", here="orders", orders=found)

    @get("/orders/{record_id:int}")
    async def order(record_id: FromPath[int]) -> Response[str]:
        return page("order.html", here="orders", order=existing(shop.database, "orders", record_id).data())

    handlers = [products, product, categories, customers, customer, orders, order, _style(), _art(shop)]
    return Router("/", route_handlers=handlers)


def _renderer(shop: Shop) -> Callable[..., Response[str]]:
    """page(template, **context) → the page."""
    environment = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined)
    environment.filters.update(money=money, day=day, quantity=quantity)
    environment.globals.update(shop_name=shop.settings.name)

    def page(template: str, **context: Any) -> Response[str]:
        body = environment.get_template(template).render(**context)
        return Response(body, media_type="text/html", headers=SECURITY)

    return page


def _style() -> Any:
    style = (HERE / "shop.css").read_bytes()

    @get("/shop.css")
    async def stylesheet() -> Response[bytes]:
        return Response(style, media_type="text/css", headers={"Cache-Control": "max-age=300"})

    return stylesheet


def _art(shop: Shop) -> Any:
    @get("/art/{record_id:int}")
    async def art(request: Req, record_id: FromPath[int]) -> Response[str]:
        product = existing(shop.database, "products", record_id).data()
        picture = drawing(product["code"], product["category_codes"], request.query_params.get("colour"))
        return Response(picture, media_type="image/svg+xml", headers={**SECURITY, "Cache-Control": "max-age=300"})

    return art


def money(amount: str | Decimal, currency: str, exact: bool = False) -> str:
    """ "1499" → "$1,499.00"; `exact` keeps what is beyond cents."""
    value = Decimal(amount)
    if not exact or value == value.quantize(Decimal("0.01")):
        value = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{SIGNS.get(currency, currency + ' ')}{value:,f}"


def day(moment: str) -> str:
    """The date and the minute of a UTC time."""
    return f"{moment[:10]} {moment[11:16]}"


def quantity(amount: Decimal) -> str:
    return format(amount.normalize() + 0, "f")


def _all(shop: Shop, collection: str, **filters: str) -> list[Record]:
    return [row.data() for row in shop.database.page(collection, filters=filters)]


def _products(shop: Shop, asked: Mapping[str, Any]) -> Record:
    """The grid: what was searched for, in the category asked for, one page of it, at the buyer's prices."""
    buyer = _buyer(shop, str(asked.get("as", "")))
    query, category = str(asked.get("q", "")).strip(), str(asked.get("category", ""))
    found = [each for each in _all(shop, "products") if each["status"] == "active"]
    tree = _tree(shop)
    if category:
        wanted = _with_children(tree, category)
        found = [each for each in found if wanted.intersection(each["category_codes"])]
    if query:
        found = [each for each in found if query.casefold() in _searchable(each)]
    number = int(asked.get("page", "1")) if str(asked.get("page", "1")).isdecimal() else 1
    shown = found[(number - 1) * PER_PAGE : number * PER_PAGE]
    return {
        "here": "products",
        "query": query,
        "category": category,
        "top_categories": [each for each in tree if each["depth"] == 0],
        "products": [{**each, "from": _lowest(shop, each, buyer)} for each in shown],
        "total": len(found),
        "page": number,
        "pages": -(-len(found) // PER_PAGE),
        **_choices(shop, buyer),
    }


def _product(shop: Shop, record_id: int, asked: Mapping[str, Any]) -> Record:
    """One product: the variant asked for, the buyer's quantity breaks, stock per location."""
    product = existing(shop.database, "products", record_id).data()
    buyer = _buyer(shop, str(asked.get("as", "")))
    variants = [
        {
            **variant,
            "prices": _prices(shop, variant, buyer),
            "stock": {each["location_code"]: each for each in _all(shop, "inventory", sku=variant["sku"])},
        }
        for variant in product["variants"]
    ]
    chosen = next((each for each in variants if each["sku"] == asked.get("sku")), variants[0])
    names = {each["code"]: each for each in _tree(shop)}
    return {
        "here": "products",
        "product": product,
        "variants": variants,
        "chosen": chosen,
        "locations": _all(shop, "locations"),
        "path": [names[code] for code in reversed(product["category_codes"]) if code in names],
        **_choices(shop, buyer),
    }


def _searchable(product: Record) -> str:
    skus = " ".join(variant["sku"] for variant in product["variants"])
    return f"{product['name']} {product['code']} {product['brand'] or ''} {skus}".casefold()


def _buyer(shop: Shop, choice: str) -> Buyer:
    kind, _, code = choice.partition(":")
    if kind == "customer" and (row := shop.database.find("customers", "key", code)):
        customer = row.data()
        return Buyer(choice=choice, group_code=customer["group_code"], customer=customer)
    if kind == "group" and shop.database.find("customer-groups", "key", code):
        return Buyer(choice=choice, group_code=code, customer=None)
    home = shop.settings.guest_groups.get(shop.settings.country)
    return Buyer(choice=f"group:{home}" if home else "", group_code=home, customer=None)


def _choices(shop: Shop, buyer: Buyer) -> Record:
    """For the select "see prices as": every group, and the customers with prices of their own."""
    agreed = {each["customer_code"] for each in _all(shop, "customer-prices")}
    return {
        "buyer": buyer,
        "groups": _all(shop, "customer-groups"),
        "special_customers": [each for each in _all(shop, "customers") if each["code"] in agreed],
    }


def _prices(shop: Shop, variant: Mapping[str, Any], buyer: Buyer) -> list[Price]:
    return prices_of(shop.database, shop.settings, variant, customer=buyer.customer, group_code=buyer.group_code)


def _lowest(shop: Shop, product: Record, buyer: Buyer) -> Price | None:
    """The cheapest variant's price for one piece; None when this buyer cannot buy it."""
    firsts = [breaks[0] for variant in product["variants"] if (breaks := _prices(shop, variant, buyer))]
    return min(firsts, key=lambda price: price.amount, default=None)


def _tree(shop: Shop) -> list[Record]:
    """Every category with its depth and how many active products it has, children after their parent."""
    categories = _all(shop, "categories")
    counts: dict[str, int] = {}
    for product in _all(shop, "products"):
        for code in product["category_codes"] if product["status"] == "active" else ():
            counts[code] = counts.get(code, 0) + 1

    def below(parent: str | None, depth: int) -> Iterable[Record]:
        children = [each for each in categories if each["parent_code"] == parent]
        for child in sorted(children, key=lambda each: (each["position"], each["name"])):
            yield {**child, "depth": depth, "count": counts.get(child["code"], 0)}
            yield from below(child["code"], depth + 1)

    return list(below(None, 0))


def _with_children(tree: list[Record], code: str) -> set[str]:
    """`code` and all categories under it; parents stand before their children in `tree`."""
    found = {code}
    for each in tree:
        if each["parent_code"] in found:
            found.add(each["code"])
    return found
