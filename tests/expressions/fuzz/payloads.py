"""Made-up products and orders, and what can go wrong with a payload: all of it from a seeded random source."""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any

WORDS = (
    *("Merino", "Cotton", "Linen", "Trail", "Classic", "Short", "Long", "Winter", "Summer", "Shirt", "Shoe", "Jacket"),
    *(
        "Sock",
        "Cap",
        "Bag",
        "red",
        "blue",
        "green",
        "soft",
        "warm",
        "light",
        "with",
        "without",
        "pocket",
        "hood",
        "zip",
    ),
    *("zip", "Größe", "Café", "naïve", "100%", "x2"),
)
COUNTRIES = ("AU", "NZ", "DE", "US")


def words(random: Random, least: int, most: int) -> str:
    return " ".join(random.choice(WORDS) for _ in range(random.randint(least, most)))


def code(random: Random) -> str:
    return f"{random.choice('ABCDE')}{random.choice(('', 'X', 'YZ'))}-{random.randint(1, 9999)}"


def amount(random: Random, most: int = 300) -> float:
    return round(random.uniform(0.05, most), random.choice((0, 1, 2, 2, 2, 3)))


def when(random: Random) -> str:
    day = f"{random.randint(1999, 2031)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}"
    time = f"{random.randint(0, 23):02d}:{random.randint(0, 59):02d}:{random.randint(0, 59):02d}"
    return f"{day}T{time}{random.choice(('Z', '.125Z', '+10:00', '-05:00'))}"


def variant(random: Random, number: int) -> dict[str, Any]:
    return {
        "sku": code(random),
        "barcode": random.choice((None, f"40063813339{number}1", "")),
        "price": f"{amount(random):.2f}",
        "stock": random.randint(0, 12),
        "taxable": random.random() < 0.7,
        "weight": {"value": amount(random, 5), "unit": random.choice(("kg", "g"))},
        "options": {"size": random.choice("SML"), "colour": random.choice(("red", "blue", "green"))},
    }


def product(random: Random) -> dict[str, Any]:
    return {
        "id": random.randint(1, 10**9),
        "sku": code(random),
        "name": words(random, 1, 4),
        "description": words(random, 0, 14),
        "status": random.choice(("active", "draft", "archived")),
        "brand": {"name": words(random, 1, 2), "country": {"code": random.choice(COUNTRIES)}},
        "price": amount(random),
        "cost": amount(random, 100),
        "rrp": {"amount": f"{amount(random):.2f}", "currency": "AUD"},
        "tags": [random.choice(("sale", "new", "b2b", "summer")) for _ in range(random.randint(0, 4))],
        "categories": [
            {"name": words(random, 1, 1), "path": ["Home", words(random, 1, 2)]} for _ in range(random.randint(0, 3))
        ],
        "variants": [variant(random, number) for number in range(random.randint(0, 5))],
        "images": [
            {
                "src": f"https://cdn.example.com/{number}.jpg",
                "alt": random.choice((None, "Front", "")),
                "position": random.randint(1, 3),
            }
            for number in range(random.randint(0, 3))
        ],
        "attributes": {"material": words(random, 1, 2), "care": ["wash cold", words(random, 1, 2)]},
        "supplier": random.choice((None, {"name": words(random, 1, 2), "lead_days": random.randint(1, 30)})),
        "dims": {"l": random.randint(1, 50), "w": amount(random, 50), "h": amount(random, 50)},
        "created_at": when(random),
    }


def line(random: Random) -> dict[str, Any]:
    made = {
        "sku": random.choice(("A-1", code(random))),
        "name": words(random, 1, 3),
        "qty": random.randint(0, 6),
        "price": amount(random),
        "tax_rate": random.choice((0, 10, 10, 15, 19)),
    }
    if random.random() < 0.3:
        made["discount"] = amount(random, 5)
    return made


def address(random: Random) -> dict[str, Any]:
    return {
        "street": random.choice(("1 High St", ["Unit 2", "5 Low Rd"])),
        "city": words(random, 1, 1),
        "state": random.choice(("NSW", "VIC", "qld")),
        "postcode": f"{random.randint(800, 9999):04d}",
        "country": random.choice(COUNTRIES),
    }


def order(random: Random) -> dict[str, Any]:
    shipping = address(random)
    return {
        "number": random.randint(1000, 99999),
        "placed_at": when(random),
        "currency": "AUD",
        "customer": {
            "title": random.choice((None, "Dr", "")),
            "first": words(random, 1, 1),
            "last": words(random, 1, 1),
            "email": random.choice(("jo@example.com", "JO.BLOGGS@example.org")),
            "phones": [
                {"type": random.choice(("mobile", "home")), "number": f"+61 4{random.randint(10**7, 10**8)}"}
                for _ in range(random.randint(0, 2))
            ],
        },
        "billing": copy.deepcopy(shipping) if random.random() < 0.5 else address(random),
        "shipping": shipping,
        "lines": [line(random) for _ in range(random.randint(0, 5))],
        "payments": [
            {"method": random.choice(("card", "paypal", "gift")), "amount": amount(random)}
            for _ in range(random.randint(0, 2))
        ],
        "shipping_cost": random.choice((0, amount(random, 20), "9.95")),
        "totals": {"total": amount(random, 500), "tax": amount(random, 50), "discount": 0},
        "coupon": random.choice((None, {"code": "TEN", "percent": random.choice((5, 10, 12.5))})),
        "tags": [random.choice(("b2b", "web", "rush")) for _ in range(random.randint(0, 3))],
        "meta": [
            {"key": random.choice(("gift", "channel", "note")), "value": random.choice(("yes", "web", None, 3))}
            for _ in range(random.randint(0, 3))
        ],
        "notes": random.choice(("", "Leave at  door 5", None, "call 0400 111 222\nplease")),
    }


ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2.5, -0.1, 1e21, 1e-7, 123456.789, 99999999999, 0.1, 100.0, "", " ", "0", "12", "abc",
    "A-1", "naïve café", "2024-02-29T12:00:00Z", [], {}, [[]], [None], [1, 2], ["a"], [[1], [2]], {"a": 1},
    [{"sku": "N-1"}, {"sku": "N-2"}], [[[1]]], [[], [1]], [{}], [[{"sku": "N-3"}], [{"sku": "N-4"}, 5]], [[[]]],
    [1, "a", None, [2]], {"a": [[]]}, [{"sku": [["N-5"]]}], [[], []], [True, [False]], {"": 1}, [None, [None]],
)  # fmt: skip


def mixed(random: Random, depth: int = 4) -> Any:
    """Anything: few names, lists in lists, empty lists, nulls, every type beside every other."""
    chance = random.random()
    if depth == 4 or (depth > 0 and chance < 0.4):
        return {name: mixed(random, depth - 1) for name in "abcd" if random.random() < 0.75}
    if depth > 0 and chance < 0.8:
        same = random.random() < 0.4
        one = mixed(random, depth - 1)
        return [copy.deepcopy(one) if same else mixed(random, depth - 1) for _ in range(random.choice((0, 1, 1, 2, 3)))]
    return copy.deepcopy(random.choice(ODD_VALUES[:24]))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a payload."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        at = waiting.pop()
        keys = list(at) if isinstance(at, dict) else list(range(len(at))) if isinstance(at, list) else []
        found += [(at, key) for key in keys]
        waiting += [at[key] for key in keys]
    return found


def _drop(random: Random, container: Any, key: Any) -> None:
    del container[key]


def _odd(random: Random, container: Any, key: Any) -> None:
    container[key] = copy.deepcopy(random.choice(ODD_VALUES))


def _wrap(random: Random, container: Any, key: Any) -> None:
    container[key] = [container[key]]


def _unwrap(random: Random, container: Any, key: Any) -> None:
    value = container[key]
    if isinstance(value, list) and value:
        container[key] = value[0]


def _repeat(random: Random, container: Any, key: Any) -> None:
    container[key] = [copy.deepcopy(container[key]) for _ in range(2)]


def _retype(random: Random, container: Any, key: Any) -> None:
    value = container[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        container[key] = str(value)
    elif isinstance(value, str):
        container[key] = len(value)


MUTATIONS: tuple[Callable[[Random, Any, Any], None], ...] = (_drop, _odd, _odd, _wrap, _unwrap, _repeat, _retype)


def mutated(random: Random, payload: Any) -> Any:
    """A copy with up to four places changed; often with none."""
    changed = copy.deepcopy(payload)
    for _ in range(random.choice((0, 0, 1, 1, 2, 4))):
        found = places(changed)
        if found:
            random.choice(MUTATIONS)(random, *random.choice(found))
    return changed


def paths(value: Any, most: int = 40) -> list[str]:
    """Paths of names through a payload, lists passed through, as JSONata writes them."""
    found: dict[str, None] = {}
    waiting: list[tuple[str, Any]] = [("", value)]
    while waiting and len(found) < most:
        prefix, at = waiting.pop(0)
        entries = at if isinstance(at, list) else [at]
        for entry in entries[:3]:
            if not isinstance(entry, dict):
                continue
            for key, inner in entry.items():
                path = f"{prefix}.`{key}`" if prefix else f"`{key}`"
                found[path] = None
                waiting.append((path, inner))
    return list(found)
