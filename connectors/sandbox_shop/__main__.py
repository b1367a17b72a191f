"""`python -m connectors.sandbox_shop`: serve a shop and print its address."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from connectors.sandbox_shop.server import DEFAULT_TOKEN, address, listen, run
from connectors.sandbox_shop.shop import open_shop


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox_shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--data", type=Path, help="the SQLite file; in memory without it")
    parser.add_argument("--seed", type=Path, help="a folder with shop.json and orders.json for an empty shop")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the API's bearer token")
    given = parser.parse_args()
    shop = open_shop(given.data, given.seed, given.token)
    bound = listen(given.host, given.port)
    sys.stdout.write(f"{address(bound)}\n")
    sys.stdout.flush()
    run(shop, bound)


if __name__ == "__main__":
    main()
