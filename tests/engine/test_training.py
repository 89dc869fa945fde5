"""The training loop on a 2-layer random Llama with a tokenizer made on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from chatapp.chat import Done, Loss, Message, Progress, UserError
from chatapp.engine import training
from chatapp.engine.training import Example, Plan, chat_example, collate, pack, split, train

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
FORGETFUL = "{{ messages[-1]['content'] }}<|end|>"
SPECIAL = ["<|end|>", "<|pad|>", "<|user|>", "<|assistant|>", "<|system|>"]
TALK = (
    Message("system", "Be brief."),
    Message("user", "Which colour is snow?"),
    Message("assistant", "White."),
    Message("user", "雪は何色?"),
    Message("assistant", "白です。"),
)
PLAN = Plan(
    steps=12, rows=2, row_tokens=48, learning_rate=1e-2, validate_every=6, seed=3, half=False
)


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        [message.text for message in TALK],
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|end|>", pad_token="<|pad|>", chat_template=TEMPLATE
    )


def tiny(tokenizer: Any, dropout: float = 0.0) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            tie_word_embeddings=True,
            attention_dropout=dropout,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def questions(tokenizer: Any) -> list[Example]:
    return [chat_example(tokenizer, TALK[1:3]), chat_example(tokenizer, TALK[3:5])] * 4


def losses(tokenizer: Any, folder: Path, plan: Plan = PLAN) -> list[Loss]:
    model = tiny(tokenizer, dropout=0.1)
    unseen = [chat_example(tokenizer, TALK)]
    events = train(model, tokenizer, questions(tokenizer), unseen, plan, folder)
    return [event for event in events if isinstance(event, Loss)]


def test_only_the_assistants_tokens_and_their_end_are_counted(tokenizer: Any) -> None:
    example = chat_example(tokenizer, TALK)
    pairs = zip(example.ids, example.counted, strict=True)
    counted = tokenizer.decode([token for token, counts in pairs if counts])
    assert counted == "White.<|end|>白です。<|end|>"


def test_the_example_is_what_the_chat_template_writes(tokenizer: Any) -> None:
    turns = [{"role": message.role, "content": message.text} for message in TALK]
    assert tokenizer.decode(chat_example(tokenizer, TALK).ids) == tokenizer.apply_chat_template(
        turns, tokenize=False
    )


def test_a_template_that_rewrites_earlier_turns_is_refused(tokenizer: Any) -> None:
    forgetful = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer, chat_template=FORGETFUL
    )
    with pytest.raises(UserError, match="rewrites earlier turns"):
        chat_example(forgetful, TALK)


def test_plain_text_is_counted_whole_and_closed_by_the_end_token(tokenizer: Any) -> None:
    pieces = training.text_examples(tokenizer, "Snow is white. " * 20, row_tokens=16)
    ids = [token for piece in pieces for token in piece.ids]
    assert tokenizer.decode(ids) == "Snow is white. " * 20 + "<|end|>"
    assert all(all(piece.counted) and len(piece.ids) <= 16 for piece in pieces)


def test_rows_hold_every_example_once_and_never_overflow() -> None:
    examples = [
        Example((number,) * (number % 9 + 1), (True,) * (number % 9 + 1)) for number in range(400)
    ]
    rows = pack(examples, row_tokens=10)
    assert sorted(e.ids for row in rows for e in row) == sorted(e.ids for e in examples)
    assert max(sum(len(e.ids) for e in row) for row in rows) <= 10


def test_a_label_is_the_next_counted_token_of_the_same_example() -> None:
    row = [Example((5, 6, 7), (False, True, True)), Example((8, 9), (False, True))]
    batch = collate([row], row_tokens=7, pad_id=1)
    assert batch.labels.tolist() == [[6, 7, -100, 9, -100, -100, -100]]
    assert batch.positions.tolist() == [[0, 1, 2, 0, 1, 0, 1]]


def test_a_neighbour_in_the_row_does_not_change_the_loss(tokenizer: Any) -> None:
    model = tiny(tokenizer).eval()
    examples = questions(tokenizer)[:2]
    cpu = torch.device("cpu")
    with torch.no_grad():
        together = training.batch_loss(model, collate([examples], 64, 1), cpu, half=False)
        apart = training.batch_loss(
            model, collate([[example] for example in examples], 64, 1), cpu, half=False
        )
    assert together.item() == pytest.approx(apart.item(), abs=1e-5)


def test_the_split_is_the_same_for_the_same_seed_and_loses_nothing() -> None:
    examples = [Example((number,), (True,)) for number in range(50)]
    kept, held = split(examples, share=0.1, seed=4)
    assert (kept, held) == split(examples, share=0.1, seed=4)
    assert sorted(e.ids for e in kept + held) == [e.ids for e in examples]
    assert len(held) == 5


def test_the_loss_falls_and_unseen_examples_are_measured(tokenizer: Any, tmp_path: Path) -> None:
    told = losses(tokenizer, tmp_path / "model")
    assert told[-1].train < told[0].train * 0.8
    assert [event.step for event in told if event.validation is not None] == [6, 12]


def test_two_runs_with_the_same_seed_give_equal_losses(tokenizer: Any, tmp_path: Path) -> None:
    first, second = (losses(tokenizer, tmp_path / name) for name in ("first", "second"))
    assert [event.train for event in first] == [event.train for event in second]


def test_the_folder_holds_a_model_that_loads_and_equals_the_trained_one(
    tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny(tokenizer)
    list(train(model, tokenizer, questions(tokenizer), [], PLAN, tmp_path / "model"))
    again = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    reread = AutoTokenizer.from_pretrained(tmp_path / "model")
    ids = torch.tensor([reread("snow")["input_ids"]])
    torch.testing.assert_close(again(ids).logits, model(ids).logits)
    assert reread.chat_template == TEMPLATE


def test_the_weights_are_saved_in_the_asked_precision_and_tied_ones_once(
    tokenizer: Any, tmp_path: Path
) -> None:
    model = tiny(tokenizer)
    training.save(model, tokenizer, tmp_path / "model", torch.bfloat16)
    bare = sum(value.numel() for value in model.parameters()) * 2
    assert bare < (tmp_path / "model" / "model.safetensors").stat().st_size < bare + 5000
    assert model.dtype == torch.float32


def test_closing_the_generator_stops_before_the_next_step_and_leaves_no_folder(
    tokenizer: Any, tmp_path: Path
) -> None:
    made: list[int] = []

    def examples(epoch: int) -> list[Example]:
        made.append(epoch)
        return questions(tokenizer)

    plan = Plan(steps=10_000, rows=64, row_tokens=48, half=False)  # one step per epoch
    running = train(tiny(tokenizer), tokenizer, examples, [], plan, tmp_path / "model")
    assert isinstance(next(running), Progress)
    assert [next(running).step for _ in range(3)] == [1, 2, 3]  # type: ignore[union-attr]
    running.close()  # type: ignore[attr-defined]
    assert made == [0, 1, 2]
    assert list(tmp_path.glob("model*")) == []


def test_a_failed_save_keeps_the_model_that_was_there(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.save(tiny(tokenizer), tokenizer, tmp_path / "model")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()

    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(PreTrainedTokenizerFast, "save_pretrained", full)
    with pytest.raises(OSError, match="no space"):
        training.save(tiny(tokenizer), tokenizer, tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before
    assert [path.name for path in tmp_path.glob("model*")] == ["model"]


def test_a_crash_between_the_two_renames_is_mended_by_the_next_save(
    tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training.save(tiny(tokenizer), tokenizer, tmp_path / "model")
    (tmp_path / "model").rename(tmp_path / "model.old")

    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(PreTrainedTokenizerFast, "save_pretrained", full)
    with pytest.raises(OSError, match="no space"):
        training.save(tiny(tokenizer), tokenizer, tmp_path / "model")
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_folder(
    tokenizer: Any, tmp_path: Path
) -> None:
    training.save(tiny(tokenizer), tokenizer, tmp_path / "model")
    before = (tmp_path / "model" / "model.safetensors").read_bytes()
    broken = tiny(tokenizer)
    with torch.no_grad():
        broken.model.norm.weight.fill_(float("nan"))
    with pytest.raises(UserError, match="no longer a number"):
        list(train(broken, tokenizer, questions(tokenizer), [], PLAN, tmp_path / "model"))
    assert (tmp_path / "model" / "model.safetensors").read_bytes() == before


def test_the_clock_ends_a_run_with_a_whole_model_and_done(tokenizer: Any, tmp_path: Path) -> None:
    plan = Plan(minutes=1e-9, rows=2, row_tokens=48, half=False)
    events = list(train(tiny(tokenizer), tokenizer, questions(tokenizer), [], plan, tmp_path / "m"))
    assert [type(event) for event in events] == [Progress, Loss, Done]
    assert (tmp_path / "m" / "config.json").is_file()


def test_no_examples_is_a_sentence_for_people(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no examples"):
        list(train(tiny(tokenizer), tokenizer, [], [], PLAN, tmp_path / "model"))


def test_the_rate_rises_then_falls_to_a_hundredth() -> None:
    plan = Plan(learning_rate=1.0, warmup=0.1)
    rates = [training.learning_rate(plan, done) for done in (0.0, 0.05, 0.1, 0.55, 1.0, 1.2)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.5, 0.01, 0.01])
