"""Conversations to and from files: round trips, other programs' exports, and broken files."""

from __future__ import annotations

import io
import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatapp import dialects, exchange, parcel, record_json, record_markdown
from chatapp.chat import Choice, Manner, Origin, Stats, Token, UserError, clean
from chatapp.record import LeftOut, Node, Record, chain, without_thoughts
from chatapp.store import Store

TOKENS = (
    Token("a", 1, 0.5, (Choice("a", 1, 0.5), Choice("<|end|>", 2, 0.25, True)), ((0.01, 25.0),)),
)
STATS = Stats(12, 4, 30, 0.25, 1.5, 7, 8192, tokens=TOKENS)
ORIGIN = Origin("tiny", "", "CPU", "float32", "fused", (("seed", 7),), (("torch", "2.13"),))
TALK = Record(
    "Ships",
    (
        Node("user", "Which ships?", None, 100.0),
        Node("assistant", "<think>Hm.</think>\n\nTwo.", 0, 101.0, "stop", STATS, ORIGIN, "tiny"),
        Node("assistant", "Three.", 0, 102.0, "stopped", None, None, "tiny", True, -1),
        Node("user", "Why?", 2, 103.0),
    ),
    3, 100.0, 103.0, True, Manner("Be brief.", "Precise", (("temperature", 0.5),)),
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8"), max_size=60).map(clean)
LINES = st.lists(
    st.sampled_from(["## User", "\\## User", "# a", "\\# a", "", "  x", "```", "## Assistant "])
    | TEXTS,
    max_size=6,
).map("\n".join)


def written(records: list[Record], form: str, thoughts: bool = True) -> str:
    return "".join(exchange.pieces(records, form, thoughts))


def found(tmp_path: Path, content: str | bytes, form: str = "", name: str = "f") -> exchange.Offer:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return exchange.offer(exchange.read(path, form))


def said(record: Record) -> list[tuple[str, str]]:
    return [(node.role, node.text) for node in record.branch()]


def archive(**members: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "."), text)
    return made.getvalue()


def test_an_archive_of_too_many_files_is_refused_before_its_list_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = archive(**{f"{n}__json": "" for n in range(9)}, conversations__json="[]")
    # Whatever the record at the end says of their number.
    lying = raw[:-14] + b"\x01\x00\x01\x00" + raw[-10:]
    monkeypatch.setattr(parcel, "MOST_MEMBERS", 8)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    for content in (raw, lying):
        (tmp_path / "a.zip").write_bytes(content)
        with pytest.raises(UserError, match=r"a\.zip holds more than 8 files\."):
            list(parcel.sheets(tmp_path / "a.zip"))


# -- round trips ----------------------------------------------------------------------------------


@st.composite
def records(draw: st.DrawFn) -> Record:
    nodes = []
    for place in range(draw(st.integers(0, 6))):
        role = draw(st.sampled_from(["user", "assistant"]))
        parent = draw(st.none() | st.integers(0, place - 1)) if place else None
        nodes.append(Node(role, draw(TEXTS), parent, draw(st.floats(0, 1e9)),
                          draw(st.none() | st.just("length")), draw(st.none() | st.just(STATS)),
                          draw(st.none() | st.just(ORIGIN)), "m", draw(st.booleans()),
                          draw(st.integers(-1, 1))))  # fmt: skip
    leaf = draw(st.integers(0, len(nodes) - 1)) if nodes else None
    manner = Manner(draw(TEXTS), "Precise", (("temperature", 0.5),))
    return Record("A title", tuple(nodes), leaf, 1.5, 2.5, draw(st.booleans()), manner)


@given(st.lists(records(), max_size=3))
def test_chatapp_json_gives_back_every_version_knob_and_figure(before: list[Record]) -> None:
    text = written(before, "json")
    values = json.loads(text)
    assert values["version"] == record_json.VERSION
    assert [record_json.record(each) for each in values["conversations"]] == before


@given(st.lists(LINES, min_size=1, max_size=5), st.booleans())
def test_markdown_gives_back_the_words(texts: list[str], prompted: bool) -> None:
    roles = ["system"] * prompted + ["user", "assistant"] * len(texts)
    nodes = [Node(role, text) for role, text in zip(roles, texts, strict=False)]
    before = [chain("A title", nodes), chain("Another", [Node("user", "x")])]
    after = record_markdown.records(written(before, "markdown"))
    told = [words(record) for record in after]
    assert [each for each in told if each] == [w for w in map(words, before) if w]


def words(record: Record) -> list[tuple[str, str]]:
    """What is said, without blank lines around it and with one kind of line end."""
    lines = [(role, text.replace("\r\n", "\n").replace("\r", "\n"))
             for role, text in record_markdown.spoken(record)]  # fmt: skip
    trimmed = [(role, record_markdown._trimmed(text)) for role, text in lines]
    return [each for each in trimmed if each != ("system", "")]


def test_a_conversation_comes_back_from_the_chat_file_as_it_went_in(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.sqlite3")
    number = store.adopt(TALK).conversation
    assert store.record(number) == TALK
    assert [m.text for m in store.thread(number)] == ["Which ships?", "Three.", "Why?"]
    store.close()


def test_openai_lines_give_back_the_open_branch(tmp_path: Path) -> None:
    offer = found(tmp_path, written([TALK], "openai"))
    assert said(offer.records[0]) == said(TALK)
    assert offer.records[0].manner.system == "Be brief."
    assert (offer.problems, offer.messages) == ((), 3)


# -- what is written ------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(exchange.OUT))
def test_reasoning_is_left_out_unless_it_is_asked_for(form: str) -> None:
    talk = Record("t", TALK.nodes[:2], 1)
    assert "Hm." in written([talk], form, thoughts=True)
    told = written([talk], form, thoughts=False)
    assert "Two." in told
    assert "Hm." not in told


def test_the_single_tokens_would_tell_the_reasoning_too() -> None:
    stats = without_thoughts(TALK).nodes[1].stats
    assert stats is not None
    assert stats.tokens == ()


def test_a_page_holds_no_script_and_fetches_nothing() -> None:
    evil = (
        "<script>alert(1)</script> <img src=x onerror=alert(1)> ![p](https://a.example/t.png) "
        "[l](javascript:alert(1)) [w](https://b.example/) [d](data:text/html,x) "
        "[q](https://c.example/\"onclick=alert(1))\n\n<iframe src='https://d.example'></iframe>\n"
    )
    talk = chain(evil, [Node("system", evil), Node("user", evil),
                        Node("assistant", evil, model=evil)])  # fmt: skip
    page = written([talk], "html")
    tags: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            tags.append((tag, dict(attrs)))

    Reader().feed(page)
    assert not {tag for tag, _ in tags} & {"script", "img", "iframe", "link", "object", "svg"}
    assert not [name for _, given in tags for name in given if name.startswith("on")]
    links = [given["href"] for tag, given in tags if tag == "a"]
    assert links == ["https://b.example/", "https://c.example/%22onclick=alert(1)"]
    assert "default-src 'none'" in page


def test_an_answer_nested_beyond_measure_is_shown_as_it_is() -> None:
    page = written([chain("t", [Node("user", "q"), Node("assistant", "> " * 50_000 + "deep")])],
                   "html")  # fmt: skip
    assert "&gt; &gt; " in page
    assert "deep" in page


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("old")

    def broken() -> Any:
        yield "new"
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match="No space left"):
        exchange.save(path, broken())
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == ["out.md"]


# -- other programs' exports ----------------------------------------------------------------------


def node(name: str, parent: str | None, role: str, *parts: Any, **more: Any) -> dict[str, Any]:
    content = {"content_type": more.pop("kind", "text"), "parts": list(parts)}
    message = {"author": {"role": role}, "content": content, **more}
    return {name: {"id": name, "parent": parent, "message": message, "children": []}}


def chatgpt_graph(current: str) -> dict[str, Any]:
    hidden = {"is_visually_hidden_from_conversation": True}
    mapping = {
        "root": {"id": "root", "message": None, "parent": None, "children": ["s"]},
        **node("s", "root", "system", "", metadata=hidden),
        **node("q", "s", "user", "Which ships?", create_time=10.0),
        **node("a1", "q", "assistant", "Two.", create_time=11.0, metadata={"model_slug": "m-1"}),
        **node("t", "q", "assistant", "search()", kind="thoughts", create_time=12.0),
        **node("tool", "t", "tool", "found", create_time=13.0),
        **node("a2", "tool", "assistant", "Three.", {"asset_pointer": "x"}, create_time=14.0,
               kind="multimodal_text"),
        **node("q2", "a2", "user", "Why?\ud83d\x00", create_time=15.0),
    }  # fmt: skip
    return {"title": "Ships", "create_time": 10.5, "update_time": 16.0, "mapping": mapping,
            "current_node": current}  # fmt: skip


def test_a_chatgpt_export_keeps_its_branches_and_the_open_one(tmp_path: Path) -> None:
    raw = archive(
        chat__html="<script>x</script>",
        conversations__json=json.dumps([chatgpt_graph("q2"), chatgpt_graph("a1")]),
        message_feedback__json="[]",
    )
    offer = found(tmp_path, raw)
    first, second = offer.records
    assert said(first) == [("user", "Which ships?"), ("assistant", "Three."),
                           ("user", "Why?\ufffd\ufffd")]  # fmt: skip
    assert said(second) == [("user", "Which ships?"), ("assistant", "Two.")]
    assert first.nodes[1].model == "m-1"
    assert (first.title, first.created, first.updated) == ("Ships", 10.5, 16.0)
    assert [str(problem).split()[0] for problem in offer.problems] == ["2"]  # two pictures


def test_numbered_conversation_files_of_an_archive_are_all_read(tmp_path: Path) -> None:
    raw = archive(**{
        "data/conversations-000__json": json.dumps([chatgpt_graph("q2")]),
        "data/conversations-001__json": json.dumps([chatgpt_graph("a1")]),
    })  # fmt: skip
    assert len(found(tmp_path, raw).records) == 2


def test_a_graph_that_runs_in_a_circle_is_named_and_ends(tmp_path: Path) -> None:
    graph = chatgpt_graph("q2")
    graph["mapping"] = {**node("a", "b", "user", "x"), **node("b", "a", "assistant", "y")}
    offer = found(tmp_path, json.dumps([graph, chatgpt_graph("a1")]))
    assert [r.title for r in offer.records] == ["Ships"]
    assert "Entry 1 has no messages" in str(offer.problems[0])


def test_a_claude_export_is_read_with_its_dates_and_branches(tmp_path: Path) -> None:
    def row(uuid: str, parent: str, sender: str, text: str) -> dict[str, Any]:
        content = [{"type": "thinking", "thinking": "secret"}, {"type": "text", "text": text}]
        return {"uuid": uuid, "parent_message_uuid": parent, "sender": sender, "text": "",
                "content": content, "created_at": "2025-03-01T12:00:00.5Z"}  # fmt: skip

    root = "00000000-0000-4000-8000-000000000000"
    talk = {
        "name": "Haiku", "created_at": "2025-03-01T11:00:00Z", "updated_at": "nonsense",
        "chat_messages": [
            row("1", root, "human", "Write one."),
            row("2", "1", "assistant", "An old pond"),
            row("3", "1", "assistant", "A frog"),
            row("4", "3", "human", "More"),
        ],
    }  # fmt: skip
    record = found(tmp_path, json.dumps([talk])).records[0]
    assert said(record) == [("user", "Write one."), ("assistant", "A frog"), ("user", "More")]
    assert [n.parent for n in record.nodes] == [None, 0, 0, 2]
    assert (record.title, record.created, record.updated) == ("Haiku", 1740826800.0, 0.0)
    assert record.nodes[0].created == 1740830400.5
    assert "secret" not in str(record)


def test_a_claude_export_without_parents_is_one_branch(tmp_path: Path) -> None:
    talk = {"chat_messages": [{"sender": "human", "text": "hi", "attachments": [{}]},
                              {"sender": "assistant", "text": "hello"}]}  # fmt: skip
    offer = found(tmp_path, json.dumps(talk))
    assert said(offer.records[0]) == [("user", "hi"), ("assistant", "hello")]
    assert offer.records[0].title == "hi"
    assert len(offer.problems) == 1


def test_sharegpt_and_openai_are_told_apart(tmp_path: Path) -> None:
    rows = [
        {"id": "x", "conversations": [{"from": "human", "value": "q"},
                                      {"from": "gpt", "value": "a"}]},
        {"messages": [{"role": "developer", "content": "s"},
                      {"role": "user", "content": [{"type": "text", "text": "q2"},
                                                   {"type": "image_url", "image_url": {}}]},
                      {"role": "tool", "content": "t"}]},
    ]  # fmt: skip
    offer = found(tmp_path, json.dumps(rows))
    assert [said(r) for r in offer.records] == [[("user", "q"), ("assistant", "a")],
                                                [("user", "q2")]]  # fmt: skip
    assert offer.records[1].manner.system == "s"
    assert offer.problems[0].values["count"] == 2


def test_a_list_of_messages_alone_is_one_conversation(tmp_path: Path) -> None:
    rows = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert len(found(tmp_path, json.dumps(rows)).records) == 1


# -- broken files ---------------------------------------------------------------------------------


def test_of_a_file_that_was_cut_off_the_whole_conversations_are_offered(tmp_path: Path) -> None:
    text = written([TALK, TALK, TALK], "json")
    offer = found(tmp_path, text[: len(text) * 3 // 4])
    assert offer.records == (TALK, TALK)
    assert [str(p) for p in offer.problems] == [
        "Entry 3 is damaged; it and what follows cannot be read. The rest can be imported."
    ]


def test_every_cut_of_every_form_is_read_without_an_error(tmp_path: Path) -> None:
    for form in ("json", "openai", "markdown"):
        text = written([TALK, TALK], form)
        for end in range(1, len(text), 7):
            offer = found(tmp_path, text[:end])
            assert len(offer.records) <= 2


def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    good = '{"messages": [{"role": "user", "content": "q"}]}'
    offer = found(tmp_path, f'{good}\n\n{{"messages": [broken\n{{"messages": 7}}\n{good}')
    assert len(offer.records) == 2
    assert [str(p).split(". ")[0] for p in offer.problems] == [
        "Line 3 is not JSON",
        "Entry 4 has no messages that can be read",
    ]


@pytest.mark.parametrize("text", ["{good}\nbroken\n{good}", "\n {good}\n[]\n{good}\n"])
def test_a_bad_second_line_does_not_hide_that_there_are_lines(tmp_path: Path, text: str) -> None:
    good = '{"messages": [{"role": "user", "content": "q"}]}'
    offer = found(tmp_path, text.replace("{good}", good))
    assert (len(offer.records), len(offer.problems)) == (2, 1)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '[{"mapping": ' + "[" * 100_000,
        '{"chat_messages": ' * 3000,
        '[{"messages": [{"role": "user", "content": ' + "9" * 5000 + "}]}]",
        '[{"mapping": {"a": 1, "b": {"message": {"content": []}}}}]',
        '[{"mapping": {"a": {"message": {"content": {"content_type": [1]}}}}}]',
        '[{"chat_messages": [1, {"sender": 3}, {"sender": "human", "text": 4}]}]',
        '[{"conversations": [{"from": {}, "value": {}}]}, 7, null, "x"]',
        '{"format": "chatapp-chats", "version": 1, "conversations": [{"messages": [{"role": 1}]}]}',
        '{"format": "chatapp-chats", "version": 1, "conversations": [7, {"messages": 1}]}',
        '{"format": "chatapp-chats", "version": 1}',
        "no chat at all",
        "\x00\x00\x00",
        "[]",
        "{}",
        "{",
    ],
)
def test_what_is_no_conversation_is_named_not_raised(tmp_path: Path, text: str) -> None:
    offer = found(tmp_path, text)
    assert offer.records == ()
    assert offer.problems or text == "[]"
    for problem in offer.problems:
        assert "{" not in str(problem)


def test_values_of_a_file_of_ours_that_no_program_of_ours_wrote_are_left_out() -> None:
    record = record_json.record(
        {
            "title": ["x"], "leaf": 99, "created": float("nan"), "updated": 1e300,
            "knobs": {"temperature": 99, "top_p": 0.5, "nonsense": {}}, "adapter": "/etc/passwd",
            "messages": [{"role": "user", "text": 7, "rating": 5, "stats": {"seed": []},
                          "origin": {"path": "/evil"}, "finish": "exploded"}],
        }
    )  # fmt: skip
    assert record == Record("", (Node("user", ""),), 0, manner=Manner(knobs=(("top_p", 0.5),)))


def test_a_file_may_not_say_from_where_a_model_is_loaded() -> None:
    values = {"messages": [{"role": "assistant", "text": "x", "origin":
              {"model": "m", "path": "/evil", "device": "", "dtype": "", "rung": "",
               "knobs": [], "versions": []}}]}  # fmt: skip
    made = record_json.record(values).nodes[0].origin
    assert made is not None
    assert made.path == ""


def test_a_message_that_answers_a_later_one_is_refused(tmp_path: Path) -> None:
    text = written([TALK], "json").replace('"parent": 0', '"parent": 3', 1)
    offer = found(tmp_path, text)
    assert str(offer.problems[0]).startswith("Message 2 of entry 1 answers none before it.")


def test_a_newer_version_is_told(tmp_path: Path) -> None:
    text = written([TALK], "json").replace('"version": 1', '"version": 2', 1)
    with pytest.raises(UserError, match="newer ChatApp"):
        found(tmp_path, text)


def test_an_archive_is_read_within_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcel, "LARGEST", 3000)
    raw = archive(**{
        "../../evil/conversations-0__json": json.dumps([chatgpt_graph("q2")]),
        "conversations-1__json": " " * 100_000,
        "conversations-2__json": json.dumps([chatgpt_graph("q2")]),
    })  # fmt: skip
    offer = found(tmp_path, raw)
    assert len(offer.records) == 1
    assert "too large" in str(offer.problems[0])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["f", "home"]


def test_a_damaged_archive_is_told_in_a_sentence(tmp_path: Path) -> None:
    whole = archive(conversations__json=json.dumps([chatgpt_graph("q2")] * 50))
    for end in range(4, len(whole), 97):
        with pytest.raises(UserError):
            found(tmp_path, whole[:end])
    for place in range(0, len(whole), 13):
        raw = bytearray(whole)
        raw[place] ^= 0xFF
        try:
            found(tmp_path, bytes(raw))
        except UserError:
            continue


def test_a_large_text_of_nothing_but_brackets_is_not_parsed(tmp_path: Path) -> None:
    offer = found(tmp_path, b"[" + b"[]," * 2_000_000 + b"[]]")
    assert "too many values" in str(offer.problems[0])


def test_other_codings_are_read_and_spoilt_characters_told(tmp_path: Path) -> None:
    line = '{"messages": [{"role": "user", "content": "天気"}]}'
    for coding in ("utf-8-sig", "utf-16"):
        assert said(found(tmp_path, line.encode(coding)).records[0]) == [("user", "天気")]
    offer = found(tmp_path, line.encode("shift-jis"))
    assert len(offer.records) == 1
    assert "cannot be read" in str(offer.problems[0])


def test_an_empty_file_a_folder_and_a_missing_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="empty"):
        found(tmp_path, "")
    for name in ("home", "missing"):
        with pytest.raises(UserError, match="cannot be read"):
            list(exchange.read(tmp_path / name))


def test_a_file_by_hand_needs_only_the_headings(tmp_path: Path) -> None:
    offer = found(tmp_path, "Notes\n## User\nhi\n## Assistant\n\nhello\n# Sum\n", name="n.md")
    assert said(offer.records[0]) == [("user", "hi"), ("assistant", "hello\n# Sum")]


@pytest.mark.parametrize("form", exchange.IN)
def test_a_form_that_is_named_is_not_guessed(tmp_path: Path, form: str) -> None:
    offer = found(tmp_path, '{"a": 1}', form)
    assert (offer.records, len(offer.problems)) == ((), 1)


def test_each_dialect_is_known_by_one_sign() -> None:
    assert set(dialects.SIGNS.values()) == set(dialects.READERS)


def test_a_problem_is_an_error_for_people() -> None:
    assert isinstance(LeftOut("{file} x.", file="a"), UserError)
