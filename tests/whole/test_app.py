"""The real app on a virtual screen: a person's first minutes."""

from __future__ import annotations

import re

from tests.whole.conftest import Person, wait_for

QUESTION = "What does temperature do?"
STORY = "Tell me a short story about a robot."
KANA = re.compile("[ぁ-んァ-ン]")


def growth(person: Person) -> list[str]:
    """The texts of the first answer that were stored before it ended."""
    seen: list[str] = []
    while not (stored := person.answers()) or stored[0][1] is None:
        if stored and stored[0][0] and stored[0][0] not in seen:
            seen.append(stored[0][0])
        wait_for(lambda before=stored: person.answers() != before, "the answer to go on")
    return seen


def test_a_person_chats_stops_moves_a_slider_switches_language_and_comes_back(
    person: Person,
) -> None:
    person.start(DRIVEN_WAIT_S="0.05")
    person.shot("1-empty")

    # typed while the engine still loads: stored at once, answered when it is ready, word by word
    person.send(QUESTION)
    wait_for(lambda: person.messages(), "the question in the store")
    person.shot("2-waiting")
    seen = growth(person)
    text, finish = person.answered()
    assert len(seen) >= 2
    assert all(text.startswith(part) for part in seen)
    assert finish == "stop"
    assert re.search("temperature|random|likel|word|surpris", text)
    wait_for(lambda: person.sees("Send"), "the end")
    person.shot("3-answered")

    # Esc ends an answer and keeps what is there
    person.send(STORY)
    begun = person.growing(2, 20)
    person.shot("4-writing")
    person.key("Escape")
    text, finish = person.answered(2)
    assert finish == "stopped"
    assert text.startswith(begun)
    wait_for(lambda: person.sees("Send"), "the end")
    person.shot("5-stopped")

    # a drag of the slider is kept with the conversation
    person.drag("Temperature", "KnobSlider", 0.1)
    wait_for(lambda: person.changed().get("temperature", 0.7) < 0.29, "the slider")
    person.shot("6-slider")

    # the colours and the language change at once; the model answers in the language of a prompt
    person.click("View")
    person.click("Colours")
    person.click("Dark")
    wait_for(lambda: person.setting("app", "scheme") == "dark", "the colours")
    person.click("View")
    person.click("Language")
    person.where("日本語")
    person.shot("7-menu")
    person.click("日本語")
    wait_for(lambda: not {"File", "View"} & person.reads("entries").keys(), "the language")
    readable = [*person.reads("entries"), *person.reads("labels"), *person.reads("fields")]
    assert sum(bool(KANA.search(text)) for text in readable) > 10
    assert person.reads("titles") == ["ChatApp"]
    person.key("ctrl+n")
    person.where(kind="PromptCard")
    person.shot("8-ja-empty")
    person.click(kind="PromptCard")
    text, finish = person.answered(3)
    assert KANA.search(text)
    assert finish == "stop"
    person.shot("9-ja-answered")

    # and all of it is there next time
    code, _ = person.quit()
    assert code == 0
    before = person.messages()
    person.start("--no-model")
    first, second = person.reads("rows")[1], person.reads("rows")[2]
    assert (KANA.search(first) is None) != (KANA.search(second) is None)
    assert person.setting("app", "language") == "ja"
    assert text in person.transcript()
    person.shot("10-reopened")
    assert person.quit()[0] == 0
    assert person.messages() == before


def test_the_stop_button_ends_an_answer_and_keeps_its_text(person: Person) -> None:
    person.start(DRIVEN_WAIT_S="0.05")
    person.send(STORY)
    begun = person.growing(1, 10)
    person.click("Stop")
    text, finish = person.answered()
    assert finish == "stopped"
    assert text.startswith(begun)
    assert person.quit()[0] == 0
