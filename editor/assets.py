"""Addresses of static files that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import cache

from editor.paths import data_dir


@cache
def asset(path: str) -> str:
    """`codi.css` → `/static/codi.css?v=3f9c…`. Raises FileNotFoundError for a file that is not there."""
    content = (data_dir("static") / path).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
