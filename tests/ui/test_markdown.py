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
from chatapp.ui.part import Growth
from tests.conftest import BUSY, SHARED

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def test_a_long_table_goes_on_in_further_blocks_with_the_same_columns() -> None:
    rows = "".join(f"| {n} | a longer text {n} |\n" for n in range(1000))
    made = blocks("| n | text |\n|--|--|\n" + rows + "\nafter")
    table = made[:-1]
    assert len(table) > 4
    assert {block.table for block in table[1:]} == {"| n | text |\n|--|--|\n"}
    assert len({block.shares for block in table}) == 1
    assert made[-1] == Block("after\n")


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


def prefixes_render(text: str, cuts: Sequence[int]) -> None:
    """Each state on the way can be drawn, and the last one is the one-shot's."""
    growth, at = Growth("markdown"), 0
    for cut in [*cuts, len(text)]:
        growth.feed(text[at:cut])
        at = cut
        for part in growth.parts:
            part.rendered = part.rendered or part.render_aside({})
    growth.finish()
    assert [part.block for part in growth.parts] == blocks(text)
    for part in growth.parts:
        whole = document.render(part.block)
        shown = part.rendered or part.render_aside({})
        assert plain_text(shown.document) == plain_text(whole.document)


def test_a_sample_of_prefixes_of_the_examples_renders(dressed: QApplication) -> None:
    for number, (source, _) in enumerate(spec_examples()[::4]):
        prefixes_render(source, range(1 + number % 3, len(source), 7))


@pytest.mark.full
def test_every_prefix_of_every_example_renders(dressed: QApplication) -> None:
    for source, _ in [*spec_examples(), (MIXED, "")]:
        prefixes_render(source, range(1, len(source)))


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
        ("![a](data:image/png;base64,AAAA)", "a"),
        ("a | b\n:-:|--\n`1` | ~~2~~\n", "a\tb\n1\t2"),
        ("| a |\n|--|\n| b \\| c |", "a\nb | c"),
        (r"so \(a_1 + b_1\) and \[x\] end", r"so \(a_1 + b_1\) and \[x\] end"),
        ("mass $E = mc^2$ and $x$.", "mass $E = mc^2$ and $x$."),
        ("$$\na *b*\n+ c *d*\n$$\n", "$$\na *b*\n+ c *d*\n$$"),
        ("it costs $5 and *not* $10", "it costs $5 and not $10"),
        ("値段は$5、*次*は$x^2$です", "値段は$5、次は$x^2$です"),
        ("| a |\n|--|\n| 1 | 2 |\n\nend", "a\n1\nend"),
    ],
)
def test_plain_text_is_what_a_person_sees(dressed: QApplication, source: str, text: str) -> None:
    assert seen(source) == text


def test_a_formula_is_shown_as_code(dressed: QApplication) -> None:
    made = document.render(Block(r"so \(a_1 + *b*\) is"))
    assert made.chips == [(3, 16)]
    block = document.render(Block("\\[\nx = a\n- b\n\\]\n"))
    assert [code.source for code in block.codes] == ["\\[\nx = a\n- b\n\\]"]


def test_link_definitions_reach_other_blocks(dressed: QApplication) -> None:
    assert seen("[a][b] here\n\n[b]: https://example.com\n").strip() == "a here"


DANGEROUS = [
    *("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"),
    *("mailto:a@b.c", "//host/share", "\\\\host\\share", "smb://h/s", "qrc:/x", "about:blank"),
    *("java\nscript:x", "http:", "https://", "http:/x", " http ://x", "relative/path", "#top"),
    *("search-ms:x", "ms-msdt:x", "file://h/s", "JAVASCRIPT:x", "http://[bad"),
    *("http://example.com@evil.test/", "http://%65vil.test", "calculator://", "ftp://a/b"),
    *("view-source:http://a.b", "blob:http://a.b", "tel:1"),
    *("javascript://example.com/%0aalert(1)", "java\tscript:x", "\x01javascript:x", "jar:http://a"),
    *("data:image/svg+xml;base64,PHN2Zz4=", "FILE:///C:/x", "file:\\\\h\\s", "\\\\?\\C:\\x"),
    *("C:\\Windows\\x.exe", "c:/x", "ms-word:ofe|u|http://a", "ms-settings:x", "shell:startup"),
    *("ldap://a/b", "ssh://a", "sftp://a/b", "telnet://a", "gopher://a", "nfs://a/b", "dav://a/b"),
    *("chrome://settings", "x-apple-helpbasic:x", "itms-services://x", "steam://run/1"),
    *("vscode://a", "intent://a#Intent;end", "market://a", "app-img:x", "ws://a.b", "wss://a.b"),
    *("http://user:pass@a.b/", "https://a.b@c.d", "http:///a", "http://:80", "https:a.b"),
    *("httpx://a.b", "http\u200b://a.b", "\u202ehttp://a.b", "ht\u0442p://a.b", "hxxp://a.b", ":"),
]


@pytest.mark.parametrize("target", DANGEROUS)
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


@pytest.mark.parametrize("control", [chr(code) for code in (*range(0x202A, 0x202F), 0x2066)])
def test_no_text_can_reorder_what_stands_around_it(dressed: QApplication, control: str) -> None:
    entity = f"&#x{ord(control):x};"
    text = f"a{control}b `c{control}d` {entity} ![x{entity}](y) [l{entity}](http://a.b)\n\n"
    text += f"```p{entity}\n{control}code\n```\n"
    for block in blocks(text):
        made = document.render(block)
        assert control not in made.document.toPlainText()
        assert not any(control in code.language for code in made.codes)


def test_letters_written_from_the_right_stay_as_they_are(dressed: QApplication) -> None:
    assert seen("שלום \u200fعالم") == "שלום \u200fعالم"


def test_wide_code_slides_and_is_not_broken(dressed: QApplication) -> None:
    made = document.render(Block("```py\n" + "x = 1; " * 100 + "\n```\n"))
    made.fit(400)
    assert made.span > 2_000
    assert made.document.findBlockByNumber(0).layout().lineCount() == 1


def test_code_in_a_list_is_broken_to_fit(dressed: QApplication) -> None:
    made = document.render(Block("- a\n\n  ```\n  " + "word " * 100 + "\n  ```\n"))
    made.fit(400)
    assert made.document.size().width() <= 400


def test_an_endless_line_of_code_keeps_its_text(dressed: QApplication) -> None:
    made = document.render(Block("```py\n" + "x" * 9_000 + "\ny\n```\n"))
    assert plain_text(made.document) == "x" * 9_000 + "\ny"
    assert made.codes[0].source == "x" * 9_000 + "\ny"


def test_a_table_of_many_columns_slides(dressed: QApplication) -> None:
    columns = 12
    made = document.render(
        Block("|" + "name|" * columns + "\n|" + "-|" * columns + "\n|" + "some words|" * columns)
    )
    made.fit(400)
    assert 400 < made.span <= columns * 200


def test_a_table_with_long_text_breaks_it_before_it_slides(dressed: QApplication) -> None:
    made = document.render(Block("|a|b|\n|-|-|\n|" + "word " * 200 + "|b|"))
    made.fit(700)
    assert made.span == 700


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
        assert cost(unit * (total // len(unit))) < 1 * BUSY


def cost(text: str) -> float:
    """Seconds of processor time until the whole text is laid out."""
    began = time.process_time()
    known = markdown.references(text)
    for block in blocks(text):
        made = document.render(block, known)
        made.fit(700)
        made.document.size()
    return time.process_time() - began


HOSTILE = {
    "quotes": ">" * 50_000 + " a",
    "stairs of quotes": "\n".join(">" * depth + " a" for depth in range(1, 300)),
    "backticks": "`" * 100_000,
    "growing runs of backticks": " ".join("`" * size for size in range(1, 450)),
    "brackets": "[" * 50_000 + "]" * 50_000,
    "pairs of brackets": "[]" * 50_000,
    "a deep list": "\n".join("  " * depth + "- a" for depth in range(300)),
    "a long line": "a" * 1_000_000,
    "a long line of code": "```\n" + "x" * 500_000 + "\n```\n",
    "many lines of code": "```python\n" + "x = 1\n" * 50_000 + "```\n",
    "a long table": "|a|b|c|d|\n|-|-|-|-|\n" + "|1|2|3|4|\n" * 1_500,
    "a wide table": "|" + "a|" * 2000 + "\n|" + "-|" * 2000 + "\n" + ("|" + "1|" * 2000 + "\n") * 3,
    "a square table": "|" + "a|" * 100 + "\n|" + "-|" * 100 + "\n" + ("|" + "1|" * 100 + "\n") * 70,
    "one long paragraph": "a\n" * 20_000 + "===",
    "a lazy quote": "> a\n" + "b\n" * 30_000,
    "link definitions": "".join(f"[r{n}]: http://a.b\n" for n in range(5_000)),
    "open tags": "<a " * 30_000,
    "open formulas": "\\\\(" * 50_000,
    "dollars": "$a " * 40_000,
    "marks upon marks": "a" + "\u0301" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_named_hostile_text_costs_less_than_a_second(dressed: QApplication, name: str) -> None:
    assert cost(HOSTILE[name]) < 1 * BUSY
