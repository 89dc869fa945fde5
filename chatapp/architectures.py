"""config.json in one language for all families, and what each layer keeps of a token.

The families below are known to the last number; of any other architecture only the cache is.
Knows nothing about files, bytes or devices.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = dict[str, Any]
LAYERS_LIMIT = 10_000  # the deepest known have about 130


class Cache(NamedTuple):
    """What `layers` layers of one kind keep, each, of what was read."""

    layers: int
    width: int  # numbers per token: keys and values, or their compressed form
    window: int | None = None  # tokens that such a layer looks back; None = all
    state: int = 0  # float32 numbers, whatever the length
    edge: int = 0  # numbers in the run type, whatever the length


# -- families -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Family:
    """How a family's blocks differ from Llama's. Products: q k v o, m = feed-forward."""

    biased: str = ""  # products that always have a bias
    flag: str = "qkvo"  # products that have one where config.json says `attention_bias`
    norms: int = 2  # of the hidden size, in each block
    centred: bool = False  # norms have a bias too
    head_norm: Literal["", "head", "whole"] = ""  # a norm of q and k: one per head, or over all
    gated: bool = True  # feed-forward: three products, not two
    positions: bool = False  # a table of positions
    sinks: bool = False  # one number for each head
    every: int = 0  # one layer in so many has no window; 0 = as config.json tells
    defaults: Mapping[str, Any] = field(default_factory=dict)  # of keys that files leave out


_GEMMA: Values = {"head_dim": 256, "tie_word_embeddings": True}
_GEMMA2 = _GEMMA | {"sliding_window": 4096}
_GEMMA3 = _GEMMA2 | {"num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 262208}
_GPT2: Values = {"tie_word_embeddings": True, "max_position_embeddings": 1024}
_GPT_OSS: Values = {"attention_bias": True, "head_dim": 64}
_NEXT: Values = {"head_dim": 256, "gates_q": True}
_QWEN: Values = {"use_sliding_window": False}
FAMILIES: dict[str, Family] = {
    "llama": Family(),
    "mistral": Family(),
    "ministral": Family(),
    "mixtral": Family(),
    "qwen2": Family("qkv", "", defaults=_QWEN),
    "qwen2_moe": Family("qkv", "", defaults=_QWEN),
    "qwen3": Family(head_norm="head", defaults=_QWEN),
    "qwen3_moe": Family(head_norm="head", defaults=_QWEN),
    "qwen3_next": Family(head_norm="head", every=4, defaults=_NEXT),
    "qwen3_5_text": Family(head_norm="head", every=4, defaults=_NEXT),
    "phi3": Family(flag=""),
    "smollm3": Family(defaults={"tie_word_embeddings": True, **_QWEN}),
    "granite": Family(),
    "gemma": Family(defaults=_GEMMA),
    "gemma2": Family(norms=4, every=2, defaults=_GEMMA2),
    "gemma3_text": Family(norms=4, head_norm="head", every=6, defaults=_GEMMA3),
    "olmo2": Family(head_norm="whole"),
    "olmo3": Family(head_norm="whole", every=4, defaults={"sliding_window": 4096}),
    "olmoe": Family(head_norm="whole"),
    "gpt2": Family("qkvom", "", centred=True, gated=False, positions=True, defaults=_GPT2),
    "gpt_neox": Family("qkvom", "", centred=True, gated=False),
    "gpt_oss": Family("m", sinks=True, every=2, defaults=_GPT_OSS),
    "deepseek_v2": Family(),
    "deepseek_v3": Family(),
}
_WRAPPERS = {"gemma3": "gemma3_text", "qwen3_5": "qwen3_5_text"}  # a text model with eyes
_OTHER_WORDS = {
    "n_embd": "hidden_size", "d_model": "hidden_size", "n_layer": "num_hidden_layers",
    "n_layers": "num_hidden_layers", "num_layers": "num_hidden_layers",
    "n_head": "num_attention_heads", "n_heads": "num_attention_heads",
    "num_heads": "num_attention_heads", "n_inner": "intermediate_size",
    "num_kv_heads": "num_key_value_heads", "n_positions": "max_position_embeddings",
    "max_sequence_length": "max_position_embeddings", "seq_length": "max_position_embeddings",
    "num_experts": "num_local_experts", "n_routed_experts": "num_local_experts",
    "attention_head_dim": "head_dim", "attention_window_size": "sliding_window",
    "n_mamba_heads": "mamba_n_heads", "mamba_headdim": "mamba_d_head",
    "mamba_ngroups": "mamba_n_groups", "conv_kernel": "mamba_d_conv", "expand": "mamba_expand",
    "state_size": "mamba_d_state",
}  # fmt: skip
KEPT_WHOLE = {"full_attention", "sliding_attention"}  # layers that our engine can rewind
_STATES = {"linear_attention", "conv", "mamba", "mamba2", "recurrent"}  # no keys, no values
_HYBRID = {"hybrid", "hybrid_sliding"}  # a state beside keys and values
_ONE_KIND = {
    "falcon_h1": "hybrid", "mamba": "mamba", "falcon_mamba": "mamba", "mamba2": "mamba2",
    "rwkv": "recurrent",
}  # fmt: skip
_NOTHING = {"moe", "mlp", "dummy"}


def text_part(config: Mapping[str, Any]) -> tuple[str, Values]:
    """The language model's type and its values in Llama's words, what files leave out filled in."""
    inner = config.get("text_config")
    values = {**config, **inner} if isinstance(inner, dict) else dict(config)
    values = {name: value for name, value in values.items() if value is not None}
    told = str(values.get("model_type", ""))
    model_type = _WRAPPERS.get(told, told)
    for word, name in _OTHER_WORDS.items():
        if word in values:
            values.setdefault(name, values[word])
    family = FAMILIES.get(model_type)
    values = {**(family.defaults if family else {}), **values}
    hidden, heads = values.get("hidden_size"), values.get("num_attention_heads")
    if type(hidden) is int and type(heads) is int and heads > 0:
        values.setdefault("head_dim", hidden // heads)
        if values.get("multi_query") and not values.get("new_decoder_architecture"):
            values["num_key_value_heads"] = 1  # Falcon's and StarCoder's words
        if values.get("new_decoder_architecture"):  # Falcon keeps them for each query head
            values["num_key_value_heads"] = heads
        values.setdefault("num_key_value_heads", heads)
        values.setdefault("intermediate_size", 4 * hidden)
    return model_type, values


def size(values: Mapping[str, Any], name: str, most: int = 2**40) -> int:
    """A whole number above 0; KeyError or ValueError, with the name, where there is none."""
    value = values[name]
    if type(value) is not int or not 0 < value <= most:
        raise ValueError(name)
    return value


def widest(values: Values) -> int:
    """Numbers between the products of a feed-forward layer, for one token."""
    dense = values.get("intermediate_size", 0)
    dense = max(dense) if isinstance(dense, list) else dense  # Gemma 3n: one for each layer
    chosen = values.get("num_experts_per_tok", 0)
    expert = values.get("moe_intermediate_size", dense)
    return int(max(dense, chosen * expert + shared_width(values)))


def routed(values: Values) -> int:
    """Numbers of one token that wait for its experts: a copy of it for each."""
    return int(values.get("num_experts_per_tok", 0) * size(values, "hidden_size"))


def shared_width(values: Values) -> int:
    """Of the experts that every token passes; 0 without any."""
    told = values.get("shared_expert_intermediate_size")
    expert = values.get("moe_intermediate_size", 0)
    return int(values.get("n_shared_experts", 0) * expert if told is None else told)


# -- what a token leaves --------------------------------------------------------------------------


def kinds(model_type: str, values: Values) -> list[str]:
    """The kind of each layer, in transformers' words."""
    count = size(values, "num_hidden_layers", LAYERS_LIMIT)
    told = values.get("layer_types") or values.get("layers_block_type")
    if isinstance(told, list):
        return [{"attention": "full_attention"}.get(str(kind), str(kind)) for kind in told[:count]]
    if isinstance(turns := values.get("block_types"), list) and turns:
        named = [{"attention": "sliding_attention"}.get(str(turn), str(turn)) for turn in turns]
        return [named[i % len(named)] for i in range(count)]
    family = FAMILIES.get(model_type)
    every = values.get("full_attention_interval") or values.get("sliding_window_pattern")
    if every := every or (family.every if family else 0):
        other = "linear_attention" if "linear_num_value_heads" in values else "sliding_attention"
        return [other if (i + 1) % every else "full_attention" for i in range(count)]
    if kind := _ONE_KIND.get(model_type):
        return [kind] * count
    if period := values.get("attn_layer_period"):
        at = values.get("attn_layer_offset", 0)
        return ["full_attention" if i % period == at else "mamba" for i in range(count)]
    if isinstance(full := values.get("attn_layer_indices"), list):
        return ["full_attention" if i in full else "mamba" for i in range(count)]
    if isinstance(full := values.get("full_attn_idxs"), list):
        return ["full_attention" if i in full else "conv" for i in range(count)]
    if values.get("sliding_window") and values.get("use_sliding_window", True):
        first = values.get("max_window_layers", 0)
        return ["sliding_attention" if i >= first else "full_attention" for i in range(count)]
    return ["full_attention"] * count


def caches(values: Values, kinds: list[str]) -> tuple[Cache, ...]:
    """The last layers of some models read what others kept (`num_kv_shared_layers`)."""
    own = len(kinds) - values.get("num_kv_shared_layers", 0)
    differing = values.get("per_layer_config", {})
    found: Counter[Cache] = Counter(
        _cache({**values, **differing.get(str(layer), {})}, kind)
        for layer, kind in enumerate(kinds[:own])
        if kind not in _NOTHING
    )
    return tuple(cache._replace(layers=count) for cache, count in found.items())


def _cache(values: Values, kind: str) -> Cache:
    if kind in _STATES:
        return Cache(1, 0, None, *_state(values, kind))
    state, edge = _state(values, kind) if kind in _HYBRID else (0, 0)
    window = values.get("attention_chunk_size" if "chunked" in kind else "sliding_window")
    limited = "sliding" in kind or "chunked" in kind
    return Cache(1, _width(values, kind), window if limited else None, state, edge)


def _width(values: Values, kind: str) -> int:
    """Numbers that one layer keeps of a token."""
    if "kv_lora_rank" in values:
        latent = size(values, "kv_lora_rank") + size(values, "qk_rope_head_dim")
        return latent + int(values.get("index_head_dim", 0))
    heads, dim = values.get("num_key_value_heads", 0), values.get("head_dim", 0)
    if kind == "full_attention":  # Gemma 4 has other heads where it sees everything
        heads = values.get("num_global_key_value_heads", heads)
        dim = values.get("global_head_dim", dim)
    return int(2 * heads * dim)


def _state(values: Values, kind: str) -> tuple[int, int]:
    """What a recurrent layer keeps: float32 numbers, and numbers in the run type."""
    if kind == "conv":
        return 0, values["hidden_size"] * values.get("conv_L_cache", 3)
    if kind == "recurrent" and "lru_width" in values:
        return values["lru_width"], values["lru_width"] * (values.get("conv1d_width", 4) - 1)
    if kind == "recurrent" and "attention_hidden_size" in values:  # RWKV: sums, and the last token
        return 3 * values["attention_hidden_size"], 2 * values["hidden_size"]
    if "linear_num_value_heads" in values:
        keys = values["linear_num_key_heads"] * values["linear_key_head_dim"]
        heads, dim = values["linear_num_value_heads"], values["linear_value_head_dim"]
        edge = (2 * keys + heads * dim) * values.get("linear_conv_kernel_dim", 4)
        return heads * dim * values["linear_key_head_dim"], edge
    heads = values.get("mamba_n_heads") or values.get("mamba_num_heads", 0)
    if kind == "mamba2" and not heads:
        heads = values.get("num_heads", 0)
    if not heads:  # the first Mamba has no heads
        inner = values.get("mamba_expand", 2) * values["hidden_size"]
        state, edge = values.get("mamba_d_state", 16), values.get("mamba_d_conv", 4)
        return inner * state, inner * edge
    dim = values.get("mamba_d_head") or values.get("mamba_head_dim") or values.get("head_dim", 0)
    state = values.get("mamba_d_state") or values.get("ssm_state_size", 0)
    if type(dim) is not int:  # "auto"
        dim = values.get("mamba_expand", 2) * values["hidden_size"] // heads
    groups = values.get("mamba_n_groups") or values.get("n_groups", 1)
    edge = (heads * dim + 2 * groups * state) * values.get("mamba_d_conv", 4)
    return heads * dim * state, edge
