"""Published shapes by name: the numbers of each model's public config.json, no weights.

Knows nothing about what they mean; `sizes` reads them like any other config.json.
"""

from __future__ import annotations

from typing import Any

Config = dict[str, Any]

# What people append to a name without changing the shape.
_ENDINGS = (
    "instruct", "chat", "it", "base", "hf", "pt", "v0.1", "v0.2", "v0.3", "v1.0", "2407", "4k",
)  # fmt: skip


def _shape(
    model_type: str,
    vocabulary: int,
    hidden: int,
    inner: int,
    layers: int,
    heads: int,
    kv_heads: int,
    context: int,
    **more: Any,
) -> Config:
    return {
        "model_type": model_type,
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": context,
        "tie_word_embeddings": False,
        **more,
    }


def _gpt2(hidden: int, layers: int, heads: int) -> Config:
    return {
        "model_type": "gpt2", "vocab_size": 50257, "n_embd": hidden, "n_layer": layers,
        "n_head": heads, "n_positions": 1024,
    }  # fmt: skip


_TIED: Config = {"tie_word_embeddings": True}
_QWEN3: Config = {"head_dim": 128}
_GEMMA2: Config = _TIED | {"sliding_window": 4096}
_SIGLIP: Config = {
    "mm_tokens_per_image": 256,
    "vision_config": {
        "model_type": "siglip_vision_model", "hidden_size": 1152, "intermediate_size": 4304,
        "num_hidden_layers": 27, "num_attention_heads": 16, "patch_size": 14, "image_size": 896,
        "vision_use_head": False,
    },
}  # fmt: skip


def _gemma3(
    hidden: int, inner: int, layers: int, heads: int, kv_heads: int, head_dim: int
) -> Config:
    more = _TIED | {"head_dim": head_dim, "sliding_window": 1024}
    text = _shape("gemma3_text", 262208, hidden, inner, layers, heads, kv_heads, 131072, **more)
    return {"model_type": "gemma3", "text_config": text, **_SIGLIP, **_TIED}


def _qwen_moe(hidden: int, inner: int, layers: int, heads: int, expert: int) -> Config:
    experts = {"num_experts": 128, "num_experts_per_tok": 8, "moe_intermediate_size": expert}
    return _shape("qwen3_moe", 151936, hidden, inner, layers, heads, 4, 40960, **_QWEN3, **experts)


def _gpt_oss(layers: int, experts: int) -> Config:
    more = {"head_dim": 64, "sliding_window": 128, "attention_bias": True}
    chosen = {"num_local_experts": experts, "num_experts_per_tok": 4}
    return _shape("gpt_oss", 201088, 2880, 2880, layers, 64, 8, 131072, **more, **chosen)


_MIXTRAL: Config = {"num_local_experts": 8, "num_experts_per_tok": 2}
_LATENT: Config = {
    "kv_lora_rank": 512, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128,
}  # fmt: skip
_V2_LITE: Config = _LATENT | {
    "q_lora_rank": None, "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
    "moe_intermediate_size": 1408, "first_k_dense_replace": 1,
}  # fmt: skip
_V3: Config = _LATENT | {
    "q_lora_rank": 1536, "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8,
    "moe_intermediate_size": 2048, "first_k_dense_replace": 3,
}  # fmt: skip

SHAPES: dict[str, Config] = {
    "smollm2-135m": _shape("llama", 49152, 576, 1536, 30, 9, 3, 8192, **_TIED),
    "smollm2-360m": _shape("llama", 49152, 960, 2560, 32, 15, 5, 8192, **_TIED),
    "smollm2-1.7b": _shape("llama", 49152, 2048, 8192, 24, 32, 32, 8192, **_TIED),
    "tinyllama-1.1b": _shape("llama", 32000, 2048, 5632, 22, 32, 4, 2048),
    "llama-3.2-1b": _shape("llama", 128256, 2048, 8192, 16, 32, 8, 131072, **_TIED),
    "llama-3.2-3b": _shape("llama", 128256, 3072, 8192, 28, 24, 8, 131072, **_TIED),
    "llama-3.1-8b": _shape("llama", 128256, 4096, 14336, 32, 32, 8, 131072),
    "llama-3.1-70b": _shape("llama", 128256, 8192, 28672, 80, 64, 8, 131072),
    "llama-3.1-405b": _shape("llama", 128256, 16384, 53248, 126, 128, 8, 131072),
    "qwen2.5-0.5b": _shape("qwen2", 151936, 896, 4864, 24, 14, 2, 32768, **_TIED),
    "qwen2.5-1.5b": _shape("qwen2", 151936, 1536, 8960, 28, 12, 2, 32768, **_TIED),
    "qwen2.5-3b": _shape("qwen2", 151936, 2048, 11008, 36, 16, 2, 32768, **_TIED),
    "qwen2.5-7b": _shape("qwen2", 152064, 3584, 18944, 28, 28, 4, 32768),
    "qwen2.5-14b": _shape("qwen2", 152064, 5120, 13824, 48, 40, 8, 32768),
    "qwen2.5-32b": _shape("qwen2", 152064, 5120, 27648, 64, 40, 8, 32768),
    "qwen2.5-72b": _shape("qwen2", 152064, 8192, 29568, 80, 64, 8, 32768),
    "qwen3-0.6b": _shape("qwen3", 151936, 1024, 3072, 28, 16, 8, 40960, **_QWEN3, **_TIED),
    "qwen3-1.7b": _shape("qwen3", 151936, 2048, 6144, 28, 16, 8, 40960, **_QWEN3, **_TIED),
    "qwen3-4b": _shape("qwen3", 151936, 2560, 9728, 36, 32, 8, 40960, **_QWEN3, **_TIED),
    "qwen3-8b": _shape("qwen3", 151936, 4096, 12288, 36, 32, 8, 40960, **_QWEN3),
    "qwen3-14b": _shape("qwen3", 151936, 5120, 17408, 40, 40, 8, 40960, **_QWEN3),
    "qwen3-32b": _shape("qwen3", 151936, 5120, 25600, 64, 64, 8, 40960, **_QWEN3),
    "qwen3-30b-a3b": _qwen_moe(2048, 6144, 48, 32, 768),
    "qwen3-235b-a22b": _qwen_moe(4096, 12288, 94, 64, 1536),
    "mistral-7b": _shape("mistral", 32768, 4096, 14336, 32, 32, 8, 32768),
    "mistral-nemo-12b": _shape("mistral", 131072, 5120, 14336, 40, 32, 8, 131072, head_dim=128),
    "mixtral-8x7b": _shape("mixtral", 32000, 4096, 14336, 32, 32, 8, 32768, **_MIXTRAL),
    "mixtral-8x22b": _shape("mixtral", 32768, 6144, 16384, 56, 48, 8, 65536, **_MIXTRAL),
    "gemma-2-2b": _shape("gemma2", 256000, 2304, 9216, 26, 8, 4, 8192, head_dim=256, **_GEMMA2),
    "gemma-2-9b": _shape("gemma2", 256000, 3584, 14336, 42, 16, 8, 8192, head_dim=256, **_GEMMA2),
    "gemma-2-27b": _shape("gemma2", 256000, 4608, 36864, 46, 32, 16, 8192, head_dim=128, **_GEMMA2),
    "gemma-3-1b": _shape(
        "gemma3_text", 262144, 1152, 6912, 26, 4, 1, 32768,
        head_dim=256, sliding_window=512, **_TIED,
    ),
    "gemma-3-4b": _gemma3(2560, 10240, 34, 8, 4, 256),
    "gemma-3-12b": _gemma3(3840, 15360, 48, 16, 8, 256),
    "gemma-3-27b": _gemma3(5376, 21504, 62, 32, 16, 128),
    "phi-3-mini": _shape("phi3", 32064, 3072, 8192, 32, 32, 32, 4096, sliding_window=2047),
    "phi-4": _shape("phi3", 100352, 5120, 17920, 40, 40, 10, 16384),
    "gpt2": _gpt2(768, 12, 12),
    "gpt2-xl": _gpt2(1600, 48, 25),
    "gpt-oss-20b": _gpt_oss(24, 32),
    "gpt-oss-120b": _gpt_oss(36, 128),
    "deepseek-v2-lite": _shape("deepseek_v2", 102400, 2048, 10944, 27, 16, 16, 163840, **_V2_LITE),
    "deepseek-v3": _shape("deepseek_v3", 129280, 7168, 18432, 61, 128, 128, 163840, **_V3),
    "olmo-2-1b": _shape("olmo2", 100352, 2048, 8192, 16, 16, 16, 4096),
    "olmo-2-7b": _shape("olmo2", 100352, 4096, 11008, 32, 32, 32, 4096),
    "olmo-2-13b": _shape("olmo2", 100352, 5120, 13824, 40, 40, 40, 4096),
    "smollm3-3b": _shape("smollm3", 128256, 2048, 11008, 36, 16, 4, 65536, **_TIED),
}  # fmt: skip


# Names whose shape another one has, and what differs.
_LONG: Config = {"max_position_embeddings": 262144}
_SHORT: Config = {"max_position_embeddings": 8192, "rope_theta": 500000.0}
_SAME: dict[str, tuple[str, Config]] = {
    "llama-3.3-70b": ("llama-3.1-70b", {}),
    "llama-3-8b": ("llama-3.1-8b", _SHORT),
    "llama-3-70b": ("llama-3.1-70b", _SHORT),
    "mistral-nemo": ("mistral-nemo-12b", {}),
    "olmo-2-0425-1b": ("olmo-2-1b", {}),
    "olmo-2-1124-7b": ("olmo-2-7b", {}),
    "olmo-2-1124-13b": ("olmo-2-13b", {}),
    "deepseek-r1": ("deepseek-v3", {}),
    "qwen3-4b-instruct-2507": ("qwen3-4b", _LONG),
    "qwen3-4b-thinking-2507": ("qwen3-4b", _LONG),
    "qwen3-30b-a3b-instruct-2507": ("qwen3-30b-a3b", _LONG),
    "qwen3-30b-a3b-thinking-2507": ("qwen3-30b-a3b", _LONG),
    "qwen3-235b-a22b-instruct-2507": ("qwen3-235b-a22b", _LONG),
    "qwen3-235b-a22b-thinking-2507": ("qwen3-235b-a22b", _LONG),
}


def find(name: str) -> tuple[str, Config] | None:
    """The shape of this name, or of this Hub id's model; None where it is not among ours."""
    short = name.casefold().rsplit("/", 1)[-1]
    if short.startswith("meta-"):
        short = short.removeprefix("meta-")
    while short not in SHAPES:
        if short in _SAME:
            shape, differs = _SAME[short]
            return short, SHAPES[shape] | differs
        cut, _, ending = short.rpartition("-")
        if ending not in _ENDINGS:
            return None
        short = cut
    return short, SHAPES[short]
