"""What a programmer would write for product.out.yaml by hand: JSONL from a file, JSONL to standard output."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import msgspec

TAX_CLASSES = {"GST": "standard", "GST_FREE": "zero-rate"}


def text_of(number: Any) -> str | None:
    return None if number is None else str(number)


def product(record: dict[str, Any]) -> dict[str, Any] | None:
    if record.get("status") == "archived":
        return None
    main = record["variants"][0]
    name, brand = record.get("name"), record.get("brand")
    out: dict[str, Any] = {"name": name, "slug": record["slug"].lower(), "type": "simple", "sku": main["sku"]}
    if not out["sku"]:
        raise ValueError("no sku")
    out["regular_price"] = str(Decimal(main["rrp"]["amount"]))
    out["description"] = record.get("description_html")
    out["short_description"] = f"{name} by {brand}" if name is not None and brand is not None else ""
    out["tax_class"] = TAX_CLASSES[record["tax_class"]]
    out["manage_stock"] = record.get("track_stock")
    out["stock_quantity"] = int(main["stock"])
    out["stock_status"] = "instock" if main["stock"] > 0 else "outofstock"
    out["weight"] = text_of(main.get("weight_kg"))
    size = main.get("dims_cm") or {}
    out["dimensions"] = {
        "length": text_of(size.get("l")),
        "width": text_of(size.get("w")),
        "height": text_of(size.get("h")),
    }
    out["categories"] = [{"name": c.get("name"), "slug": c["code"].lower()} for c in record.get("category_refs", ())]
    images = []
    for medium in record.get("media", ()):
        if medium.get("kind") == "image":
            image = {"src": medium.get("url"), "position": medium.get("position")}
            if medium.get("alt"):
                image["alt"] = medium["alt"]
            images.append(image)
    out["images"] = images
    out["tags"] = [{"name": tag} for tag in record.get("tags", ())]
    out["brands"] = [brand]
    return out


def main(path: str) -> None:
    decode = msgspec.json.Decoder(float_hook=Decimal).decode
    encode = msgspec.json.Encoder(decimal_format="number").encode
    write = sys.stdout.buffer.write
    with open(path, "rb") as lines:  # noqa: PTH123
        for line in lines:
            made = product(decode(line))
            if made is not None:
                write(encode(made))
                write(b"\n")


if __name__ == "__main__":
    main(sys.argv[1])
