"""A whole reply: the same tokens as transformers' own greedy decoding, reuse, stop, limits."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp.chat import Answered, Done, Message, Progress, Request, Text, UserError
from chatapp.engine.local import Local
from chatapp.overflow import overflow_of
from chatapp.settings import Sampling
from tests.engine.conftest import make_model, make_tokenizer, open_local

GREEDY = Sampling(temperature=0.0, max_new_tokens=40, when_full="forget")


def request(*texts: str, sampling: Sampling = GREEDY, complete: bool = False) -> Request:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], text) for i, text in enumerate(texts))
    return Request(messages, sampling, complete)


def answer(local: Local, asked: Request) -> tuple[str, Done]:
    events = list(local.stream(asked))
    assert isinstance(events[-1], Done)
    return "".join(e.text for e in events if isinstance(e, Text)), events[-1]


def reference(folder: Path, ids: list[int], count: int) -> list[int]:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    out = model.generate(
        torch.tensor([ids]), max_new_tokens=count, do_sample=False, pad_token_id=256
    )
    return out[0, len(ids) :].tolist()


def decoded(local: Local, ids: list[int], count: int) -> list[int]:
    with torch.inference_mode():
        kept = local.decoder.resume(ids)
        list(local.decoder.prefill(ids, kept))
        return [picks[0].token for picks in local.decoder.decode(GREEDY, ids, count)]


def test_the_tokens_are_those_of_greedy_generate(any_folder: Path) -> None:
    local = open_local(any_folder)
    ids = local.prompt.ids(request("Tell me a story, please.").messages)
    expected = reference(any_folder, ids, 64)
    assert decoded(local, ids, 64)[: len(expected)] == expected


def test_stories_continue_as_the_reference_says(stories: Path) -> None:
    local = open_local(stories)
    asked = request(
        "Once upon a time", sampling=Sampling(temperature=0, max_new_tokens=60), complete=True
    )
    text, done = answer(local, asked)
    assert text.startswith(
        ", there was a little girl named Lily. She loved to play outside in the park. One day, "
        "she saw a big, red ball. She wanted to play with it, but it was too high."
    )
    assert done.finish == "length"


def test_stories_have_the_tokens_of_greedy_generate(stories: Path) -> None:
    local = open_local(stories)
    ids = local.prompt.ids(request("Once upon a time").messages, complete=True)
    assert decoded(local, ids, 60) == reference(stories, ids, 60)


def test_a_second_turn_reads_only_what_is_new(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    text, first = answer(local, request("Tell me about kana."))
    _, second = answer(local, request("Tell me about kana.", text, "More."))
    assert first.stats.reused_tokens == 0
    assert second.stats.reused_tokens >= first.stats.prompt_tokens


def test_reuse_gives_the_same_answer_as_from_scratch(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    text, _ = answer(warm, request("Tell me about kana."))
    turn = request("Tell me about kana.", text, "And about kanji?")
    assert answer(warm, turn)[0] == answer(cold, turn)[0]


def test_a_stopped_answer_leaves_the_next_one_right(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    events = warm.stream(request("Tell me about kana."))
    for _ in range(6):
        next(events)
    events.close()
    turn = request("Tell me about kana.", "Some", "And about kanji?")
    assert answer(warm, turn)[0] == answer(cold, turn)[0]


def test_a_stop_inside_the_prompt_keeps_what_was_read(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    long = "word " * 80
    events = local.stream(request(long))
    progress = next(events)
    assert isinstance(progress, Progress)
    events.close()
    _, done = answer(local, request(long))
    assert done.stats.reused_tokens == progress.done


def test_the_prefill_tells_its_progress_to_the_end(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = [e for e in local.stream(request("word " * 80)) if isinstance(e, Progress)]
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].done == told[-1].total


def test_one_seed_gives_one_answer(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    asked = request("Hi", sampling=Sampling(seed=4, max_new_tokens=30))
    assert answer(local, asked)[0] == answer(local, asked)[0]


def test_the_length_limit_ends_the_answer(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    _, done = answer(local, request("Hi", sampling=Sampling(temperature=0, max_new_tokens=3)))
    assert (done.finish, done.stats.new_tokens) == ("length", 3)


def test_the_context_ends_the_answer(tmp_path: Path) -> None:
    local = open_local(make_model(tmp_path / "m", max_position_embeddings=300))
    text = "x" * 280
    sampling = Sampling(temperature=0, max_new_tokens=500)
    _, done = answer(local, request(text, sampling=sampling))
    assert done.finish in ("context", "stop")
    assert done.stats.prompt_tokens + done.stats.new_tokens <= 300


def test_the_context_knob_is_a_limit(llama_folder: Path) -> None:
    local = open_local(llama_folder, context_length=256)
    assert local.info.context_length == 256
    with pytest.raises(UserError, match="255 fit"):
        answer(local, request("x" * 300))


def test_a_message_that_does_not_fit_is_told_with_numbers(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    with pytest.raises(UserError, match=r"needs 603 tokens; 511 fit"):
        answer(local, request("x" * 600))


def test_old_turns_are_left_out_in_one_block_and_told(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    turns = ["x" * 60] * 9
    _, done = answer(local, request(*turns))
    assert done.stats.dropped_messages == 6
    assert done.stats.prompt_tokens <= 256


def test_after_a_full_context_the_next_turns_are_not_read_anew(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    turns = ["x" * 60] * 9
    text, full = answer(local, request(*turns))
    turns += [text[:20], "y" * 20]
    _, later = answer(local, request(*turns))
    assert later.stats.dropped_messages == full.stats.dropped_messages == 6
    assert later.stats.reused_tokens >= full.stats.prompt_tokens


def test_another_conversation_is_not_cut_where_the_last_one_was(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    answer(local, request(*["x" * 60] * 9))
    _, done = answer(local, request(*["y" * 80] * 7))
    assert done.stats.dropped_messages == 4


def test_thousands_of_turns_are_not_rendered_one_by_one(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = open_local(llama_folder)
    render, rendered = local.prompt.ids, []

    def counted(messages: tuple[Message, ...], *rest: object) -> list[int]:
        rendered.append(len(messages))
        return render(messages, *rest)

    monkeypatch.setattr(local.prompt, "ids", counted)
    turns = ["x" * 60] * 2001
    assert local.render(request(*turns)).dropped == 1998
    assert len(rendered) < 5
    assert max(rendered) < 200
    answer(local, request(*turns))
    told = local.render(request(*turns, "yes", "more"))
    assert told.dropped == 1998  # what went stays away


def test_a_system_prompt_stays_where_thousands_of_turns_go(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    turns = request(*["x" * 60] * 2001)
    told = local.render(replace(turns, messages=(Message("system", "Kind."), *turns.messages)))
    assert told.text.startswith("<|system|>Kind.<|end|><|user|>")
    assert told.counts[:2] == (5, 0)


def test_a_megabyte_is_refused_with_a_sentence(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    with pytest.raises(UserError, match="fit"):
        answer(local, request("word " * 200_000))


def test_invalid_numbers_become_a_sentence(tmp_path: Path) -> None:
    local = open_local(make_model(tmp_path / "m"))
    with torch.no_grad():
        local.model.get_output_embeddings().weight[0] = torch.nan
    with pytest.raises(UserError, match="invalid numbers"):
        answer(local, request("Hi"))


def test_after_an_error_the_next_answer_is_right(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    forward, calls = warm.decoder._forward.run, []

    def breaks(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 5:
            raise RuntimeError("boom")
        return forward(*args, **kwargs)

    warm.decoder._forward.run = breaks
    with pytest.raises(RuntimeError, match="boom"):
        answer(warm, request("Hi"))
    assert answer(warm, request("Hi"))[0] == answer(cold, request("Hi"))[0]


def test_running_out_of_memory_is_told_and_survived(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    forward = local.decoder._forward.run

    def full(*args: object, **kwargs: object) -> object:
        raise torch.OutOfMemoryError("full")

    local.decoder._forward.run = full
    with pytest.raises(UserError, match="ran out of memory"):
        answer(local, request("Hi"))
    local.decoder._forward.run = forward
    assert answer(local, request("Hi"))[1].stats.new_tokens > 0


def test_inference_mode_does_not_leak_from_the_generator(llama_folder: Path) -> None:
    events = open_local(llama_folder).stream(request("Hi"))
    next(events)
    assert not torch.is_inference_mode_enabled()
    events.close()


def test_a_reply_leaves_no_thread(llama_folder: Path) -> None:
    before = threading.active_count()
    answer(open_local(llama_folder), request("Hi"))
    assert threading.active_count() == before


# -- what a request may ask for -------------------------------------------------------------------


def test_candidates_stream_side_by_side_and_end_each(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    warm = {"temperature": 1.0, "max_new_tokens": 20}
    events = list(local.stream(request("Hi", sampling=Sampling(seed=4, candidates=3, **warm))))
    ended = [event for event in events if isinstance(event, Answered)]
    texts = [
        "".join(e.text for e in events if isinstance(e, Text) and e.row == n) for n in range(3)
    ]
    assert sorted(event.row for event in ended) == [0, 1, 2]
    assert isinstance(events[-1], Done)
    for number in range(3):
        alone = answer(local, request("Hi", sampling=Sampling(seed=4 + number, **warm)))
        assert texts[number] == alone[0]


def test_a_candidate_that_is_halted_ends_and_the_others_write_the_same(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    asked = request("Hi", sampling=Sampling(seed=4, candidates=3, temperature=1, max_new_tokens=20))

    def written(halt_after: int) -> tuple[list[str], dict[int, Answered]]:
        halted: set[int] = set()
        texts, ended = ["", "", ""], {}
        for event in local.stream(asked, halted):
            match event:
                case Text(text, row):
                    texts[row] += text
                    if row == 1 and len(texts[1]) >= halt_after:
                        halted.add(1)
                case Answered(row):
                    ended[row] = event
        return texts, ended

    whole, _ = written(1000)
    texts, ended = written(1)
    assert ended[1].finish == "stopped"
    assert ended[1].stats.new_tokens < 20
    assert len(texts[1]) < len(whole[1])
    assert whole[1].startswith(texts[1])
    assert (texts[0], texts[2]) == (whole[0], whole[2])
    assert {ended[0].finish, ended[2].finish} <= {"length", "stop"}


def test_candidates_without_chance_would_be_equal_and_are_one(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    asked = request("Hi", sampling=Sampling(temperature=0, max_new_tokens=5, candidates=4))
    assert {event.row for event in local.stream(asked) if isinstance(event, Text)} <= {0}


def test_a_stop_string_ends_the_answer_and_is_not_shown(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    whole, _ = answer(local, request("Hi", sampling=Sampling(seed=1, max_new_tokens=60)))
    stop = whole[5:8]
    knobs = Sampling(seed=1, max_new_tokens=60, stop_strings=f"never\n{stop}")
    text, done = answer(local, request("Hi", sampling=knobs))
    assert text == whole[: whole.index(stop)]
    assert (done.finish, done.stats.stop_string) == ("stop", stop)


def test_an_answer_is_continued_where_it_ended(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    ids = local.prompt.ids(request("Hi").messages) + make_tokenizer()("Yes, it").input_ids
    expected = local.prompt.detokenizer([])
    whole = "".join(expected.push(token) for token in decoded(local, ids, 40) if token != 256)
    assert answer(local, request("Hi", "Yes, it"))[0].startswith(whole[:20])


def test_regenerate_reads_nothing_again(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    text, first = answer(local, request("Tell me about kana."))
    again, second = answer(local, request("Tell me about kana."))
    assert second.stats.reused_tokens == first.stats.prompt_tokens
    assert again == text


def test_chances_are_told_when_asked_for(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    asked = replace(request("Hi"), alternatives=4)
    text, done = answer(local, asked)
    assert "".join(token.text for token in done.stats.tokens) == text
    assert all(len(token.others) == 4 for token in done.stats.tokens)
    assert all(token.chance == token.others[0].chance for token in done.stats.tokens)  # greedy
    assert all(token.id == token.others[0].id for token in done.stats.tokens)
    assert answer(local, request("Hi"))[1].stats.tokens == ()


def test_a_full_context_can_be_told_instead_of_forgotten(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    knobs = Sampling(temperature=0.0, when_full="stop")
    with pytest.raises(UserError, match="511 fit"):
        answer(local, request(*["x" * 60] * 9, sampling=knobs))


def test_a_full_context_can_be_asked_about(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    turns = ["x" * 60] * 9
    with pytest.raises(UserError, match="511 fit") as caught:
        answer(local, request(*turns, sampling=replace(GREEDY, when_full="ask")))
    overflow = overflow_of(caught.value.event())
    assert overflow is not None
    assert (overflow.needed, overflow.limit, overflow.drops) == (559, 511, 6)
    _, done = answer(local, request(*turns))
    assert (done.stats.dropped_messages, done.stats.prompt_tokens) == (6, overflow.left)


def test_what_cannot_be_forgotten_is_not_asked_about(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    with pytest.raises(UserError, match="This message needs") as caught:
        answer(local, request("x" * 600, sampling=replace(GREEDY, when_full="ask")))
    assert overflow_of(caught.value.event()) is None


def test_the_prompt_is_shown_as_the_model_sees_it(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = local.render(request("Hi", "Yes", "More"))
    assert told.text == "<|user|>Hi<|end|><|assistant|>Yes<|end|><|user|>More<|end|><|assistant|>"
    assert told.counts == (2, 3, 4)
    assert told.tokens == answer(local, request("Hi", "Yes", "More"))[1].stats.prompt_tokens
    assert (told.dropped, told.limit) == (0, 512)


def test_the_shown_prompt_says_what_is_left_out(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = local.render(request(*["x" * 60] * 9))
    assert told.dropped == 6
    assert told.counts == (0,) * 6 + (60,) * 3
    assert told.next_dropped == 2


def test_the_next_overflow_is_foretold(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = local.render(request(*["x" * 60] * 7))
    _, done = answer(local, request(*["x" * 60] * 9))
    assert told.dropped == 0
    assert 0 < told.next_dropped <= done.stats.dropped_messages


def test_the_borders_of_the_tokens_cut_the_prompt_without_a_gap(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = local.render(request("日本 Hi"), borders=True)
    assert told.text == local.render(request("日本 Hi")).text
    assert len(told.ids) == len(told.ends) == told.tokens
    assert told.ends[-1] == len(told.text)
    pieces = [told.text[a:b] for a, b in zip((0, *told.ends), told.ends, strict=False)]
    assert pieces[:8] == ["<|user|>", "", "", "日", "", "", "本", " "]  # three bytes a kanji
    assert pieces[-1] == "<|assistant|>"


def test_without_a_template_the_prompt_is_the_plain_text(stories: Path) -> None:
    told = open_local(stories).render(request("Once upon", "a time", "there"), borders=True)
    assert told.text.replace("<s>", "").strip() == "Once upon\na time\nthere"
    assert len(told.ends) == told.tokens


def test_a_prompt_that_does_not_fit_is_told_with_its_number(llama_folder: Path) -> None:
    told = open_local(llama_folder).render(request("x" * 600))
    assert (told.fits, told.tokens, told.limit) == (False, 603, 512)


THINKER = (
    "{% for m in messages %}<|{{ m.role }}|>"
    "{{ m.content.split('</think>')[-1] if not loop.last else m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% if enable_thinking %}<think>\n{% endif %}"
    "{% endif %}"
)


def thinker(folder: Path) -> Local:
    make_model(folder)
    make_tokenizer(THINKER).save_pretrained(folder)
    return open_local(folder)


def test_a_thought_that_the_template_begins_is_part_of_the_answer(tmp_path: Path) -> None:
    local = thinker(tmp_path / "m")
    on = Sampling(temperature=0.0, max_new_tokens=5, thinking="on")
    off = Sampling(temperature=0.0, max_new_tokens=5, thinking="off")
    assert local.info.thinks
    assert answer(local, request("Hi", sampling=on))[0].startswith("<think>\n")
    assert not answer(local, request("Hi", sampling=off))[0].startswith("<think>")


def test_while_idle_the_history_is_read_as_the_next_turn_will_show_it(tmp_path: Path) -> None:
    """The template drops the thought: without the rest the second turn would read from there."""
    rested, hurried = thinker(tmp_path / "a"), thinker(tmp_path / "b")
    thought = "<think>\nhm" + "m" * 60 + "</think>Yes."
    asked = request("Tell me something long about kana, please.", thought, "And now?")
    for local in (rested, hurried):
        answer(local, asked)
    for _ in rested.rest():
        pass
    text, _ = answer(hurried, asked)
    turn = request(*(m.text for m in asked.messages), text, "More.")
    told = [answer(local, turn) for local in (rested, hurried)]
    assert told[0][0] == told[1][0]
    new = len(rested.prompt.ids(turn.messages)) - len(
        rested.prompt.history((*asked.messages, Message("assistant", text)))
    )
    assert told[0][1].stats.prompt_tokens - told[0][1].stats.reused_tokens == new


def test_a_rest_can_be_broken_off_at_any_step(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    warm.decoder._chunk = 8
    text, _ = answer(warm, request("Tell me about kana."))
    rest = warm.rest()
    next(rest, None)
    rest.close()
    turn = request("Tell me about kana.", text, "More.")
    assert answer(warm, turn)[0] == answer(cold, turn)[0]


def test_a_rest_goes_on_where_a_look_at_the_prompt_broke_it_off(tmp_path: Path) -> None:
    warm, whole = thinker(tmp_path / "a"), thinker(tmp_path / "b")
    asked = request("Tell me about kana.", "<think>\n" + "m" * 90 + "</think>Yes.", "And now?")
    texts = [answer(local, asked)[0] for local in (warm, whole)]
    warm.decoder._chunk = 8
    broken = warm.rest()
    next(broken)
    broken.close()
    warm.render(request("Something else"))
    for local in (warm, whole):
        assert list(local.rest()) != []
        assert list(local.rest()) == []  # once is enough
    turn = request(*(m.text for m in asked.messages), texts[0], "More.")
    told = [answer(local, turn)[1].stats.reused_tokens for local in (warm, whole)]
    assert told[0] == told[1]


def test_there_is_nothing_to_rest_on_before_an_answer(llama_folder: Path) -> None:
    assert list(open_local(llama_folder).rest()) == []
