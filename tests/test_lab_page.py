"""The laboratory in a real browser, without a network: one page, and many things done in it."""

from __future__ import annotations

import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from typing import Any
from urllib.parse import quote

import pytest

from streams2.lab import KNOBS, MISTAKES, Knobs, program_of, record_program
from streams2.lab.building import build
from streams2.lab.serving import server_of
from streams2.learn import EXERCISES, Exercise, check

from .learn import programs
from .oracles import tool
from .test_lab import TURNED

# npm brings Pyodide, and the page is JavaScript.
pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.slow, pytest.mark.once]

PATIENCE = 100_000
PAIRS = [("naive", "by_hand"), ("pipeline", "async_for"), ("bridge", "nothing")]


class Page:
    """The laboratory, open; and what it complained of."""

    def __init__(self, browser: Any, url: str, **options: object) -> None:
        # axe needs to put its script into the page.
        context = browser.new_context(bypass_csp=url.startswith("http"), **options)
        self.url = url
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.tab = context.new_page()
        self.tab.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.goto(url)

    def ready(self) -> None:
        self.tab.wait_for_selector("html[data-ready]", state="attached")

    def recorded(self) -> None:
        self.tab.wait_for_selector("html[data-took]:not([data-busy])", state="attached")

    def events(self, request: object = None) -> Any:
        return self.tab.evaluate("request => laboratory.events(request)", request)

    def steps(self) -> Any:
        return self.tab.frame_locator("#recording")

    def write(self, text: str) -> None:
        self.tab.locator(".cm-content").fill(text)

    def run(self) -> None:
        """Run, or check."""
        self.tab.evaluate("delete document.documentElement.dataset.took")
        self.tab.click("#run")
        self.recorded()

    def turn(self, name: str, value: object) -> None:
        if name in ("left", "right", "mistake"):
            self.tab.select_option(f"#{name}", str(value))
        else:
            self.tab.locator(f"#{name}").fill(str(value))
        self.recorded()

    def follow(self, link: str) -> None:
        """A link to this page, in this page."""
        self.tab.evaluate(
            """link => {
                delete document.documentElement.dataset.took;
                location.hash = link;
            }""",
            link,
        )
        if "exercise" not in link:
            self.recorded()

    def barriers(self) -> list[tuple[str, str]]:
        """What keeps somebody from using it, as axe finds."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.tab).response["violations"]
        return [(one["id"], one["nodes"][0]["html"]) for one in found]

    def reset(self) -> None:
        self.tab.click("#reset")
        self.recorded()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    tool("npm")
    return build(tmp_path_factory.mktemp("lab")).parent


@pytest.fixture(scope="module")
def url(folder: Any) -> Iterator[str]:
    with server_of(str(folder), 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def page(url: str, browser: Any) -> Page:
    # In this order: what the page brings is recorded where no loop runs yet.
    return Page(browser, url)


def here(*turns: Knobs) -> list[Future[str]]:
    """What happens on this interpreter, while the page does the same."""
    # In another process: in this one playwright has a loop, and threads that might wake a run.
    texts = [[program_of(knobs, way) for way in knobs.halves] for knobs in turns]
    return [other_process().submit(events_of, both) for both in texts]


def told(future: Future[str]) -> Any:
    return json.loads(future.result())


@cache
def other_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"))


@pytest.fixture(scope="module", autouse=True)
def no_other_process_is_left() -> Iterator[None]:
    yield
    other_process().shutdown()
    other_process.cache_clear()


def verdict_here(number: int, text: str) -> Any:
    """What `streams2 learn check` says of it here: whether it passes, and the sentences."""
    return other_process().submit(verdict_of, number, text).result()


def verdict_of(number: int, text: str) -> tuple[bool, list[str]]:
    verdict = check(number, text)
    return verdict.passed, list(verdict.sentences)


def events_of(texts: list[str]) -> str:
    recordings = [record_program(text).recording for text in texts]
    return json.dumps([[event.as_dict() for event in one.events] for one in recordings if one])


as_told_since_3_13 = pytest.mark.skipif(
    sys.version_info < (3, 13), reason="Pythons before 3.13 tell of lines otherwise than 3.14"
)


def test_what_the_page_imports_is_compiled(folder: Any) -> None:
    names = zipfile.ZipFile(folder / "streams2.zip").namelist()
    assert "streams2/lab/__pycache__/in_page.cpython-314.pyc" in names
    assert "streams2/lab/in_page.py" in names


def test_the_first_picture_needs_no_python(page: Page) -> None:
    page.steps().locator("#scrub").wait_for()
    assert page.tab.inner_text("#said").startswith("pipe: pauses 3")
    assert page.tab.locator("#tabs button").all_inner_texts() == ["pipe", "channel"]
    page.ready()


@as_told_since_3_13
def test_every_knob_changes_it_as_on_cpython(page: Page) -> None:
    # One after the other: they stay as they were turned.
    turns = [Knobs()]
    for knob in KNOBS:
        turns.append(replace(turns[-1], **{knob.name: TURNED[knob.name]}))
    first, *rest = here(*turns)
    before = told(first)
    for knob, expected in zip(KNOBS, rest):
        page.turn(knob.name, TURNED[knob.name])
        events = page.events()
        assert events == told(expected), knob.name
        assert events != before
        before = events
    page.reset()


@as_told_since_3_13
def test_every_mistake_changes_it_as_on_cpython(page: Page) -> None:
    mistakes = [mistake for mistake in MISTAKES if mistake != "none"]
    for mistake, expected in zip(mistakes, here(*(Knobs(mistake=one) for one in mistakes))):
        page.turn("mistake", mistake)
        assert page.events() == told(expected), mistake
    page.reset()


@as_told_since_3_13
@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_other_ways_change_as_on_cpython(page: Page, left: str, right: str) -> None:
    """Recorded there, too, but not shown: that takes longer than to run them."""
    halves = {"left": left, "right": right}
    turned = [{knob.name: TURNED[knob.name]} for knob in KNOBS]
    changes: list[dict[str, Any]] = [{}, *turned, *({"mistake": one} for one in MISTAKES)]
    for change, expected in zip(changes, here(*(Knobs(**halves, **one) for one in changes))):
        assert page.events({"knobs": {**halves, **change}}) == told(expected), change


@as_told_since_3_13
def test_what_has_changed_is_said_and_the_reader_stays(page: Page) -> None:
    page.steps().get_by_role("button", name="Next pause").click()
    theme, folded = page.steps().locator("#theme"), page.steps().locator(".more").first
    theme.click()
    folded.evaluate("more => { more.open = false; }")
    page.turn("sink_mark", 1)
    said = page.tab.inner_text("#said")
    assert "sink's mark 12 → 1" in said
    assert "pauses 3 → 9" in said
    assert "You are still at the first pause." in said
    # And so does what he has chosen there.
    assert theme.inner_text() == "light"
    assert folded.get_attribute("open") is None
    assert page.steps().locator("h1").inner_text() == "pipe and channel"
    for _ in ("dark", "auto"):
        theme.click()
    folded.evaluate("more => { more.open = true; }")
    page.reset()


def test_a_wrong_program_is_told_at_its_line(page: Page) -> None:
    page.write("x = 1\ndef f(:\n")
    page.tab.click("#run")
    page.tab.wait_for_selector(".cm-lintRange-error")
    assert page.tab.inner_text("#problem").startswith("line 2: SyntaxError")
    page.reset()
    assert page.tab.is_hidden("#problem")


def test_a_program_without_end_is_survived(page: Page) -> None:
    page.write("while True: pass\n")
    page.tab.click("#run")
    page.tab.wait_for_selector("#problem:has-text('had not come to an end after')")
    page.write(
        program_of(Knobs(source_ms=0, sink_ms=0), "pipe").replace("CHUNKS = 9", "CHUNKS = 10_000")
    )
    page.run()
    assert "in its first 4,000 events" in page.tab.inner_text("#said")
    # This one comes to no line of its own.
    page.write("sum(iter(int, 1))\n")
    page.tab.click("#run")
    page.tab.click("#stop")
    page.tab.wait_for_selector("#problem:has-text('had no end, and')")


def test_what_a_browser_cannot_do_is_told_at_the_call(page: Page) -> None:
    """By the Python that was started when the last one was stopped."""
    page.write(
        "from streams2 import net, run, stdio\n"
        "run(lambda: stdio.stdout().write('still here'))\n"
        "run(lambda: net.connect(80))\n"
    )
    page.tab.click("#run")
    page.tab.wait_for_selector("#problem:has-text('net.connect is unavailable')")
    assert page.tab.inner_text("#problem").startswith("line 3: FeatureUnavailable")
    assert page.tab.inner_text("#printed").strip() == "still here"
    page.write("name = input('Who? ')\n")
    page.tab.click("#run")
    page.tab.wait_for_selector("#problem:has-text('line 1: EOFError')")
    page.reset()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda one: str(one.number))
def test_an_exercise_is_checked_in_the_words_of_the_command_line(
    page: Page, exercise: Exercise
) -> None:
    wrong = [text for number, _, text in programs.WRONG.values() if number == exercise.number]
    page.tab.select_option("#exercise", str(exercise.number))
    assert page.tab.inner_text("#said").startswith("Mend the program, and press Check")
    for text in [exercise.program, *wrong[:3], exercise.solution]:
        if text != exercise.program:
            page.write(text)
        page.run()
        passed = text == exercise.solution
        verdict, *sentences = page.tab.inner_text("#said").splitlines()
        assert verdict == ("Right." if passed else "Not yet."), text
        if sys.version_info >= (3, 13):
            assert (passed, sentences) == verdict_here(exercise.number, text)
        steps = page.tab.locator("#said button").all_inner_texts()
        if steps and not passed:
            page.steps().locator("#scrub").wait_for()
            page.tab.wait_for_selector(f"html[data-step='{steps[0].split()[1]}']", state="attached")


def test_a_link_opens_an_exercise(page: Page) -> None:
    """After a program that has ended Python itself."""
    page.tab.select_option("#exercise", "1")
    page.write("import os\nos._exit(3)\n")
    page.tab.click("#run")
    page.tab.wait_for_selector("#said:has-text('Your program ended the process (exit status 3).')")
    text = "def cat(source, sink):\n    source.on('data', sink.write)\n"
    page.tab.goto("about:blank")
    page.tab.goto(f"{page.url}#exercise=2&program={quote(text)}&step=5")
    page.recorded()
    assert page.tab.inner_text("#said").startswith(
        "Not yet.\nYour sink held 86 of 12 bytes at step"
    )
    page.tab.wait_for_selector("html[data-step='5']", state="attached")
    for colours in ("light", "dark"):
        page.tab.emulate_media(color_scheme=colours)
        assert page.barriers() == []
    assert page.tab.locator("#exercise").input_value() == "2"
    assert page.tab.is_hidden("#left")
    page.tab.select_option("#exercise", "0")
    page.recorded()
    assert page.tab.locator("#tabs button").all_inner_texts() == ["pipe", "channel"]


def test_a_link_holds_the_program_the_knobs_and_the_step(page: Page) -> None:
    text = "from streams2 import Readable, run\n"
    text += "run(lambda: Readable.from_([1, 2]).on('data', print))\n"
    # Python is there, and stays.
    page.follow(f"#sink_mark=3&right=async_for&program={quote(text)}&step=7")
    assert page.tab.inner_text("#printed").split() == ["1", "2"]
    assert page.tab.locator("#sink_mark").input_value() == "3"
    assert page.tab.locator("#tabs button").all_inner_texts() == ["pipe, edited", "async for"]
    page.tab.wait_for_selector("html[data-step='7']", state="attached")
    assert "step=7" in page.tab.url
    page.follow("#exercise=3")
    assert page.tab.inner_text("#said").startswith("Mend the program, and press Check")
    page.follow("#")
    assert page.tab.locator("#tabs button").all_inner_texts() == ["pipe", "channel"]
    page.tab.wait_for_selector("html[data-step='0']", state="attached")
    page.steps().get_by_role("button", name="Step forward").click()
    page.reset()
    page.tab.wait_for_selector("html[data-step='0']", state="attached")
    assert page.tab.url == f"{page.url}#"


def test_what_is_shown_can_be_taken_along(page: Page, tmp_path: Any) -> None:
    for button, name, start in (
        ("#save-program", "program.py", '"""Copy 9 chunks'),
        ("#save-page", "recording.html", "<!DOCTYPE html>"),
    ):
        with page.tab.expect_download() as download:
            page.tab.click(button)
        assert download.value.suggested_filename == name
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_text().startswith(start)


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=str)
def test_it_can_be_used_by_all(page: Page, size: tuple[int, int], colours: str) -> None:
    page.tab.set_viewport_size({"width": size[0], "height": size[1]})
    page.tab.emulate_media(color_scheme=colours)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert page.tab.evaluate(wide) is False
    assert page.barriers() == []


def test_it_opens_from_a_folder_too(url: str, folder: Any, browser: Any) -> None:
    """As file://, without a server: browsers then allow a page few things."""
    page = Page(browser, f"{(folder / 'index.html').as_uri()}#sink_mark=1&step=3")
    page.steps().locator("#scrub").wait_for()
    page.recorded()
    assert "pauses 3 → 9" in page.tab.inner_text("#said")
    page.tab.wait_for_selector("html[data-step='3']", state="attached")
    assert page.complaints == []
    assert [one for one in page.requests if not one.startswith(("file:", "blob:"))] == []


def test_it_asks_nothing_of_the_network(page: Page) -> None:
    assert [
        one for one in page.requests if not one.startswith((page.url, f"blob:{page.url}"))
    ] == []
    assert page.complaints == []
