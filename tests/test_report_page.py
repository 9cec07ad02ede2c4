"""The page, in a real browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from streams2.compare.small_plan import CHUNKS

from .oracles import chromium

# The page is JavaScript.
pytestmark = [pytest.mark.browser, pytest.mark.once]


class Report:
    """A generated report: where it is, and the JSON that came with it."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.path = directory / "report.html"
        source = directory / "input"
        source.write_bytes(os.urandom(1 << 20))
        command = [sys.executable, "-m", "streams2", "compare", str(source), "--json"]
        command += ["--variants", "naive,pipe,channel", "--html", str(self.path), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.json = json.loads(done.stdout)
        self.url = self.path.as_uri()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    chromium()
    return Report(tmp_path_factory.mktemp("report"), "--sink-rate", "unlimited")


class Stepper:
    """A page that is open, and what it shows."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    @property
    def step(self) -> int:
        return int(self.page.evaluate("document.documentElement.dataset.step"))

    @property
    def last(self) -> int:
        return int(self.page.get_attribute("#scrub", "max"))

    def wait_until(self, expression: str) -> None:
        """Wait until a JavaScript expression is true, in a page that allows no eval()."""
        for _ in range(1500):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(20)
        raise AssertionError(expression)

    def stop_the_clock(self) -> None:
        """From now on time passes only by `pass_time`."""
        self.page.clock.install(time=0)
        self.page.reload()
        self.page.clock.pause_at(10_000)
        self.requests.clear()
        self.requests.append(self.page.url.partition("#")[0])

    def pass_time(self, milliseconds: int) -> None:
        self.page.clock.run_for(milliseconds)

    def lane(self, index: int) -> Any:
        return self.page.locator(f"[data-lane='{index}']")

    def shown(self) -> Any:
        """All that can change, as it is now."""
        return self.page.evaluate(f"() => ({SHOWN})()")

    def shown_after_each(self, key: str, times: int) -> Any:
        """The same after each of so many presses of a key."""
        return self.page.evaluate(
            f"""() => Array.from({{ length: {times} }}, () => {{
              document.body.dispatchEvent(
                new KeyboardEvent("keydown", {{ key: "{key}", bubbles: true }}));
              return ({SHOWN})();
            }})"""
        )


SHOWN = """() => [...document.querySelectorAll("[data-lane]")].map((lane) => ({
  now: lane.querySelector(".now").textContent,
  lit: [...lane.querySelectorAll(".code .lit")].map((line) => line.dataset.line),
  ran: [...lane.querySelectorAll(".code .ran")].map((line) => line.dataset.line),
  waits: [...lane.querySelectorAll(".code .waits")].map((line) => line.dataset.line),
  tanks: [...lane.querySelectorAll("[role=meter]")].map((meter) => [
    meter.getAttribute("aria-label"), meter.getAttribute("aria-valuetext"),
    [...meter.querySelectorAll(".chunk")].map((chunk) => chunk.textContent)]),
  states: [...lane.querySelectorAll(".card")].map((card) => [
    card.querySelector(".state-name").textContent,
    [...card.querySelectorAll("[data-state].lit")].map((one) => one.dataset.state)]),
  counters: Object.fromEntries([...lane.querySelectorAll("[data-counter]")].map(
    (counter) => [counter.dataset.counter, Number(counter.textContent)])),
  paper: lane.querySelector(".paper .slot").textContent,
  log: lane.querySelectorAll(".log li:not([hidden])").length,
}))"""


@pytest.fixture
def stepper(browser: Any, report: Report) -> Iterator[Stepper]:
    yield from opened(browser, report.url)


def opened(browser: Any, url: str, **options: Any) -> Iterator[Stepper]:
    options = {"viewport": {"width": 1280, "height": 720}, **options}
    context = browser.new_context(**options)
    stepper = Stepper(context.new_page())
    stepper.page.goto(url)
    yield stepper
    assert stepper.complaints == []
    assert stepper.requests == [re.sub("#.*", "", url)]
    context.close()


# -- what it shows --------------------------------------------------------------------------------


def test_it_loads_with_no_complaint_and_asks_the_network_for_nothing(stepper: Stepper) -> None:
    assert stepper.step == 0
    assert [lane["now"] for lane in stepper.shown()] == ["Nothing has happened yet"] * 2


def test_the_results_are_those_of_the_json(stepper: Stepper, report: Report) -> None:
    variants = report.json["variants"]
    tables = stepper.page.locator("#results tbody")
    for table in range(tables.count()):
        rows = tables.nth(table).locator("tr")
        assert rows.locator("th").all_inner_texts() == [one["name"] for one in variants]
    pauses = [
        int(row.split("\t")[4]) for row in tables.nth(1).inner_text().splitlines() if "\t" in row
    ]
    assert pauses == [one["pauses"] for one in variants]
    plots = stepper.page.locator("#memory svg")
    assert plots.count() == len(variants)
    for index, variant in enumerate(variants):
        assert plots.nth(index).get_attribute("aria-label").startswith(f"{variant['name']}: ")


def test_a_step_moves_the_line_the_tank_and_the_state_together(stepper: Stepper) -> None:
    """When the sink has enough, the pipe begins to wait: all on one step, as the trace has it."""
    moment = stepper.page.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const moments = data.lanes[0].moments;
          const key = "pipe source to sink|pipe";
          const arrow = "flowing|awaiting drain";
          const wanted = moments.findIndex((one) => one.machines?.[key]?.[1] === arrow);
          return [data.clock.findIndex(([index]) => index === wanted), moments[wanted]];
        }"""
    )
    at, wanted = moment
    stepper.page.evaluate(f"location.hash = '#t={at - 1}'")
    stepper.wait_until(f"document.documentElement.dataset.step == {at - 1}")
    before = stepper.shown()[0]
    stepper.page.click("#forward")
    after = stepper.shown()[0]
    assert before["states"][1] == ["flowing", ["flowing"]]
    assert after["states"][1] == ["awaiting drain", ["awaiting drain"]]
    assert after["lit"] == [wanted["line"]] != before["lit"]
    assert "REFUSED" in stepper.lane(0).locator(".code .lit").inner_text()
    ((text, chunks),) = [tank for name, *tank in after["tanks"] if name == "sink, bytes held"]
    length = sum(map(len, chunks))
    assert text == f"{length} of 12 bytes"
    assert length >= 12
    why = stepper.lane(0).locator(".why").inner_text()
    end = "It goes on when sink is empty, not when it falls below 12."
    assert re.fullmatch(
        rf"Paused because `sink.write\(\".*\"\)` brought sink to {length} of 12\. {end}", why
    )


def test_every_step_shows_what_the_recording_says_and_back_restores_it(stepper: Stepper) -> None:
    seen = [stepper.shown(), *stepper.shown_after_each("ArrowRight", stepper.last)]
    assert stepper.step == stepper.last
    data = stepper.page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    assert len(seen) == len(data["clock"])
    told = [[*accumulate(lane["moments"], changed, initial={})][1:] for lane in data["lanes"]]
    for tick, lanes in zip(data["clock"], seen):
        for shown, moments, index in zip(lanes, told, tick):
            moment = moments[index]
            assert shown["now"] == " · ".join(moment["log"])
            assert shown["lit"] == [line for line in [moment.get("line")] if line]
            # Where no line runs, the one that ran last is marked.
            assert shown["ran"] == ([] if moment.get("line") else [moment["lastLine"]])
            assert shown["log"] == index + 1
            counted = {**dict.fromkeys(shown["counters"], 0), **moment["counters"]}
            counted["buffered_bytes"] = shown["counters"]["buffered_bytes"]
            assert shown["counters"] == counted
    assert stepper.shown_after_each("ArrowLeft", stepper.last) == seen[-2::-1]


def changed(before: Any, changes: Any) -> Any:
    """What there is to see after `changes`: a moment of the data says what is new in it."""
    counters = {**before.get("counters", {}), **changes.get("counters", {})}
    return {**before, **changes, "counters": counters}


def test_at_every_step_one_line_is_lit_or_ran_last_and_is_in_view(stepper: Stepper) -> None:
    stepper.page.evaluate("document.getElementById('stepper').scrollIntoView()")
    marked = stepper.page.evaluate(
        f"""() => Array.from({{ length: {stepper.last + 1} }}, (_, step) => {{
          if (step) document.body.dispatchEvent(
            new KeyboardEvent("keydown", {{ key: "ArrowRight", bubbles: true }}));
          return ({MARKED})();
        }})"""
    )
    assert stepper.step == stepper.last
    for lane in zip(*marked):
        last = None
        for lines in lane:
            ((line, lit, current, text, in_view, cut),) = lines
            assert in_view, lines
            assert not cut, lines
            assert lit is (current == "step") is not text.endswith(("last ran", "not started"))
            if not lit and last is not None:
                assert line == last
            if lit:
                last = line
            assert text.endswith("not started") is (last is None)
    styles = stepper.page.evaluate(
        """() => {
          const style = getComputedStyle(document.querySelector(".code .ran"));
          return [style.outlineStyle, style.backgroundColor];
        }"""
    )
    assert styles == ["dashed", "rgba(0, 0, 0, 0)"]


MARKED = """() => [...document.querySelectorAll("[data-lane] .code")].map(
  (pane) => [...pane.querySelectorAll(".lit, .ran")].map((line) => {
    const [outer, inner] = [pane.getBoundingClientRect(), line.getBoundingClientRect()];
    return [line.dataset.line, line.classList.contains("lit"), line.getAttribute("aria-current"),
      line.textContent, inner.top >= outer.top && inner.bottom <= outer.bottom,
      pane.scrollWidth > pane.clientWidth];
  }))"""


def test_at_the_end_the_outputs_are_equal_and_the_counters_those_of_the_json(
    stepper: Stepper, report: Report
) -> None:
    stepper.page.click("#last")
    pipe, channel = stepper.shown()
    assert pipe["paper"] == channel["paper"] == b"".join(CHUNKS).decode()
    for name, lane in (("pipe", pipe), ("channel", channel)):
        held = lane["counters"].pop("buffered_bytes")
        assert held == 0
        assert lane["counters"] == report.json["trace"][name]
    embedded = stepper.page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    assert embedded["trace"] == report.json["trace"]
    assert embedded["output"] == {name: b"".join(CHUNKS).decode() for name in ("pipe", "channel")}


def test_chunks_glide_unless_motion_is_unwelcome(browser: Any, report: Report) -> None:
    for motion, moved in (("no-preference", True), ("reduce", False)):
        for stepper in opened(browser, report.url, reduced_motion=motion):
            stepper.page.evaluate(
                """() => {
                  window.glided = [];
                  const { animate } = Element.prototype;
                  Element.prototype.animate = function (...how) {
                    window.glided.push(this.textContent);
                    return animate.apply(this, how);
                  };
                }"""
            )
            stepper.shown_after_each("ArrowRight", 20)
            glided = stepper.page.evaluate("window.glided")
            assert (CHUNKS[0].decode() in glided) is moved
            assert bool(glided) is moved


# -- getting about --------------------------------------------------------------------------------


def test_the_address_names_the_moment(browser: Any, report: Report) -> None:
    for stepper in opened(browser, f"{report.url}#t=42"):
        assert stepper.step == 42
        assert stepper.page.locator("#scrub").input_value() == "42"
        at_42 = stepper.shown()
        stepper.page.keyboard.press("ArrowRight")
        assert stepper.page.url.endswith("#t=43")
        stepper.page.evaluate("location.hash = '#t=42'")
        stepper.wait_until("document.documentElement.dataset.step == 42")
        assert stepper.shown() == at_42
        stepper.page.evaluate("location.hash = '#t=100000'")
        stepper.wait_until(f"document.documentElement.dataset.step == {stepper.last}")
        stepper.page.evaluate("location.hash = '#results'")
        assert stepper.step == stepper.last


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("-3", "0"), ("abc", "0"), ("", "0"), ("4.5", "0"), ("007", "7"), ("99999", "last")],
)
def test_an_address_that_names_no_step_is_corrected(
    browser: Any, report: Report, wrong: str, right: str
) -> None:
    for stepper in opened(browser, f"{report.url}#t={wrong}"):
        step = stepper.last if right == "last" else int(right)
        assert stepper.step == step
        assert stepper.page.url == f"{report.url}#t={step}"


def test_an_address_that_is_changed_to_no_step_is_corrected(browser: Any, report: Report) -> None:
    for stepper in opened(browser, f"{report.url}#t=42"):
        last = stepper.last
        for wrong, step in (("abc", 42), ("99999", last), ("99999", last), ("-3", 0), ("-1", 0)):
            stepper.page.evaluate(f"location.hash = '#t={wrong}'")
            stepper.wait_until(f"location.hash === '#t={step}'")
            assert stepper.step == step


def test_keys(stepper: Stepper) -> None:
    press = stepper.page.keyboard.press
    press("End")
    assert stepper.step == stepper.last
    press("ArrowRight")
    assert stepper.step == stepper.last
    press("ArrowLeft")
    assert stepper.step == stepper.last - 1
    press("Home")
    assert stepper.step == 0
    press("ArrowLeft")
    assert stepper.step == 0
    press("+")
    assert stepper.page.locator("#speed").input_value() == "2"
    press("-")
    press("-")
    assert stepper.page.locator("#speed").input_value() == "0.5"


def test_the_scrubber(stepper: Stepper) -> None:
    stepper.page.locator("#scrub").fill("17")
    assert stepper.step == 17
    stepper.page.focus("#scrub")
    stepper.page.keyboard.press("ArrowRight")
    assert stepper.step == 18
    assert stepper.page.get_attribute("#scrub", "aria-valuetext").startswith("step 18 of ")


@pytest.mark.parametrize("with_key", [True, False], ids=["space", "button"])
def test_play_and_pause(stepper: Stepper, with_key: bool) -> None:
    def toggle() -> None:
        if with_key:
            stepper.page.keyboard.press(" ")
        else:
            stepper.page.click("#play")

    stepper.stop_the_clock()
    toggle()
    assert stepper.page.get_attribute("#play", "aria-label") == "Pause"
    stepper.pass_time(5000)
    paused_at = stepper.step
    assert 3 <= paused_at <= 8
    toggle()
    assert stepper.page.get_attribute("#play", "aria-label") == "Play"
    stepper.pass_time(60_000)
    assert stepper.step == paused_at


def test_twice_the_speed_is_twice_the_steps(stepper: Stepper) -> None:
    steps = []
    stepper.stop_the_clock()
    for speed in ("1", "2", "4"):
        stepper.page.locator("#scrub").fill("0")
        stepper.page.select_option("#speed", speed)
        stepper.page.click("#play")
        stepper.pass_time(9000)
        steps.append(stepper.step)
    slow, twice, four_times = steps
    assert abs(twice - 2 * slow) <= 1
    assert abs(four_times - 4 * slow) <= 3


def test_playing_ends_at_the_end_and_starts_anew(stepper: Stepper) -> None:
    stepper.stop_the_clock()
    stepper.page.locator("#scrub").fill(str(stepper.last - 1))
    stepper.page.click("#play")
    stepper.pass_time(5000)
    assert stepper.step == stepper.last
    assert stepper.page.get_attribute("#play", "aria-label") == "Play"
    stepper.page.click("#play")
    stepper.pass_time(2000)
    assert 1 <= stepper.step <= 3


def test_stepping_by_hand_pauses(stepper: Stepper) -> None:
    stepper.page.click("#play")
    stepper.page.click("#forward")
    assert stepper.page.get_attribute("#play", "aria-label") == "Play"


# -- everybody can use it -------------------------------------------------------------------------


def test_controls_have_names_and_roles(stepper: Stepper) -> None:
    by_role = stepper.page.get_by_role
    for name in ("To the start", "Step back", "Play", "Step forward", "To the end"):
        assert by_role("button", name=name, exact=True).count() == 1
    assert by_role("slider", name="Step", exact=True).count() == 1
    assert by_role("combobox", name="speed").count() == 1
    assert by_role("button", name="Colours").count() == 1
    assert by_role("group", name="Playback").count() == 1
    assert by_role("article").count() == 2
    assert by_role("meter", name="source, bytes held").count() == 2
    unnamed = stepper.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [tabindex='0'], svg[role]")]
          .filter((one) => !(one.ariaLabel || one.labels?.length || one.textContent.trim()))
          .map((one) => one.outerHTML)"""
    )
    assert unnamed == []


def test_the_tab_key_reaches_every_control_and_shows_where_it_is(stepper: Stepper) -> None:
    stepper.page.evaluate("document.getElementById('theme').focus()")
    reached = []
    for _ in range(40):
        stepper.page.keyboard.press("Tab")
        name, outline = stepper.page.evaluate(
            """() => [document.activeElement.id || document.activeElement.className,
              getComputedStyle(document.activeElement).outlineStyle]"""
        )
        reached.append(name)
        assert outline != "none", name
        if name == "log":
            break
    wanted = ["first", "back", "play", "forward", "last", "scrub", "speed", "code", "log"]
    assert [name for name in reached if name in wanted] == wanted


def test_a_screen_reader_is_told_of_the_step_one_stops_at(stepper: Stepper) -> None:
    told = stepper.page.locator("#told")
    assert told.get_attribute("aria-live") == "polite"
    stepper.page.evaluate(
        """() => {
          window.told = [];
          new MutationObserver(() => window.told.push(document.getElementById("told").textContent))
            .observe(document.getElementById("told"), { childList: true });
        }"""
    )
    stepper.shown_after_each("ArrowRight", 5)
    stepper.wait_until("window.told.length > 0")
    (only,) = stepper.page.evaluate("window.told")
    assert only.startswith("Step 5. pipe: ")
    assert "channel: " in only


@pytest.mark.parametrize("width", [390, 320, 768, 1280])
def test_nothing_is_wider_than_the_screen(browser: Any, report: Report, width: int) -> None:
    for stepper in opened(browser, f"{report.url}#t=60"):
        stepper.page.set_viewport_size({"width": width, "height": 800})
        for step in ("Home", "End"):
            stepper.page.keyboard.press(step)
            assert stepper.page.evaluate("document.documentElement.scrollWidth") <= width


def test_both_lanes_fit_on_a_projected_screen(browser: Any, report: Report) -> None:
    for stepper in opened(browser, f"{report.url}#t=60"):
        for _ in range(20):
            stepper.page.keyboard.press("ArrowRight")
            bottoms = stepper.page.evaluate(
                """() => [...document.querySelectorAll("[data-lane]")].map(
                  (lane) => lane.getBoundingClientRect().bottom)"""
            )
            assert max(bottoms) <= 720


def test_light_and_dark(browser: Any, report: Report) -> None:
    def ground(stepper: Stepper) -> str:
        text: str = stepper.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return text

    light, dark = "rgb(255, 255, 255)", "rgb(20, 23, 27)"
    for scheme, expected in (("light", light), ("dark", dark)):
        for stepper in opened(browser, report.url, color_scheme=scheme):
            assert ground(stepper) == expected
            stepper.page.click("#theme")
            assert ground(stepper) == light
            stepper.page.click("#theme")
            assert ground(stepper) == dark
            stepper.page.click("#theme")
            assert ground(stepper) == expected


@pytest.mark.parametrize(
    ("scheme", "size"), [("light", (1280, 720)), ("dark", (390, 844))], ids=["desk", "phone"]
)
def test_an_accessibility_checker_has_nothing_to_say(
    browser: Any, report: Report, scheme: str, size: tuple[int, int]
) -> None:
    viewport = {"width": size[0], "height": size[1]}
    for moment in ("", "#t=42"):
        url = report.url + moment
        for stepper in opened(browser, url, color_scheme=scheme, viewport=viewport):
            assert complaints_of_axe(stepper.page) == []


def complaints_of_axe(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    return [
        f"{rule['help']}: {node['html']}"
        for rule in Axe().run(page).response["violations"]
        for node in rule["nodes"]
    ]


# -- other pages ----------------------------------------------------------------------------------


def test_a_report_with_a_fault(browser: Any, tmp_path: Path) -> None:
    report = Report(tmp_path, "--fault", "sink", "--variants", "pipe,channel")
    for stepper in opened(browser, report.url):
        assert complaints_of_axe(stepper.page) == []
        table = stepper.page.locator("#results table")
        assert table.locator("thead th").all_inner_texts()[:3] == [
            "variant",
            "caller told",
            "files",
        ]
        rows = table.locator("tbody tr").all_inner_texts()
        assert [row.split("\t")[:3] for row in rows] == [
            ["pipe", "yes", "closed"],
            ["channel", "yes", "closed"],
        ]


def test_a_users_own_recording(browser: Any, tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "from streams2 import Readable, Transform, Writable, run\n"
        "from streams2.trace import record\n"
        "def main():\n"
        "    letters = Readable.from_(['a', 'b', 'c'])\n"
        "    upper = Transform(object_mode=True, high_water_mark=1,\n"
        "        transform=lambda self, chunk, encoding, done: done(None, chunk.upper()))\n"
        "    printer = Writable(object_mode=True, write=lambda self, c, e, done: done())\n"
        "    letters.pipe(upper).pipe(printer)\n"
        "with record() as trace:\n"
        "    run(main)\n"
        "trace.to_html('mine.html', title='Mine')\n"
    )
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True)
    for stepper in opened(browser, (tmp_path / "mine.html").as_uri()):
        stepper.page.keyboard.press("End")
        written = stepper.page.locator(".paper", has_text="printer has written").locator(".slot")
        assert written.text_content() == "ABC"
        assert "letters.pipe(upper)" in stepper.lane(0).locator(".code").inner_text()
        assert complaints_of_axe(stepper.page) == []
