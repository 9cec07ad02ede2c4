"""Measure how long the laboratory takes, and write it into docs/lab.md.

    python docs/lab_times.py

Of five visits, each in a browser that has seen nothing, the middle one counts. Needs the extra
``test``, npm for what the laboratory is made of, and a Chromium: $STREAMS2_CHROMIUM, or the one on
PATH.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from streams2.lab.building import build
from streams2.lab.serving import server_of

PAGE = Path(__file__).parent / "lab.md"
TABLE = re.compile(r"(<!-- times -->\n).*?(<!-- end of times -->)", re.DOTALL)
VISITS = 5
MARKS = (1, 12, 3, 20, 6)
"""To what the sink's mark is turned, one after the other."""


class Times(NamedTuple):
    """What was measured, in seconds."""

    picture: float
    ready: float
    run: float
    change: float


def main() -> None:
    """Measure, and write."""
    chromium = os.environ.get("STREAMS2_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no Chromium: set STREAMS2_CHROMIUM to its path")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        build(folder, from_folder=False)
        with server_of(folder, 0) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/"
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            visits = [visit(browser, address) for _ in range(VISITS)]
            version = browser.version
            browser.close()
            server.shutdown()
    told = table(Times(*map(median, zip(*visits))), version)
    print(told)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(TABLE.sub(lambda found: f"{found[1]}{told}{found[2]}", text), encoding="utf-8")


def visit(browser: Browser, address: str) -> Times:
    """Open the page, wait for what there is to see, and turn a knob a few times."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.set_default_timeout(300_000)
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.frame_locator("#recording").locator("#scrub").wait_for()
    picture = time.perf_counter() - began
    page.wait_for_selector("html[data-ready]", state="attached")
    ready = time.perf_counter() - began
    changes = [turned(page, mark) for mark in MARKS]
    context.close()
    return Times(picture, ready, ready + changes[0], median(changes))


def turned(page: Page, mark: int) -> float:
    """From a turn of a knob until its recording is there to be seen."""
    page.evaluate("delete document.documentElement.dataset.took")
    before = page.locator("#recording").get_attribute("srcdoc")
    began = time.perf_counter()
    page.locator("#sink_mark").fill(str(mark))
    page.wait_for_selector("html[data-took]:not([data-busy])", state="attached")
    page.frame_locator("#recording").locator("#scrub").wait_for()
    took = time.perf_counter() - began
    assert page.locator("#recording").get_attribute("srcdoc") != before
    return took


def table(times: Times, version: str) -> str:
    """What was measured and where, as Markdown."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    machine = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}{load})"
    browser = f"Chromium {version.partition('.')[0]}"
    where = f"with {browser} on {machine}"
    return f"""\
Measured by `python docs/lab_times.py` {where}, as the median of {VISITS} visits:

| | |
|---|---|
| to the first picture, without Python | {times.picture:.1f} s |
| until Python is ready | {times.ready:.1f} s |
| to the first run of Python | {times.run:.1f} s |
| from a turn of a knob to its recording | {times.change:.1f} s |
"""


if __name__ == "__main__":
    main()
