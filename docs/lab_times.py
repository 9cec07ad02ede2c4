"""Measure how long the laboratory takes, and write it into docs/lab.md.

    python docs/lab_times.py

Of three visits, each in a browser that has seen nothing, the middle one counts. Needs the extra
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
VISITS = 3
TURNS = {
    "sink_mark": (1, 20, 6),
    "source_mark": (30, 3, 12),
    "source_ms": (6, 9, 4),
    "sink_ms": (3, 9, 5),
    "chunk_size": (7, 3, 12),
    "chunks": (4, 12, 8),
    "room": (3, 2, 1),
    "left": ("naive", "by_hand", "pipeline", "async_for", "pipe"),
    "mistake": ("ignore_false", "sink_fails", "none"),
}
"""To what each knob is turned, one after the other."""


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
    first, *changes = [turned(page, name, value) for name in TURNS for value in TURNS[name]]
    context.close()
    return Times(picture, ready, ready + first, median(changes))


def turned(page: Page, name: str, value: object) -> float:
    """From a turn of a knob until its recording is painted."""
    milliseconds, changed = page.evaluate(TURN, [name, str(value)])
    assert changed
    return float(milliseconds) / 1000


TURN = """async ([name, value]) => {
  const root = document.documentElement;
  const { contentDocument: shown } = document.getElementById("recording");
  const recorded = () => shown.getElementById("data").textContent;
  const before = recorded();
  const knob = document.getElementById(name);
  const began = performance.now();
  knob.value = value;
  knob.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((resolve) => {
    new MutationObserver((_, observer) => {
      if (root.dataset.busy) return;
      observer.disconnect();
      resolve();
    }).observe(root, { attributeFilter: ["data-busy"] });
  });
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  return [performance.now() - began, recorded() !== before];
}"""


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
