from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument

from chatapp.ui import document, lexing, look, markdown
from chatapp.ui.markdown import Block, Splitter, blocks
from chatapp.ui.paper import Paper, plain_text
from tests.conftest import BUSY, SHARED

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

SPEC = SHARED / "data" / "commonmark" / "spec.txt"
MIXED = """# Title

Some **bold** text
and `code`.

- one

  still one
- two
  1. inner

     ```python
     x = 1

     y = 2
     ```

| a | b |
|---|--:|
| 1 | 2 |

> quoted
> > twice

```python
def f():

    return 1
```
after
***
[link][ref] and ![picture](https://example.com/a.png)

[ref]: https://example.com "title"
"""
FRAGMENTS = st.sampled_from(
    [
        *("\n", "\n\n", " ", "    ", "\t", "- ", "1. ", "2) ", "> ", "# ", "```", "```py\n"),
        *("~~~", "`", "*", "**", "_", "~~", "[", "](", ")", "![", "[a]: /u\n", "| a | b |\n"),
        *("|--|--|\n", "---\n", "===\n", "<b>", "\\", "&amp;", "漢字", "かな。", "word", "\r\n"),
    ]
)


class Words(HTMLParser):
    """The text of an HTML page, with the descriptions of its pictures."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.feed(page)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.text += dict(attrs).get("alt") or ""


def seen(text: str) -> str:
    known = markdown.references(text)
    return "\n".join(plain_text(document.render(b, known).document) for b in blocks(text))


def squeezed(text: str) -> str:
    """Without list marks and spaces."""
    return re.sub(r"\s+", "", re.sub(r"(?m)^ *([•◦▪]|\d+\.) ", "", text))


def spec_examples() -> list[tuple[str, str]]:
    if not SPEC.is_file():
        pytest.skip("the CommonMark examples are not beside this checkout")
    pattern = r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$"
    found = re.findall(pattern, SPEC.read_text("utf-8").replace("→", "\t"), re.M | re.S)
    assert len(found) > 600
    return found


def streamed(text: str, size: int) -> list[Block]:
    splitter, done = Splitter(), []
    for at in range(0, len(text), size):
        done += splitter.feed(text[at : at + size])
    return done + splitter.finish()


# -- blocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_pieces_of_any_size_give_the_blocks_of_the_whole(size: int) -> None:
    assert streamed(MIXED, size) == blocks(MIXED)


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS, max_size=30).map("".join), st.integers(1, 5))
def test_pieces_of_any_text_give_the_blocks_of_the_whole(text: str, size: int) -> None:
    assert streamed(text, size) == blocks(text)


def test_blocks_mean_the_same_as_the_whole_text() -> None:
    parser = markdown._parser()
    different = []
    for source, _ in [*spec_examples(), (MIXED, "")]:
        known = markdown.references(source)
        apart = "".join(
            parser.renderer.render(markdown.parse(block, known) or [], parser.options, {})
            for block in blocks(source)
        )
        if apart != parser.render(source):
            different.append(source)
    assert not different


def test_a_fence_is_a_block_of_its_own() -> None:
    sources = [block.source for block in blocks("before\n```py\na\n\nb\n```\nafter\n")]
    assert sources == ["before\n", "```py\na\n\nb\n```\n", "after\n"]


def test_a_list_with_blank_lines_stays_together() -> None:
    assert len(blocks("- a\n\n- b\n\n  more of b\n\n- c\n")) == 1


def test_a_closing_fence_on_its_way_is_not_shown_as_code() -> None:
    splitter = Splitter()
    splitter.feed("```py\nx = 1\n``")
    assert markdown.fenced_code(splitter.tail.source) == "x = 1"


def test_a_long_list_does_not_stay_in_the_tail() -> None:
    splitter = Splitter()
    done = splitter.feed("".join(f"{n}. item {n} of the list\n" for n in range(1000)))
    assert len(done) > 5
    assert len(splitter.tail.source) < 3_000
    assert all(block.continued for block in done[1:])


def test_a_text_without_any_end_is_cut_into_pieces() -> None:
    made = blocks("[" * 100_000)
    assert max(len(block.source) for block in made) <= 8_000
    assert all(block.plain for block in made)


# -- rendering -------------------------------------------------------------------------------------


def test_the_commonmark_examples_have_the_right_text(dressed: QApplication) -> None:
    wrong, exact = [], 0
    for source, page in spec_examples():
        shown = squeezed(seen(source))
        exact += shown == squeezed(Words(page).text)
        raw_as_text = squeezed(Words(markdown._parser().render(source)).text)
        if shown not in {squeezed(Words(page).text), raw_as_text}:
            wrong.append((source, shown))
    assert not wrong
    # The others hold raw HTML, which is text here; how Python itself reads a few of them varies.
    assert exact >= 575


@pytest.mark.parametrize("size", [1, 5])
def test_every_prefix_renders(dressed: QApplication, size: int) -> None:
    splitter = Splitter()
    for at in range(0, len(MIXED), size):
        for block in splitter.feed(MIXED[at : at + size]):
            document.render(block)
        document.render(splitter.tail, coloured=False)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(FRAGMENTS, max_size=40).map("".join))
def test_any_text_renders(dressed: QApplication, text: str) -> None:
    for block in blocks(text):
        document.render(block, markdown.references(text)).document.size()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a **b** *c* ~~d~~ `e`", "a b c d e"),
        ("# A\n\ntext", "A\ntext"),
        ("- a\n- b\n  - c", "• a\n• b\n  ◦ c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- [x] done\n- [ ] open", "☑ done\n☐ open"),
        ("| a | b |\n|--|--|\n| 1 | 2 |", "a\tb\n1\t2"),
        ("```py\na\n\nb\n```", "a\n\nb"),
        ("one\ntwo", "one\ntwo"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("![a cat](https://example.com/cat.png)", "a cat (example.com)"),
        ("![a cat](file:///etc/passwd)", "a cat"),
    ],
)
def test_plain_text_is_what_a_person_sees(dressed: QApplication, source: str, text: str) -> None:
    assert seen(source) == text


def test_link_definitions_reach_other_blocks(dressed: QApplication) -> None:
    assert seen("[a][b] here\n\n[b]: https://example.com\n").strip() == "a here"


@pytest.mark.parametrize(
    "target",
    [
        *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"),
        *("mailto:a@b.c", "//host/share", "\\\\host\\share", "smb://h/s", "qrc:/x", "about:blank"),
        *("java\nscript:x", "http:", "https://", "http:/x", " http ://x", "relative/path", "#top"),
        *("search-ms:x", "ms-msdt:x", "file://h/s", "JAVASCRIPT:x", "http://[bad"),
    ],
)
def test_a_link_that_is_not_for_a_browser_is_no_link(dressed: QApplication, target: str) -> None:
    assert markdown.web_link(target) == ""
    made = document.render(Block(f"[text](<{target}>)"))
    assert "href" not in made.document.toHtml()


@pytest.mark.parametrize("target", ["https://example.com/a?b=c#d", "http://例え.jp/", "HTTP://A.B"])
def test_a_web_address_is_a_link(dressed: QApplication, target: str) -> None:
    assert markdown.web_link(target) == target
    assert "href" in document.render(Block(f"[text](<{target}>)")).document.toHtml()


def test_nothing_is_ever_loaded(dressed: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(Paper, "loadResource", lambda *a: asked.append(a[2]))
    text = "![a](file:///etc/passwd) ![b](https://example.com/x.png) <img src='c.png'>"
    document.render(Block(text)).document.size()
    assert not asked


def test_a_document_refuses_what_its_text_names(dressed: QApplication) -> None:
    paper = Paper(dressed.font())
    kind = QTextDocument.ResourceType.ImageResource.value
    assert paper.resource(kind, QUrl("file:///etc/hostname")) is None


def test_code_is_coloured_by_the_language_that_it_states(dressed: QApplication) -> None:
    inks = dict(lexing.runs("def f(): pass", "python"))
    assert inks["def "] == "code_keyword"
    assert inks["f"] == "code_name"


@pytest.mark.parametrize("language", ["", "no-such-language"])
def test_code_without_a_known_language_is_not_guessed(language: str) -> None:
    assert lexing.runs("def f(): pass", language) == [("def f(): pass", "text")]


@given(st.text(max_size=80), st.sampled_from(["python", "html", "c", "json", "diff", "bash"]))
@settings(max_examples=60, deadline=None)
def test_colouring_never_changes_code(source: str, language: str) -> None:
    assert "".join(text for text, _ in lexing.runs(source, language)) == source


def test_colours_follow_the_scheme(dressed: QApplication) -> None:
    block = Block("```python\ndef f(): pass\n```")
    assert look.LIGHT.code_keyword in document.render(block).document.toHtml()
    look.apply(dressed, "dark")
    assert look.DARK.code_keyword in document.render(block).document.toHtml()


def test_code_knows_its_source_also_inside_a_list(dressed: QApplication) -> None:
    made = document.render(Block("- item\n\n  ```sh\n  ls -l\n  pwd\n  ```\n"))
    assert [(code.language, code.source) for code in made.codes] == [("sh", "ls -l\npwd")]


@pytest.mark.parametrize("depth", [40, 5_000])
@pytest.mark.parametrize("mark", ["> ", "- "])
def test_deep_nesting_is_shown_as_its_source(dressed: QApplication, mark: str, depth: int) -> None:
    text = mark * depth + "end"
    assert seen(text).replace("\n", "").replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "unit",
    ["[", "![", "*a ", "*a_ ", "[a](", "<", "&", "`a``", "**x [", "> ", "- ", "|a", "~", "\\", "#"],
)
def test_a_hostile_text_costs_less_than_a_second(dressed: QApplication, unit: str) -> None:
    for total in (15_000, 200_000):
        text = unit * (total // len(unit))
        began = time.process_time()
        for block in blocks(text):
            made = document.render(block).document
            made.setTextWidth(700)
            made.size()
        assert time.process_time() - began < 1 * BUSY
