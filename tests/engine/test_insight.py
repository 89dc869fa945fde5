"""Looks into a model: an answer scored again, what could come next, and the way back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from chatapp.chat import Message, Outlook, Progress, Request, Scored, Token, UserError
from chatapp.engine import insight
from chatapp.engine.insight import AHEAD
from chatapp.engine.local import Local
from chatapp.settings import Sampling
from tests.engine.conftest import make_model, make_tokenizer, open_local
from tests.engine.test_local import GREEDY, answer, request, thinker

LETTERS = ",".join(f"{token}:50" for token in range(64, 90))  # what is written is ASCII
WARM = Sampling(logit_bias=LETTERS, temperature=0.9, max_new_tokens=40, seed=3)


def scored(local: Local, asked: Request) -> tuple[Token, ...]:
    told = [event for event in local.score(asked) if isinstance(event, Scored)]
    assert len(told) == 1
    return told[0].tokens


def written(local: Local, asked: Request) -> tuple[str, tuple[Token, ...]]:
    text, done = answer(local, replace(asked, alternatives=8))
    assert done.stats is not None
    return text, done.stats.tokens


def looked(local: Local, asked: Request) -> Outlook:
    (told,) = [event for event in local.outlook(asked) if isinstance(event, Outlook)]
    return told


def test_an_answer_is_scored_as_it_was_told_when_it_was_written(any_folder: Path) -> None:
    local = open_local(any_folder)
    text, told = written(local, request("Tell me.", sampling=WARM))
    ids = local.prompt.answer([], text)
    again = scored(local, request("Tell me.", text, sampling=WARM))
    assert ids == [token.id for token in told][: len(ids)]  # else there is nothing to compare
    assert [token.text for token in again] == [token.text for token in told][: len(ids)]
    for one, other in zip(again, told, strict=False):
        assert one.chance == pytest.approx(other.chance, rel=1e-3)
        assert one.others[0].id == other.others[0].id
        assert one.others[-1].chance == pytest.approx(other.others[-1].chance, rel=1e-3)


def test_the_scores_are_those_of_the_models_own_forward(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = scored(local, request("Hi", "Yes, it is." * 20))
    ids = local.prompt.ids(request("Hi").messages)
    text = make_tokenizer()("Yes, it is." * 20).input_ids
    model = AutoModelForCausalLM.from_pretrained(llama_folder, dtype=torch.float32)
    with torch.inference_mode():
        chances = model(torch.tensor([ids + text])).logits[0].softmax(-1)
    expected = [float(chances[len(ids) + n - 1, token]) for n, token in enumerate(text)]
    assert [token.chance for token in told] == pytest.approx(expected, rel=1e-3)


def test_a_score_reads_the_answer_in_a_few_passes(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, passes = open_local(llama_folder), []
    run = local.forward.run

    def counted(ids: torch.Tensor, every: bool = False) -> torch.Tensor:
        passes.append(ids.shape[1])
        return run(ids, every)

    monkeypatch.setattr(local.forward, "run", counted)
    assert len(scored(local, request("Hi", "x" * 200))) == 200
    assert len(passes) <= 6


def test_a_very_long_answer_is_scored_in_part(
    llama_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(insight, "LONGEST", 50)
    assert len(scored(open_local(llama_folder), request("Hi", "x" * 200))) == 50


def test_a_base_model_scores_the_text_that_it_continued(stories: Path) -> None:
    local = open_local(stories)
    knobs = replace(WARM, max_new_tokens=30)
    asked = request("Once upon a time", sampling=knobs, complete=True)
    text, told = written(local, asked)
    again = scored(local, replace(asked, messages=(*asked.messages, Message("assistant", text))))
    assert "".join(token.text for token in again) == text
    assert [t.chance for t in again][:5] == pytest.approx([t.chance for t in told][:5], rel=1e-3)


def test_a_thought_that_the_template_begins_is_not_scored(tmp_path: Path) -> None:
    local = thinker(tmp_path / "m")
    knobs = replace(GREEDY, thinking="on")
    told = scored(local, request("Hi", "<think>\nhm</think>Yes", sampling=knobs))
    assert "".join(token.text for token in told) == "hm</think>Yes"


def test_after_a_look_the_next_turn_is_right_and_reads_no_more(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    texts = [answer(local, request("Tell me about kana."))[0] for local in (warm, cold)]
    for local in (warm, cold):
        list(local.rest())
    scored(warm, request("Something else", "that was answered long ago"))
    looked(warm, request("And a draft"))
    list(warm.rest())
    turn = request("Tell me about kana.", texts[0], "More.")
    told = [answer(local, turn) for local in (warm, cold)]
    assert told[0][0] == told[1][0]
    assert told[0][1].stats.reused_tokens == told[1][1].stats.reused_tokens


def test_without_a_rest_the_next_turn_is_right_too(any_folder: Path) -> None:
    warm, cold = open_local(any_folder), open_local(any_folder)
    text = answer(warm, request("Tell me about kana."))[0]
    scored(warm, request("Tell me about kana.", text))
    turn = request("Tell me about kana.", text, "More.")
    assert answer(warm, turn)[0] == answer(cold, turn)[0]


def test_a_score_that_is_broken_off_leaves_the_next_answer_right(llama_folder: Path) -> None:
    warm, cold = open_local(llama_folder), open_local(llama_folder)
    steps = warm.score(request("Hi", "x" * 200))
    assert isinstance(next(steps), Progress)
    steps.close()
    assert answer(warm, request("Hi"))[0] == answer(cold, request("Hi"))[0]


def test_the_outlook_is_what_the_next_answer_begins_with(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    told = looked(local, request("Hi"))
    _, tokens = written(local, request("Hi"))
    assert [choice.id for choice in told.best[:8]] == [c.id for c in tokens[0].others]
    assert told.best[0].chance == pytest.approx(tokens[0].chance, rel=1e-3)
    assert len(told.best) == AHEAD
    assert sum(count for _, count in told.rest) == local.prompt._rows - AHEAD


def test_a_draft_that_was_looked_at_is_not_read_again_when_it_is_sent(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    looked(local, request("Tell me about kana, please."))
    list(local.rest())
    _, done = answer(local, request("Tell me about kana, please."))
    assert done.stats.reused_tokens == done.stats.prompt_tokens


def test_what_ends_an_answer_is_told_as_no_text(llama_folder: Path) -> None:
    local = open_local(llama_folder)
    end = next(c for c in looked(local, request("Hi")).best if c.id == 256)
    assert (end.text, end.special) == ("<|end|>", True)
    assert not next(c for c in looked(local, request("Hi")).best if c.id == 70).special


@pytest.mark.parametrize("look", ["score", "outlook"])
def test_invalid_numbers_become_a_sentence(tmp_path: Path, look: str) -> None:
    local = open_local(make_model(tmp_path / "m"))
    with torch.no_grad():
        local.model.get_output_embeddings().weight[0] = torch.nan
    with pytest.raises(UserError, match="invalid numbers"):
        list(getattr(local, look)(request("Hi", "Yes")))
