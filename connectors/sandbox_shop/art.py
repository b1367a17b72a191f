"""Pictures of products, drawn here: the shop asks no other machine for anything.

`drawings/` holds a piece of SVG on a 320 × 240 field for each kind of goods. In it `F` stands for the product's colour,
`D` for a darker and `L` for a lighter one, `W` for wood.
"""

from __future__ import annotations

import zlib
from pathlib import Path

COLOURS = {
    "oatmeal": "#d5c7ae", "bluegum": "#6f8f8a", "charcoal": "#4a4d50", "rust": "#b5552d", "ink": "#2b3d57",
    "tan": "#b07a4a", "black": "#343230", "ivory": "#e6dcc6", "moss": "#76804a", "clay": "#b9735a",
    "natural": "#cfa876", "wattle yellow": "#e3b23c", "walnut": "#6b4a34", "red": "#b83a2e", "sage": "#9caf94",
    "chalk": "#e3ddd0", "sea": "#5f9aa3", "ochre": "#c98f2f", "white": "#f3efe6", "fog": "#b3b8bb",
    "forest": "#2f5d46", "sand": "#d8c3a0", "graphite": "#4c4f52", "blue": "#2f5f95", "cream": "#e9dcc0",
    "stripe blue": "#4d7ea8", "stripe yellow": "#e0b94f",
}  # fmt: skip
PLAIN = ("#8a9a7b", "#b98b5e", "#7d93a6", "#c08468", "#9b8aa5", "#a8a06a", "#6f8f8a", "#c9a24f")
GROUNDS = ("#efe9dd", "#e9ece4", "#efe5de", "#e6eaec", "#f0ebd9", "#ebe6ea")
WOOD = "#a9794c"
DRAWINGS = {file.stem: file.read_text() for file in (Path(__file__).parent / "drawings").glob("*.svg")}

BY_CATEGORY = {  # the beginning of a category code → drawing; the longest fitting one counts
    "LIV-SEAT-SOFA": "sofa", "LIV-SEAT-ARM": "armchair", "LIV-SEAT-OTT": "ottoman", "LIV-TAB": "table",
    "LIV-TAB-SIDE": "side", "LIV-STO": "shelf", "LIV-STO-TV": "media", "DIN": "dining", "DIN-FUR-CHA": "chair",
    "DIN-TOP": "plate", "DIN-TOP-GLA": "glass", "DIN-TOP-LIN": "linen", "DIN-COOK": "pot", "DIN-COOK-FOOD": "food",
    "BED": "bed", "BED-FUR-SIDE": "drawers", "BED-LIN": "linen", "OUT": "deck", "OUT-FUR-TAB": "dining",
    "OUT-GAR": "planter", "HOM": "vase", "HOM-LIG": "lamp", "HOM-LIG-PEN": "pendant", "HOM-SOFT": "cushion",
    "HOM-SOFT-RUG": "rug", "HOM-DEC-MIR": "mirror", "WRK": "desk", "WRK-SER": "service",
}  # fmt: skip


def drawing(code: str, category_codes: list[str], colour: str | None) -> str:
    """An SVG document for a product: its shape from its categories, its colour from the variant or its code."""
    lot = zlib.crc32(code.encode())
    fill = COLOURS.get((colour or "").strip().casefold(), PLAIN[lot % len(PLAIN)])
    shape = DRAWINGS[_shape(category_codes)]
    for letter, value in (("F", fill), ("D", _mixed(fill, 0, 0.24)), ("L", _mixed(fill, 255, 0.38)), ("W", WOOD)):
        shape = shape.replace(f'"{letter}"', f'"{value}"')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240">'
        f'<rect width="320" height="240" fill="{GROUNDS[lot % len(GROUNDS)]}"/>'
        '<ellipse cx="160" cy="208" rx="120" ry="9" opacity=".08"/>'
        f'<g fill="none" stroke-linejoin="round">{shape}</g></svg>'
    )


def _shape(category_codes: list[str]) -> str:
    fitting = [known for known in BY_CATEGORY for code in category_codes if code.startswith(known)]
    return BY_CATEGORY[max(fitting, key=len)] if fitting else "vase"


def _mixed(colour: str, towards: int, share: float) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (towards - part) * share):02x}" for part in parts)
