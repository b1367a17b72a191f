"""The editor as a person meets it: a real server process, a real browser. Prints; asserts no times.

Keystroke to preview counts from the key going down to the value standing in the page, the pause before a try included.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from editor.gateway import open_gateway
from editor.settings import Settings
from tests.benchmarks.test_editor import EDITOR, prepare
from tests.editor.browser import CHROMIUM, chromium
from tests.editor.conftest import PASSWORD
from tests.presence import ROOT, require

KEYSTROKES = 100
OPENINGS = 10

# From the key to the first drawing after the value it gives stands in the row's head.
WATCH = """place => {
  window.times = [];
  const head = () => document.querySelector(`.row-head[data-place="${place}"] .value`);
  let from = 0, before = "";
  addEventListener("keydown", event => {
    if (event.key.length === 1) { from = event.timeStamp; before = head().textContent; }
  }, true);
  new MutationObserver(() => {
    if (!from || head()?.textContent === before) return;
    const began = from; from = 0;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      times.push(performance.now() - began);
    }));
  }).observe(document.querySelector("#rules_pane"), { childList: true, subtree: true, characterData: true });
}"""

# From the start of the navigation to the first key that did something, in an idle main thread.
READY = """() => new Promise(done => {
  const head = document.querySelector(".row-head"), next = () => document.querySelectorAll(".row-head")[1];
  const idle = () => requestIdleCallback(() => {
    const at = performance.now();
    head.focus();
    head.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
    const handled = document.activeElement === next();
    const [nav] = performance.getEntriesByType("navigation");
    done({ idle: at, key: performance.now(), handled, html: nav.responseEnd, loaded: nav.domContentLoadedEventEnd });
  });
  document.readyState === "complete" ? idle() : addEventListener("load", idle);
})"""


@contextmanager
def serving(home: Path, fields: int) -> Iterator[str]:
    """The address of `codi serve` in a process of its own, over a mapping of so many fields."""

    async def seed() -> None:
        async with open_gateway(Settings(home=home)) as gateway:
            await prepare(gateway, fields)

    seeding = threading.Thread(target=asyncio.run, args=(seed(),))  # Playwright has a loop in this thread
    seeding.start()
    seeding.join()
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    environment = {**os.environ, "CODI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", "from editor.cli.main import run; run()", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(f"{base}/healthz")
        yield base
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


@pytest.fixture
def browser() -> Iterator[Browser]:
    require(CHROMIUM.exists(), "Chromium is not installed")
    with chromium() as opened:
        yield opened


def signed_in(browser: Browser, base: str) -> Page:
    page = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900}).new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", "owner@rimu.example")
    page.fill("[name=password]", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/w/rimu-co/")
    return page


def ranked(times: list[float]) -> str:
    times = sorted(times)
    return f"p50 {times[len(times) // 2]:.0f} ms, p95 {times[int(len(times) * 0.95)]:.0f} ms, max {times[-1]:.0f} ms"


def test_keystroke_to_preview(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "home", 60) as base:
        page = signed_in(browser, base)
        page.goto(f"{EDITOR}?open=target_1")
        expect(page.locator('.row-head[data-place="target_1"]')).to_have_attribute("data-htmx-powered", "true")
        page.locator('[id^="t-code-"]').click()
        box = page.locator(".code.edit textarea")
        box.fill("$trim(FIELD_1) & '-'")
        expect(page.locator("#saved")).to_have_text("saved")
        box.press("ArrowLeft")
        page.evaluate(WATCH, "target_1")
        for stroke in range(KEYSTROKES):
            page.keyboard.press("Shift+ArrowLeft")  # one letter in the place of the other: the value never gets long
            page.keyboard.press("abcdefghijkmnopqrstuvwxyz"[stroke % 25])
            page.wait_for_function("seen => times.length >= seen", arg=stroke + 1)  # `expect` would read the whole page
            page.wait_for_timeout(120 if stroke % 10 else 900)  # now and then one pauses, and the draft is saved
        times = page.evaluate("times")
        print(f"\nkeystroke → preview, 60 fields, browser end to end: {ranked(times)}, load {os.getloadavg()[0]:.1f}")
        page.context.close()


def test_page_with_200_targets(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path / "home", 200) as base:
        page = signed_in(browser, base)
        cold, warm = [], []
        weight = 0
        for opening in range(OPENINGS):
            if opening % 2 == 0:  # nothing kept by the browser, then everything
                context = page.context
                cookies = context.cookies()
                fresh = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
                fresh.add_cookies(cookies)  # type: ignore[arg-type]
                page = fresh.new_page()
                context.close()
            page.goto(EDITOR, wait_until="commit")
            found = page.evaluate(READY)
            assert found["handled"]
            (warm if opening % 2 else cold).append(found["key"])
            if opening == 0:
                sizes = "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
                weight = page.evaluate(f"{sizes}.reduce((all, each) => all + each.transferSize, 0)")
        load = os.getloadavg()[0]
        print(f"\npage with 200 targets, first key handled, load {load:.1f}:", end=" ")
        print(f"first visit {ranked(cold)}; again {ranked(warm)}")
        print(f"its weight over the wire, everything it loads: {weight / 1024:.0f} KB compressed")
        page.context.close()
