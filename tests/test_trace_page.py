"""Pages of small recordings, in a real browser: what they show is what happened, at every step.

What happened is counted here from the events, one by one, by no part of what makes the page; and
by the programs' own callbacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from streams2.trace import Event, Moment, Trace, moments

from .test_report_page import complaints_of_axe
from .trace_programs import LONG_SINK, PROGRAMS, Program, counted, written

pytestmark = [pytest.mark.browser, pytest.mark.once]

DESK, PHONE = {"width": 1280, "height": 720}, {"width": 390, "height": 844}


class Recorded(NamedTuple):
    """A program's recording, and what the program counted itself."""

    program: Program
    trace: Trace
    steps: list[Moment]
    path: Path
    written: dict[str, int]
    counted: dict[str, int]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recorded]:
    """All of them: before the browser is there, which is driven by a loop that goes on."""
    folder, found = tmp_path_factory.mktemp("recorded"), {}
    for program in PROGRAMS:
        trace = program.record()
        path = folder / f"{program.name}.html"
        trace.to_html(str(path))
        many = {name: len(chunks) for name, chunks in written.items()}
        steps = moments(trace._lane())
        found[program.name] = Recorded(program, trace, steps, path, many, dict(counted))
    return found


@pytest.fixture(scope="module")
def page(recorded: dict[str, Recorded], browser: Any) -> Iterator[Any]:
    """One page for all of them."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    context.close()


# -- what is to be seen, counted from the events --------------------------------------------------


class Count:
    """What has happened up to an event, in a way that a teacher would count it on a blackboard."""

    def __init__(self, trace: Trace) -> None:
        self.previews = {chunk.number: chunk.preview for chunk in trace.chunks}
        self.units = {one.name: one.objects for one in trace.subjects}
        self.tanks: dict[str, tuple[int, int | None, str, list[str]]] = {}
        self.waiting: dict[str, tuple[int, int]] = {}
        self.written: dict[str, list[str]] = {}
        self.puts = self.takes = self.waits = self.pauses = self.drains = 0

    def see(self, event: Event) -> None:
        for hold in event.holds:
            if hold.side in ("putting", "taking"):
                puts, takes = self.waiting.get(event.owner, (0, 0))
                at = (hold.length, takes) if hold.side == "putting" else (puts, hold.length)
                self.waiting[event.owner] = at
            else:
                names = [self.previews[number] for number in hold.chunks]
                key = f"{event.owner}|{hold.side}"
                self.tanks[key] = (hold.length, hold.mark, hold.unit, names)
        if event.kind == "written":
            assert event.chunk is not None
            self.written.setdefault(event.owner, []).append(self.previews[event.chunk])
        self.waits += event.kind == "wait"
        self.pauses += (event.kind, event.name) == ("emit", "pause")
        self.drains += (event.kind, event.name) == ("emit", "drain")
        if event.kind == "answer" and event.name in ("put", "offer", "put_callback"):
            self.puts += event.value == "True"
        if event.kind == "answer" and event.name in ("take", "poll", "take_callback"):
            self.takes += event.chunk is not None

    def level(self, tank: str) -> str:
        length, mark, unit, _ = self.tanks[tank]
        owner, side = tank.split("|")
        if side != "values":
            return f"{length} of {mark} {unit}"
        puts, takes = self.waiting[owner]
        waiting = "nobody waits"
        if puts or takes:
            many, what = (puts, "put") if puts else (takes, "take")
            waiting = f"{many} {what}{'' if many == 1 else 's'} waiting"
        return waiting if mark == 0 else f"{length} of {mark}, {waiting}"

    def held(self, *units: str) -> int:
        return sum(length for length, _, unit, _ in self.tanks.values() if unit in units)


def counts_at(trace: Trace, ends: Sequence[int], undrawn: set[str]) -> Iterator[Count]:
    """The count after each of the events numbered `ends`."""
    count, events = Count(trace), iter(trace.events)
    for end in ends:
        while end >= 0:
            event = next(events)
            if event.owner not in undrawn:
                count.see(event)
            if event.number == end:
                break
        yield count


SHOWN = """() => {
  const lane = document.querySelector("[data-lane]");
  const texts = (root, selector) =>
    [...root.querySelectorAll(selector)].map((one) => one.textContent);
  const numbers = (name) => Object.fromEntries([...lane.querySelectorAll(`[${name}]`)].map(
    (one) => [one.getAttribute(name), Number(one.textContent)]));
  return {
    tanks: Object.fromEntries([...lane.querySelectorAll(".tank")].map((tank) => [
      tank.dataset.node, [tank.querySelector("[role=meter]").getAttribute("aria-valuetext"),
        texts(tank, ".held > .chunk"), tank.querySelector(".count").textContent,
        tank.querySelectorAll(".held > .thin").length]])),
    written: Object.fromEntries([...lane.querySelectorAll(".paper .slot")].map(
      (slot) => [slot.dataset.slot.slice(0, -5), texts(slot, ".chunk")])),
    counters: numbers("data-counter"), counts: numbers("data-count"),
    why: lane.querySelector(".why").textContent, now: lane.querySelector(".now").textContent,
    states: Object.fromEntries([...lane.querySelectorAll("[data-task]")].map(
      (card) => [card.dataset.task, card.querySelector(".state-name").textContent])),
  };
}"""

ARROWS = """() => [...document.querySelectorAll(".wire")].map((wire) => [
  wire.dataset.from, wire.dataset.to, wire.querySelector(".shaft").getAttribute("d")])"""

STEP = """() => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }))"""

# Whatever lies outside of what it belongs into, by more than what is lost in rounding.
SPILT = """() => {
  const found = [];
  const inside = (inner, outer, what) => {
    const [one, all] = [inner.getBoundingClientRect(), outer.getBoundingClientRect()];
    if (!one.width || !one.height) return;
    if (Math.min(one.left - all.left, one.top - all.top) < -1
      || Math.max(one.right - all.right, one.bottom - all.bottom) > 1)
      found.push(`${what}: ${inner.outerHTML.slice(0, 120)}`);
  };
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  each(".held > *", (one) => inside(one, one.closest(".glass"), "out of its tank"));
  each(".held > *:not(.thin) b", (one) => inside(one, one.parentElement, "out of its chunk"));
  each(".tank *", (one) => inside(one, one.closest(".tank"), "out of its figure"));
  each(".pill *", (one) => inside(one, one.closest(".pill"), "out of its pill"));
  each(".card figcaption *", (one) => inside(one, one.closest(".card"), "out of its card"));
  each(".state text", (one) =>
    inside(one, one.parentElement.querySelector("rect"), "out of its state"));
  each(".wire path", (one) => inside(one, one.closest(".tanks"), "out of the picture"));
  each(".lane > *", (one) => inside(one, one.closest(".lane"), "out of its lane"));
  each(".controls > *", (one) => inside(one, one.closest(".controls"), "out of the controls"));
  each(".counters > *", (one) => inside(one, one.closest(".lane-head"), "out of the head"));
  const boxes = ".tank, .layer, .tanks, .pill, .card, .lane, .lane-head, .controls, .paper";
  each(`${boxes}, .states, .code, .log`, (one) => {
    if (one.scrollWidth > one.clientWidth + 1)
      found.push(`too wide: ${one.className} ${one.scrollWidth} > ${one.clientWidth}`);
  });
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the screen");
  return found;
}"""


def walk(page: Any, steps: int) -> list[Any]:
    """What is shown at each step, and what is out of its place."""
    seen: list[Any] = page.evaluate(
        f"""() => Array.from({{ length: {steps} }}, (_, step) => {{
          if (step) ({STEP})();
          return {{ ...({SHOWN})(), spilt: ({SPILT})() }};
        }})"""
    )
    return seen


def short(node: str) -> str:
    return node[len("task:") :] if node.startswith("task:") else node.partition("|")[0]


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_the_page_shows_what_happened(
    program: Program, page: Any, recorded: dict[str, Recorded]
) -> None:
    of_it = recorded[program.name]
    trace, shown = of_it.trace, of_it.steps
    page.set_viewport_size(DESK)
    page.emulate_media(color_scheme="light")
    page.goto(of_it.path.as_uri())
    arrows = page.evaluate(ARROWS)
    assert {(short(one), short(other)) for one, other, _ in arrows} - {
        (one.name, one.name) for one in trace.subjects
    } == program.arrows
    assert all(drawn.startswith("M") and "NaN" not in drawn for _, _, drawn in arrows)

    seen = walk(page, len(shown))
    assert page.get_attribute("#scrub", "max") == str(len(seen) - 1)
    unnamed = {one.name for one in trace.subjects if one.kind == "channel" and not one.named}
    ends = [moment.event for moment in shown]
    for at, (count, here) in enumerate(zip(counts_at(trace, ends, unnamed), seen)):
        assert_shows(here, count, at)
        assert here["spilt"] == [], at
        assert here["now"].strip() not in ("", "<module>"), at
    assert_sentences(program, [here["why"] for here in seen])
    assert {task: seen[-1]["states"][task] for task in program.ends} == program.ends
    assert_counted(of_it, seen[-1])


def assert_shows(here: Any, count: Count, at: int) -> None:
    for tank, (level, chunks, said, thin) in here["tanks"].items():
        if tank not in count.tanks:
            assert chunks == [], (at, tank)
            continue
        _, _, _, names = count.tanks[tank]
        assert (level, chunks) == (count.level(tank), names), (at, tank)
        # What is too low for words is counted.
        many = f"{len(names)} chunk{'' if len(names) == 1 else 's'}"
        assert said == (many if thin else ""), (at, tank)
    assert {name: chunks for name, chunks in here["written"].items() if chunks} == count.written
    held = {
        "buffered_bytes": count.held("bytes", "characters"),
        "pauses": count.pauses,
        "drains": count.drains,
    }
    counters = here["counters"]
    assert {key: counters[key] for key in held if key in counters} == {
        key: value for key, value in held.items() if key in counters
    }, at
    counts = {
        "held objects": count.held("objects"),
        "held values": count.held("values"),
        "puts": count.puts,
        "takes": count.takes,
        "waits": count.waits,
    }
    for key, number in here["counts"].items():
        assert number >= 0, (at, key)
        assert number == counts.get(key, number), (at, key)


def assert_sentences(program: Program, said: list[str]) -> None:
    if program.says:
        assert program.says in said
    assert bool(program.stands) is (program.stands in said[-1] and bool(said[-1]))
    if not program.stands and not program.name.startswith("a_"):
        assert said[-1] == "", "nothing waits when all is over"
    for sentence in said:
        found = re.search(r"brought .+ to (\d+) of (\d+)\.", sentence)
        assert found is None or int(found[1]) >= int(found[2]), sentence


def assert_counted(of_it: Recorded, last: Any) -> None:
    for what, number in of_it.counted.items():
        # Those of others, a `mult`, were not counted by the program.
        if what in last["counts"] and of_it.program.name != "one_to_two":
            assert last["counts"][what] == number
    for name, number in of_it.written.items():
        if name in last["written"]:
            assert len(last["written"][name]) == number


# -- what fits ------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.name for program in PROGRAMS])
def test_nothing_leaves_its_box_on_a_phone(
    program: Program, page: Any, recorded: dict[str, Recorded]
) -> None:
    of_it = recorded[program.name]
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.goto(of_it.path.as_uri())
    spilt = page.evaluate(
        f"""() => Array.from({{ length: {len(of_it.steps)} }}, (_, step) => {{
          if (step) ({STEP})();
          return step % 3 ? [] : ({SPILT})();
        }})"""
    )
    assert [found for found in spilt if found] == []
    page.evaluate("document.querySelector('.more').open = true")
    assert page.evaluate(SPILT) == []


@pytest.mark.parametrize("name", ["workers", "very_long_names"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_an_accessibility_checker_has_nothing_to_say(
    name: str, size: dict[str, int], page: Any, recorded: dict[str, Recorded]
) -> None:
    page.set_viewport_size(size)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto("about:blank")
        page.goto(f"{recorded[name].path.as_uri()}#t=9")
        page.evaluate("document.querySelector('.more').open = true")
        page.locator(".state").first.click()
        assert complaints_of_axe(page) == []


def test_a_long_name_is_cut_and_has_a_title(page: Any, recorded: dict[str, Recorded]) -> None:
    page.set_viewport_size(PHONE)
    page.goto(recorded["very_long_names"].path.as_uri())
    caption = page.locator(f".tank[data-owner={LONG_SINK}] figcaption")
    assert caption.get_attribute("title") == LONG_SINK
    assert caption.evaluate("(one) => getComputedStyle(one).textOverflow") == "ellipsis"
    assert caption.evaluate("(one) => one.scrollWidth > one.clientWidth")


# -- getting about --------------------------------------------------------------------------------


@pytest.fixture
def opened(page: Any, recorded: dict[str, Recorded]) -> Any:
    of_it = recorded["bytes_through_a_small_mark"]
    page.set_viewport_size(DESK)
    page.goto("about:blank")
    page.goto(of_it.path.as_uri())
    return page, of_it.steps


@pytest.mark.parametrize("kind", ["pause", "refusal", "drain"])
def test_keys_and_buttons_go_to_the_next_and_the_previous(opened: Any, kind: str) -> None:
    page, shown = opened
    wanted = [at for at, moment in enumerate(shown) if kind in moment.jumps]
    assert wanted
    page.keyboard.press(kind[0])
    assert page.evaluate("Number(document.documentElement.dataset.step)") == wanted[0]
    page.keyboard.press("End")
    page.keyboard.press(f"Shift+{kind[0].upper()}")
    assert page.evaluate("Number(document.documentElement.dataset.step)") == wanted[-1]
    page.keyboard.press("Home")
    page.get_by_role("button", name=f"Next {kind}").click()
    assert page.evaluate("Number(document.documentElement.dataset.step)") == wanted[0]
    page.keyboard.press("Home")
    button = page.get_by_role("button", name=f"Previous {kind}")
    assert button.get_attribute("aria-disabled") == "true"


def test_a_state_says_what_led_to_it_and_what_ends_it(opened: Any) -> None:
    page, shown = opened
    at = next(at for at, one in enumerate(shown) if "refused" in " ".join(one.log))
    page.keyboard.press("End")
    page.locator("[data-state='awaiting drain']").focus()
    page.keyboard.press("Enter")
    about = page.locator(".about")
    said = about.inner_text()
    assert f"step {at}: refused from flowing." in said
    assert 'Paused because `boat.write("row ")` brought boat to 14 of 12.' in said
    assert "drained → flowing" in said
    about.get_by_role("button", name=f"step {at}").click()
    assert page.evaluate("Number(document.documentElement.dataset.step)") == at
    about.get_by_role("button", name="Close").click()
    assert about.is_hidden()
    assert page.evaluate("document.activeElement.dataset.state") == "awaiting drain"


def test_in_a_notebook_a_page_stands_in_a_frame(
    page: Any, recorded: dict[str, Recorded], tmp_path: Path
) -> None:
    frame = recorded["rendezvous"].trace._repr_html_()
    notebook = tmp_path / "notebook.html"
    # As strict as a notebook can be: a frame of no origin has no history of its own.
    frame = frame.replace("<iframe", '<iframe sandbox="allow-scripts"', 1)
    notebook.write_text(f"<!DOCTYPE html><title>A notebook</title>{frame}", encoding="utf-8")
    page.goto(notebook.as_uri())
    inner = page.frame_locator("iframe")
    inner.get_by_role("button", name="To the end").click()
    assert "step" in inner.locator("#position").inner_text()
    assert inner.locator(".now").inner_text() == "rendezvous() is done"
