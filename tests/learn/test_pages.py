"""Every program on the course's pages runs, and prints what they say; figures show what runs."""

from __future__ import annotations

import ast
import re
import runpy
from urllib.parse import parse_qsl

import pytest

from streams2.lab import Knobs
from streams2.learn import EXERCISES, check

from . import pages

pytestmark = [pytest.mark.slow, pytest.mark.once]

every_chapter = pytest.mark.parametrize("path", pages.CHAPTERS, ids=lambda path: path.stem)


def test_there_are_nine_chapters():
    assert [path.name[0] for path in pages.CHAPTERS] == list("123456789")


@pytest.mark.host
@pytest.mark.filterwarnings("ignore::streams2.errors.warnings.BackpressureWarning")
@every_chapter
def test_a_chapter_prints_what_it_says(path):
    """If not: python -m tests.learn.pages writes anew what is printed."""
    text = path.read_text(encoding="utf-8")
    assert pages.run(text) == text


def test_what_the_check_says_on_the_first_page_is_what_it_says():
    text = " ".join((pages.LEARN / "index.md").read_text(encoding="utf-8").split())
    (said,) = check(2, EXERCISES[1].program).sentences
    assert f'"{said}"' in text


@every_chapter
def test_a_chapter_asks_and_answers_and_has_something_to_mend(path):
    text, number = path.read_text(encoding="utf-8"), path.name[0]
    questions = re.findall(r"<details markdown=\"1\">\n(.*?)</details>", text, re.DOTALL)
    assert questions
    assert all("Predict, then step." in each and "```text" in each for each in questions)
    assert f"streams2 learn {number} --write mine.py" in text
    assert f"streams2 learn check {number} mine.py" in text
    assert EXERCISES[int(number) - 1].number == int(number)


def test_it_takes_some_three_quarters_of_an_hour():
    """At 160 words a minute, and the programs with it."""
    words = sum(len(path.read_text(encoding="utf-8").split()) for path in pages.CHAPTERS)
    assert 30 <= words / 160 <= 50
    table = (pages.LEARN / "index.md").read_text(encoding="utf-8")
    assert sum(map(int, re.findall(r"\| (\d+) \|$", table, re.MULTILINE))) == 44


def test_the_figures_are_of_what_runs():
    """If not: python docs/learn/figures.py draws them anew."""
    figures = runpy.run_path(str(pages.LEARN / "figures.py"))["FIGURES"]
    drawn = {path.name: path.read_text(encoding="utf-8") for path in pages.LEARN.glob("*.svg")}
    assert drawn == {name: draw() for name, draw in figures.items()}


def test_each_figure_is_on_a_page_and_says_in_words_what_is_to_be_seen():
    shown = re.findall(
        r"!\[(.+)\]\((\S+\.svg)\)", "".join(path.read_text("utf-8") for path in pages.CHAPTERS)
    )
    assert {name for _, name in shown} == {path.name for path in pages.LEARN.glob("*.svg")}
    assert all(len(words) > 20 for words, _ in shown)


def test_a_figure_is_opened_in_a_laboratory_whose_knobs_are_there():
    """The hooks are read, and not imported: they need MkDocs."""
    tree = ast.parse((pages.LEARN.parent / "hooks.py").read_text(encoding="utf-8"))
    (addresses,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "AT_FIGURE"
    )
    assert addresses.keys() == {path.stem for path in pages.LEARN.glob("*.svg")}
    for name, address in addresses.items():
        if address.startswith("exercise="):
            assert address == f"exercise={name[0]}"
            continue
        turned = {name: int(text) if text.isdigit() else text for name, text in parse_qsl(address)}
        assert vars(Knobs(**turned)).items() >= turned.items()


def test_a_page_that_lies_is_found():
    lie = "```python\nprint(1)\n```\n\n```text\n2\n```\n"
    assert pages.run(lie) == lie.replace("2", "1")
    silent = "```python\nx = 1\n```\n\n```text\n2\n```\n"
    assert pages.run(silent) != silent
