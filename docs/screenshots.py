"""Take the pictures of the comparison's page that are in docs/.

    python docs/screenshots.py [REPORT.html]

Without a report, one is made. Needs the extra ``test``, and a Chromium: $STREAMS2_CHROMIUM, or the
one on PATH.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

DOCS = Path(__file__).parent
PROJECTOR = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}

# On the page's clock, the first moment at which a run says something.
FIND = """([lane, text]) => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { moments } = data.lanes[lane];
  const moment = moments.findIndex((one) => one.log.some((said) => said.includes(text)));
  return data.clock.findIndex((shown) => shown[lane] === moment);
}"""
PIPE, CHANNEL = 0, 1


def main() -> None:
    chromium = os.environ.get("STREAMS2_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("There is no Chromium: set STREAMS2_CHROMIUM to its path")
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        report = Path(sys.argv[1]) if len(sys.argv) > 1 else make_report(Path(directory))
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        take_all(browser, report.resolve().as_uri())
        browser.close()


def make_report(directory: Path) -> Path:
    report = directory / "report.html"
    command = [sys.executable, "-m", "streams2", "compare", "--html", str(report)]
    subprocess.run(command, check=True)
    return report


def take_all(browser: Browser, url: str) -> None:
    take(browser, url, "page-results.png", parts=("#results", ".memories"))
    refused = (PIPE, "awaiting drain (refused)")
    take(browser, url, "page-refused.png", at=refused)
    waiting = (CHANNEL, "channel.put(“row\u00a0”) has to wait")
    take(browser, url, "page-waiting.png", at=waiting, dark=True)
    take(browser, url, "page-drained.png", at=(PIPE, "flowing (drained)"))
    take(browser, url, "page-phone.png", at=refused, size=PHONE)


def take(
    browser: Browser,
    url: str,
    name: str,
    *,
    at: tuple[int, str] | None = None,
    dark: bool = False,
    size: dict[str, int] = PROJECTOR,
    parts: tuple[str, str] | None = None,
) -> None:
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    if at is not None:
        step = page.evaluate(FIND, list(at))
        # A page that is opened at a moment begins with the stepper.
        page.goto("about:blank")
        page.goto(f"{url}#t={step}")
    if parts is None:
        page.screenshot(path=DOCS / name)
    else:
        first, last = (page.locator(part).bounding_box() for part in parts)
        assert first is not None
        assert last is not None
        height = math.ceil(last["y"] + last["height"] - first["y"])
        clip: FloatRect = {"x": 0, "y": first["y"], "width": size["width"], "height": height}
        page.screenshot(path=DOCS / name, full_page=True, clip=clip)
    context.close()
    print(DOCS / name)


if __name__ == "__main__":
    main()
