"""What the expression benchmark maps: a product of about 4 KB to 26 fields, and an order with 100 lines.

The product mapping is written four times: in JSONata, in JMESPath (the 18 fields it can say), and by hand in Python,
which is the limit: it takes every shortcut that this exact data allows.
"""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

TEXT = (
    "<p>Light and <strong>fast</strong> on any ground: grippy sole, weatherproof upper, laces from recycled yarn.</p>"
)


def product(number: int) -> dict[str, Any]:
    random = Random(number)
    return {
        "item_id": 880_000_000 + number,
        "description": f"  Ridge Runner {number} ",
        "code": f"ridge-runner-{number}",
        "long_text": TEXT * 3,
        "supplier": "Northwind Sports" if number % 7 else "",
        "item_group": "SHOE",
        "state": "A" if number % 5 else "D",
        "released_on": "2025-03-10T00:00:00Z" if number % 3 else None,
        "entered_at": f"2025-03-0{1 + number % 9}T10:15:30Z",
        "changed_at": "2025-06-15T08:00:00Z",
        "keywords": "running, trail, waterproof, men",
        "template": None,
        "class": {
            "id": "c-8",
            "name": "Trail shoes",
            "parent": {"name": "Footwear", "tax": {"code": "GST", "rate": 0.1}},
        },
        "web": {
            "title": None,
            "teaser": "Fast on any ground",
            "meta": {"robots": "index", "url": f"https://shop.example.com/p/{number}"},
        },
        "buyer": {"contact": {"name": "Jane Roe", "mail": "JANE.ROE@EXAMPLE.COM"}, "site": "SYD-01"},
        "features": [
            {"name": "Size", "rank": 1, "values": ["40", "41", "42"]},
            {"name": "Colour", "rank": 2, "values": ["Red", "Blue"]},
        ],
        "units": [unit(random, number, place) for place in range(6)],
        "pictures": [
            {
                "id": number * 100 + place,
                "rank": place + 1,
                "url": f"https://cdn.example.com/rr-{number}-{place}.jpg?v=1",
                "text": "Front" if not place else None,
                "width": 1024,
                "height": 768,
            }
            for place in range(4)
        ],
        "extras": [
            {"space": "erp", "name": "number", "value": f"IT-{number:06d}", "kind": "text"},
            {"space": "erp", "name": "tariff", "value": "64041100", "kind": "text"},
            {"space": "own", "name": "material", "value": "Mesh", "kind": "text"},
        ],
    }


def unit(random: Random, number: int, place: int) -> dict[str, Any]:
    return {
        "id": number * 10 + place,
        "sku": f"RR-{number}-{place}",
        "label": f"{40 + place // 2} / {'Red' if place % 2 else 'Blue'}",
        "size": str(40 + place // 2),
        "colour": "Red" if place % 2 else "Blue",
        "sell": f"{random.randint(50, 150)}.{random.randint(0, 99):02d}",
        "was": "159.00" if place % 2 else None,
        "ean": f"40123456{number * 10 + place:05d}" if place != 3 else None,
        "grams": 800 + place * 10,
        "weight": round(0.8 + place * 0.01, 2),
        "weight_unit": "kg",
        "on_hand": random.randint(0, 20) if place != 4 else 0,
        "stock_id": 9000 + number * 10 + place,
        "taxed": True,
        "shipped": True,
        "rank": place + 1,
    }


PRODUCTS = [product(number) for number in range(1, 41)]

FIELDS = {
    "external_id": "$string(item_id)",
    "name": "$trim(description)",
    "slug": "code",
    "description": "long_text",
    "brand": 'supplier ? supplier : "No brand"',
    "type_code": '$lookup({"SHOE": "10-SHOE", "SHIRT": "20-SHIRT", "BAG": "30-BAG"}, item_group)',
    "active": 'state = "A"',
    "published": "$exists(released_on) and released_on != null",
    "created_ms": "$toMillis(entered_at)",
    "updated_on": '$substringBefore(changed_at, "T")',
    "category": "class.name",
    "category_parent": "class.parent.name",
    "tax_code": "class.parent.tax.code",
    "tax_percent": "class.parent.tax.rate * 100",
    "seo_title": "web.title ? web.title : $trim(description)",
    "canonical": "web.meta.url",
    "owner_email": "$lowercase(buyer.contact.mail)",
    "label": 'supplier & " / " & $uppercase(item_group) & " / " & code',
    "tags": '$split(keywords, ", ")',
    "item_no": 'extras[space = "erp" and name = "number"].value',
    "image": "pictures[0].url",
    "image_urls": "pictures.url",
    "in_stock_skus": "units[on_hand > 0].sku",
    "stock_total": "$sum(units.on_hand)",
    "min_price": "$min(units.$number(sell))",
    "variants": (
        'units.{"sku": sku, "ean": ean ? ean : null, "price": $number(sell), "gross": $round($number(sell) * 1.1, 2), '
        '"list_price": was ? $number(was) : $number(sell), "weight_g": grams, "options": [size, colour], '
        '"stock": on_hand, "name": $uppercase(colour) & "-" & size}'
    ),
}

WHOLE = "{" + ",\n".join(f'"{field}": {expression}' for field, expression in FIELDS.items()) + "}"

JMESPATH = {
    "external_id": "to_string(item_id)",
    "slug": "code",
    "description": "long_text",
    "brand": "supplier || 'No brand'",
    "active": "state == 'A'",
    "published": "released_on != null",
    "category": "class.name",
    "category_parent": "class.parent.name",
    "tax_code": "class.parent.tax.code",
    "canonical": "web.meta.url",
    "label": "join(' / ', [supplier, item_group, code])",
    "item_no": "extras[?space=='erp' && name=='number'].value | [0]",
    "image": "pictures[0].url",
    "image_urls": "pictures[].url",
    "in_stock_skus": "units[?on_hand > `0`].sku",
    "stock_total": "sum(units[].on_hand)",
    "min_price": "min(units[].to_number(sell))",
    "variants": (
        "units[].{sku: sku, ean: ean, price: to_number(sell), list_price: to_number(was || sell), weight_g: grams, "
        "options: [size, colour], stock: on_hand, name: join('-', [colour, size])}"
    ),
}

TYPE_CODES = {"SHOE": "10-SHOE", "SHIRT": "20-SHIRT", "BAG": "30-BAG"}


def number(text: str) -> int | float:
    value = float(text)
    return int(value) if value.is_integer() else value


def by_hand(source: dict[str, Any]) -> dict[str, Any]:
    name = " ".join(source["description"].split())
    supplier, group, code = source["supplier"], source["item_group"], source["code"]
    kind, parent = source["class"], source["class"]["parent"]
    units, pictures = source["units"], source["pictures"]
    prices, variants = [], []
    for one in units:
        price = number(one["sell"])
        prices.append(price)
        was, size, colour = one["was"], one["size"], one["colour"]
        variants.append(
            {
                "sku": one["sku"],
                "ean": one["ean"] or None,
                "price": price,
                "gross": round(price * 1.1, 2),
                "list_price": number(was) if was else price,
                "weight_g": one["grams"],
                "options": [size, colour],
                "stock": one["on_hand"],
                "name": f"{colour.upper()}-{size}",
            }
        )
    target = {
        "external_id": str(source["item_id"]),
        "name": name,
        "slug": code,
        "description": source["long_text"],
        "brand": supplier or "No brand",
        "active": source["state"] == "A",
        "published": source.get("released_on") is not None,
        "created_ms": int(datetime.fromisoformat(source["entered_at"]).timestamp() * 1000),
        "updated_on": source["changed_at"].partition("T")[0],
        "category": kind["name"],
        "category_parent": parent["name"],
        "tax_code": parent["tax"]["code"],
        "tax_percent": parent["tax"]["rate"] * 100,
        "seo_title": source["web"]["title"] or name,
        "canonical": source["web"]["meta"]["url"],
        "owner_email": source["buyer"]["contact"]["mail"].lower(),
        "label": f"{supplier} / {group.upper()} / {code}",
        "tags": source["keywords"].split(", "),
        "image": pictures[0]["url"],
        "image_urls": [one["url"] for one in pictures],
        "in_stock_skus": [one["sku"] for one in units if one["on_hand"] > 0],
        "stock_total": sum([one["on_hand"] for one in units]),
        "min_price": min(prices),
        "variants": variants,
    }
    if group in TYPE_CODES:
        target["type_code"] = TYPE_CODES[group]
    numbers = [one["value"] for one in source["extras"] if one["space"] == "erp" and one["name"] == "number"]
    if numbers:
        target["item_no"] = numbers[0] if len(numbers) == 1 else numbers
    return target


def order(lines: int) -> dict[str, Any]:
    random = Random(lines)
    return {
        "number": "SO-1001",
        "placed_at": "2025-11-24T08:30:00Z",
        "customer": {"first": "Jo", "last": "Bloggs", "email": "Jo@Example.com"},
        "shipping": {"street": "1 High St", "city": "Sydney", "state": "NSW", "postcode": "2000"},
        "lines": [
            {
                "sku": f"RR-{place}",
                "name": f"Ridge Runner {place}",
                "qty": random.randint(1, 5),
                "price": round(random.uniform(1, 200), 2),
                "tax_rate": random.choice((0, 10)),
                "discount": round(random.uniform(0, 5), 2) if place % 4 == 0 else None,
            }
            for place in range(lines)
        ],
    }


ORDER = (
    '{"reference": number, "date": $substringBefore(placed_at, "T"), "name": customer.first & " " & customer.last, '
    '"email": $lowercase(customer.email), "address": shipping.(street & ", " & city & " " & state & " " & postcode), '
    '"lines": lines.{"code": sku, "text": name, "quantity": qty, "unit": price, '
    '"net": $round(qty * price - (discount ? discount : 0), 2), "tax": $round(qty * price * tax_rate / 100, 2)}, '
    '"net": $round($sum(lines.(qty * price)), 2), "tax": $round($sum(lines.(qty * price * tax_rate / 100)), 2), '
    '"quantity": $sum(lines.qty), "taxed": lines[tax_rate > 0].sku, '
    '"dearest": lines^(>price)[0].sku}'
)


def order_by_hand(source: dict[str, Any]) -> dict[str, Any]:
    customer, shipping, lines = source["customer"], source["shipping"], source["lines"]
    return {
        "reference": source["number"],
        "date": source["placed_at"].partition("T")[0],
        "name": f"{customer['first']} {customer['last']}",
        "email": customer["email"].lower(),
        "address": f"{shipping['street']}, {shipping['city']} {shipping['state']} {shipping['postcode']}",
        "lines": [
            {
                "code": one["sku"],
                "text": one["name"],
                "quantity": one["qty"],
                "unit": one["price"],
                "net": round(one["qty"] * one["price"] - (one["discount"] or 0), 2),
                "tax": round(one["qty"] * one["price"] * one["tax_rate"] / 100, 2),
            }
            for one in lines
        ],
        "net": round(sum([one["qty"] * one["price"] for one in lines]), 2),
        "tax": round(sum([one["qty"] * one["price"] * one["tax_rate"] / 100 for one in lines]), 2),
        "quantity": sum([one["qty"] for one in lines]),
        "taxed": [one["sku"] for one in lines if one["tax_rate"] > 0],
        "dearest": max(lines, key=lambda one: one["price"])["sku"],
    }
