"""Small real models: random weights of real architectures, with a tokenizer made here."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

from chatapp import settings
from chatapp.engine.local import Local
from chatapp.library import Model

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
ROWS = 256 + len(SPECIAL)
SIZE = {
    "vocab_size": ROWS,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "eos_token_id": 256,
    "bos_token_id": 256,
}
WINDOW = 16  # tokens: shorter than the prompts of the tests
GEMMA = {"head_dim": 16, "tie_word_embeddings": False}
GEMMA_3 = GEMMA | {
    "sliding_window": WINDOW, "sliding_window_pattern": 2, "query_pre_attn_scalar": 24,
}  # fmt: skip
EYES = {
    "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2,
    "patch_size": 14, "image_size": 56,
}  # fmt: skip
CONFIGS = {
    "llama": lambda: LlamaConfig(**SIZE),
    "qwen2": lambda: Qwen2Config(**SIZE),
    "qwen3": lambda: Qwen3Config(**SIZE, head_dim=16),
    "mistral": lambda: MistralConfig(**SIZE, sliding_window=None),
    "windowed": lambda: MistralConfig(**SIZE, sliding_window=WINDOW),
    "gemma": lambda: GemmaConfig(**SIZE, **GEMMA),
    "gemma2": lambda: Gemma2Config(
        **SIZE, **GEMMA, sliding_window=WINDOW, query_pre_attn_scalar=24,
        attn_logit_softcapping=1.0, final_logit_softcapping=2.0,
    ),
    "gemma3_text": lambda: Gemma3TextConfig(**SIZE, **GEMMA_3),
    "gemma3": lambda: Gemma3Config(
        text_config=SIZE | GEMMA_3, vision_config=EYES, mm_tokens_per_image=4, eos_token_id=256
    ),
    "gpt2": lambda: GPT2Config(
        vocab_size=ROWS, n_embd=64, n_layer=2, n_head=4, n_positions=512, eos_token_id=256,
        bos_token_id=256,
    ),
}  # fmt: skip


def make_tokenizer(template: str | None = TEMPLATE) -> PreTrainedTokenizerFast:
    """Byte-level: every string has ids, and every Japanese character takes three of them."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({c: i for i, c in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|end|>", chat_template=template
    )


def make_model(folder: Path, kind: str = "llama", **changes: object) -> Path:
    """Save a random model with its tokenizer, as a person would have downloaded it."""
    torch.manual_seed(7)
    config = CONFIGS[kind]()
    for name, value in changes.items():
        setattr(config, name, value)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**config.to_dict()))
    model.save_pretrained(folder)
    make_tokenizer().save_pretrained(folder)
    return folder


def open_local(folder: Path, **knobs: object) -> Local:
    """Load it to its end."""
    model = Model(name=folder.name, path=str(folder), source="folder", bytes=1, usable=True)
    events = Local.open(model, settings.Loading(**knobs))
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


WITHOUT_WINDOWS = ["llama", "qwen2", "qwen3", "mistral", "gemma", "gpt2"]


@pytest.fixture(scope="session", params=list(CONFIGS))
def any_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / request.param, request.param)


@pytest.fixture(scope="session", params=WITHOUT_WINDOWS)
def whole_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("whole") / request.param, request.param)


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny")
