"""The page of a comparison shows what was asked for, in a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from streams2.compare.rates import format_bytes

from .test_report_page import complaints_of_axe, opened

# The page is JavaScript.
pytestmark = [pytest.mark.browser, pytest.mark.once]

SIZES = [{"width": 1280, "height": 720}, {"width": 390, "height": 844}]


class Made:
    """A page, and the JSON that came with it."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        source, page = directory / "input", directory / "page.html"
        source.write_bytes(os.urandom(1 << 20))
        command = [sys.executable, "-m", "streams2", "compare", str(source), "--json", "--html"]
        command += [str(page), "--rounds", "1", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.json = json.loads(done.stdout)
        self.url = page.as_uri()


LANES = """() => [...document.querySelectorAll("[data-lane]")].map((lane) => ({
  name: lane.getAttribute("aria-label"),
  marks: [...lane.querySelectorAll("[role=meter]")].map(
    (meter) => meter.getAttribute("aria-valuetext")).filter((text) => text.includes(" of ")),
  states: Object.fromEntries([...lane.querySelectorAll(".card[data-machine]")].map(
    (card) => [card.dataset.machine, card.querySelector(".state-name").textContent])),
  counters: Object.fromEntries([...lane.querySelectorAll("[data-counter]")].map(
    (counter) => [counter.dataset.counter, Number(counter.textContent)])),
  code: lane.querySelector(".code").textContent,
}))"""

# What is wider than what it stands in, and has no scroll bar of its own.
PARTS = ".report, .report p, .report li, .plots > div, .tables > *, .card, [data-lane]"
TOO_WIDE = f"""() => [...document.querySelectorAll({json.dumps(PARTS)})].filter((one) =>
    one.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5 ||
    (getComputedStyle(one).overflowX === "visible" && one.scrollWidth > one.clientWidth + 1))
  .map((one) => one.outerHTML.slice(0, 200))"""


def looked_at(browser: Any, url: str) -> Iterator[Any]:
    """The page on a desk and on a phone, in light and in dark, at its end."""
    for size, scheme in zip(SIZES, ["light", "dark"]):
        for stepper in opened(browser, url, viewport=size, color_scheme=scheme):
            stepper.page.keyboard.press("End")
            yield stepper


def test_any_two_with_their_fault_are_stepped_through_to_the_end(
    browser: Any, tmp_path: Path
) -> None:
    made = Made(tmp_path, "--variants", "naive,async_iteration", "--fault", "source")
    for number, stepper in enumerate(looked_at(browser, made.url)):
        naive, loop = stepper.page.evaluate(LANES)
        assert (naive["name"], loop["name"]) == ("naive", "async_iteration")
        # Reading failed; that the source is closed and the sink is not is there to be seen.
        for lane in (naive, loop):
            assert lane["states"]["source|lifecycle"] in ("closed", "gone")
            assert lane["states"]["sink|lifecycle"] == "open"
            assert lane["counters"]["bytes_read"] == 24
        for lane, name in ((naive, "naive"), (loop, "async_iteration")):
            del lane["counters"]["buffered_bytes"]
            assert lane["counters"] == made.json["trace"][name]
        assert stepper.page.locator(".verdicts li").all_inner_texts() == [
            "naive (cat): caller told: no: uncaught; files: LEFT OPEN; bytes lost: 19 B",
            "async_iteration (cat): caller told: yes; files: LEFT OPEN; bytes lost: 0 B",
        ]
        assert "The fault: reading fails half way." in stepper.page.inner_text("body")
        assert stepper.page.evaluate(TOO_WIDE) == []
        assert number == 0 or complaints_of_axe(stepper.page) == []


def test_marks_are_those_that_were_asked_for(browser: Any, tmp_path: Path) -> None:
    arguments = ["--variants", "pause_resume,channel", "--chunk", "4KiB"]
    made = Made(tmp_path, *arguments, "--high-water-mark", "12KiB", "--sink-rate", "unlimited")
    for stepper in opened(browser, made.url):
        stepper.page.keyboard.press("End")
        by_hand, channel = stepper.page.evaluate(LANES)
        assert (by_hand["name"], channel["name"]) == ("pause_resume", "channel")
        assert by_hand["marks"] == channel["marks"] == ["0 of 12 bytes"] * 2
        assert "source.pause()" in by_hand["code"]
        introduction = stepper.page.locator("[aria-labelledby=small-title]").inner_text()
        assert (
            "high-water marks of 12 bytes (3 chunks to a mark, as in the real run)" in introduction
        )
        # Why: from what was measured, here and there.
        why = stepper.page.locator("#why").inner_text()
        for variant in made.json["variants"]:
            at = variant["at_peak"]
            assert sum(at.values()) == variant["peak_buffered_bytes"]
            for size in filter(None, at.values()):
                assert format_bytes(size) in why
        assert "a chunk (4.0 KiB) is smaller than a mark (12.0 KiB)" in why
        assert "a chunk (4 bytes) is smaller than a mark (12 bytes)" in why
        for name in ("pause_resume", "channel"):
            assert f"= {made.json['trace'][name]['peak_buffered_bytes']}." in why


def test_one_alone_and_those_that_cannot_be_stepped(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMS2_NODE", "/nowhere")
    arguments = ["--variants", "node,pause_resume", "--form", "handled", "--fault", "abort"]
    made = Made(tmp_path, *arguments)
    assert list(made.json["trace"]) == ["pause_resume"]
    for stepper in looked_at(browser, made.url):
        (lane,) = stepper.page.evaluate(LANES)
        assert lane["states"]["source|lifecycle"] in ("closed", "gone")
        assert lane["states"]["sink|lifecycle"] in ("closed", "gone")
        text = stepper.page.inner_text("body")
        why = "node cannot be stepped through: $STREAMS2_NODE, /nowhere, is no Node."
        assert why in text
        assert stepper.page.locator(".verdicts li").all_inner_texts() == [
            "pause_resume (cat_or_fail): caller told: yes; files: closed; bytes lost: 0 B"
        ]
        assert stepper.page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("names", ["asyncio,threads", "anyio,trio"])
def test_those_of_others_are_drawn_as_they_were(browser: Any, tmp_path: Path, names: str) -> None:
    """At every step, the tanks hold what was read, was not written, and is in nobody's hand."""
    made = Made(tmp_path, "--variants", names)
    assert list(made.json["trace"]) == names.split(",")
    for stepper in opened(browser, made.url):
        steps = [stepper.shown(), *stepper.shown_after_each("ArrowRight", stepper.last)]
        for lanes in steps:
            for lane in lanes:
                held = sum(len(text) for _, _, chunks in lane["tanks"] for text in chunks)
                counters = lane["counters"]
                in_hand = counters["bytes_read"] - counters["bytes_written"] - held
                # A word has four letters.
                assert 0 <= in_hand <= 2 * 4, lane["now"]
        assert {lane["paper"] for lane in steps[-1]} == {
            "the fat cat sat and ate the big rat and the dog "
        }
        for lane, name in zip(steps[-1], names.split(",")):
            trace = made.json["trace"][name]
            assert {key: lane["counters"][key] for key in trace} == trace
        assert stepper.page.evaluate(TOO_WIDE) == []
        stepper.page.set_viewport_size(SIZES[1])
        assert stepper.page.evaluate(TOO_WIDE) == []


def test_noise_is_no_result_and_both_scales_are_there(browser: Any, tmp_path: Path) -> None:
    # Two rounds that take the same time to the last digit there are not.
    arguments = ["--variants", "naive,pipe,threads", "--tolerance", "0", "--rounds", "2"]
    made = Made(tmp_path, *arguments, "--sink-rate", "unlimited")
    names = [variant["name"] for variant in made.json["variants"]]
    assert [variant["busy"] for variant in made.json["variants"]] == ["rounds differ"] * 3
    for number, stepper in enumerate(looked_at(browser, made.url)):
        page = stepper.page
        assert page.locator("#results .note").all_inner_texts() == ["this machine was busy"] * 3
        (caveat,) = page.locator("#results .caveat").all_inner_texts()
        assert caveat.startswith("this machine was busy: its times are no result")
        assert caveat.endswith("Rounds that differ by more than 0%: naive, pipe, threads.")
        for part, scale in (("memory", "log scale"), ("memory-linear", "linear scale")):
            labels = page.locator(f"#{part} svg").evaluate_all(
                "(all) => all.map((one) => one.getAttribute('aria-label'))"
            )
            assert [label.split(": ")[0] for label in labels] == names
            assert all(scale in label for label in labels)
        # One beside the other, where there is room.
        tops = [
            page.locator(f"#{part}").bounding_box()["y"] for part in ("memory", "memory-linear")
        ]
        assert (tops[0] == tops[1]) is (page.viewport_size["width"] == 1280)
        heads = page.locator("#lines thead th").all_inner_texts()
        assert heads == ["lines of code", "when all goes well", "with failures handled"]
        rows = [row.split("\t") for row in page.locator("#lines tbody tr").all_inner_texts()]
        assert [row[0] for row in rows] == names
        assert rows[1][1:] == ["2", "2"]
        pages = page.locator("#lines details pre").evaluate_all(
            "(all) => all.map((one) => one.textContent)"
        )
        assert len(pages) == 3
        assert all("def cat_or_fail(" in text for text in pages)
        assert page.evaluate(TOO_WIDE) == []
        assert number == 1 or complaints_of_axe(page) == []
