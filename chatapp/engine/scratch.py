"""A model that knows nothing yet: a tokenizer learned from texts, and a random Llama.

Knows nothing about where the texts come from or how it will be trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

SPECIAL = ("<|end|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>")
TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] }}"
    "{%- else -%}{{ '<|' + message['role'] + '|> ' + message['content'] }}{%- endif -%}"
    "{{ '<|end|>' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}"
)
# Scripts are kept apart, so that a Japanese word is not glued to the particle behind it; digits
# stand alone, so that sums can be learnt digit by digit.
PIECES = (
    r"\p{N}| ?\p{Latin}+|\p{Han}+|\p{Hiragana}+|[\p{Katakana}ー]+"
    r"| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+|\p{L}"
)
HEAD = 32  # numbers of a head
FEED = 2.75  # widths of the feed-forward


def make_tokenizer(texts: Iterable[str], vocabulary: int, context: int) -> Any:
    """Byte-level BPE for English and Japanese, in the form that AutoTokenizer loads."""
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=vocabulary,
            min_frequency=3,
            special_tokens=list(SPECIAL),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token="<|end|>",
        pad_token="<|pad|>",
        additional_special_tokens=list(SPECIAL[2:]),
        chat_template=TEMPLATE,
        model_max_length=context,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: Any, layers: int, width: int, context: int) -> Any:
    """A random Llama: 6 layers of 256 with 4,096 words are 5.5 million parameters."""
    heads = max(2, width // HEAD)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=int(width * FEED),
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        do_sample=True,
        temperature=0.3,
        top_p=0.95,
    )
    return model
