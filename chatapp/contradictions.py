"""Does config.json contradict itself, or the weights beside it? By its values and their names.

What is found here would otherwise cost minutes and gigabytes before it is found. The strict rules
hold for the families that `architectures` knows; of the others only the sizes are looked at.
Knows nothing about files or torch.
"""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from chatapp.architectures import FAMILIES, text_part
from chatapp.chat import UserError
from chatapp.foreign import shown
from chatapp.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chatapp.weights import Tensor

DEEPEST = 512  # layers; the deepest known have about 130, and each costs milliseconds to build
SIZES = {  # whole numbers above 0, and the largest that can be meant
    "hidden_size": 2**20, "n_embd": 2**20, "d_model": 2**20,
    "num_hidden_layers": DEEPEST, "num_layers": DEEPEST, "n_layer": DEEPEST, "n_layers": DEEPEST,
    "num_attention_heads": 2**16, "n_head": 2**16, "n_heads": 2**16,
    "num_key_value_heads": 2**16, "num_kv_heads": 2**16, "head_dim": 2**16,
    "intermediate_size": 2**24, "n_inner": 2**24, "vocab_size": 2**26,
}  # fmt: skip
# Names of torch's functions that transformers knows, for the word in config.json.
_ACTIVATIONS = """
    gelu gelu_10 gelu_accurate gelu_fast gelu_new gelu_python gelu_python_tanh gelu_pytorch_tanh
    hardswish laplace leaky_relu linear mish prelu quick_gelu relu relu2 relu6 sigmoid silu
    sqrtsoftplus swish tanh xielu
"""
ACTIVATIONS = frozenset(_ACTIVATIONS.split())
NEEDED = (  # null is refused by transformers, though left out they would have a usual value
    "hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size", "rms_norm_eps",
    "intermediate_size", "initializer_range", "hidden_act", "tie_word_embeddings",
    "max_position_embeddings",
)  # fmt: skip
_DTYPES = """
    float64 float32 float16 bfloat16 float8_e4m3fn float8_e5m2 double float half auto
"""
DTYPES = frozenset(_DTYPES.split())
ROTATIONS = frozenset(
    ("default", "dynamic", "linear", "llama3", "longrope", "mrope", "proportional", "su", "yarn")
)
# A value of this name would hide a function of transformers' config.
METHODS = frozenset(
    ("from_dict", "from_pretrained", "get_text_config", "save_pretrained", "to_dict",
     "to_diff_dict", "to_json_string")
)  # fmt: skip
REPEATING = {"hrm_text", "longcat_flash"}  # these count a layer more often than it is stored
_NUMBERED = re.compile(r"(?:^|\.)(?:layers?|h|blocks?)\.(\d+)\.")
# The layers of the text itself, not of eyes, ears or what guesses further tokens.
_TEXT_LAYER = re.compile(
    r"(?:(?:language_model|text_model|model|transformer|gpt_neox|backbone|decoder|rwkv)\.)*"
    r"(?:layers|h|blocks)\.(\d+)\."
)
_FURTHER = re.compile(r"nextn|mtp")  # keys of config.json that count layers for further tokens
_OF_FURTHER = re.compile(r"\.(?:eh_proj|enorm|hnorm|shared_head|mtp\w*)\.")


def contradictory(what: str) -> UserError:
    """The error for a config.json that no model can be built from."""
    return UserError(
        "This model's config.json is contradictory ({what}).",
        "Choose another model.",
        "choose_model",
        what=what,
    )


def _impossible(name: str, value: Any) -> UserError:
    told = shown(json.dumps(value), 30)
    return contradictory(Reason("{name} cannot be {value}", name=name, value=told))


# -- values ---------------------------------------------------------------------------------------


def require_values(config: Mapping[str, Any]) -> None:
    """Raise UserError for a value that is none, in config.json or in its text part."""
    inner = config.get("text_config")
    for name in config:
        if name in METHODS or name.startswith("__"):
            raise _impossible(name, config[name])
    model_type, words = text_part(config)
    known = model_type in FAMILIES
    for values in (config, inner if isinstance(inner, dict) else {}):
        for name, most in SIZES.items():
            for value in _each(values.get(name), known):
                if type(value) is not int or not 0 < value <= most:
                    raise _impossible(name, values[name])
        packed = values.get("quantization_config")
        if not isinstance(packed, dict | None):
            raise _impossible("quantization_config", packed)
    if inner and config.get("model_type") in FAMILIES:  # those are text alone
        raise _impossible("text_config", inner)
    if known:
        _require_kinds({**config, **inner} if isinstance(inner, dict) else config)
        _require_counts(words)


def _each(value: Any, known: bool) -> list[Any]:
    """Some models, none of those known, tell a size for each layer."""
    if value is None:
        return []
    return value if isinstance(value, list) and value and not known else [value]


def _require_kinds(values: Mapping[str, Any]) -> None:
    for name in NEEDED:
        if name in values and values[name] is None:
            raise _impossible(name, None)
    for names, is_kind in _KINDS.items():
        for name in names.split():
            if values.get(name) is not None and not is_kind(values[name]):
                raise _impossible(name, values[name])


def _require_counts(values: Mapping[str, Any]) -> None:
    """What has to fit together; `values` in Llama's words."""
    hidden, heads = values.get("hidden_size"), values.get("num_attention_heads")
    if hidden and heads and heads * values["head_dim"] < heads:
        raise _impossible("num_attention_heads", heads)
    shared = values.get("num_key_value_heads")
    if heads and shared and heads % shared:
        raise _impossible("num_key_value_heads", shared)
    chosen, experts = values.get("num_experts_per_tok"), values.get("num_local_experts")
    if chosen and experts and chosen > experts:
        raise _impossible("num_experts_per_tok", chosen)
    kinds, layers = values.get("layer_types"), values.get("num_hidden_layers")
    if kinds and layers and len(kinds) != layers:
        raise contradictory(
            Reason("{layers} layers, and the kinds of {kinds}", layers=layers, kinds=len(kinds))
        )


def _is_switch(value: Any) -> bool:
    return type(value) is bool


def _is_fraction(value: Any) -> bool:
    return type(value) is float and math.isfinite(value) and value >= 0


def _is_whole(value: Any) -> bool:
    return type(value) is int


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**31


def _is_activation(value: Any) -> bool:
    return isinstance(value, str) and value in ACTIVATIONS


def _are_tokens(value: Any) -> bool:
    return all(type(item) is int for item in (value if isinstance(value, list) else [value]))


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_rotation(value: Any) -> bool:
    """One table of settings, or one for each kind of layer."""
    if not isinstance(value, dict):
        return False
    kinds = [value.get(name, "default") for name in ("rope_type", "type")]
    return all(isinstance(kind, str) and kind in ROTATIONS for kind in kinds)


def _is_share(value: Any) -> bool:
    return type(value) is float and 0 <= value <= 1


def _is_dtype(value: Any) -> bool:
    """Numbers and tables are ignored by transformers, a wrong name is not."""
    if isinstance(value, str):
        return value.removeprefix("torch.") in DTYPES
    return not isinstance(value, list)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "attention_bias mlp_bias tie_word_embeddings": _is_switch,
    "rms_norm_eps": _is_fraction,
    "initializer_range": _is_share,
    "dtype torch_dtype": _is_dtype,
    "max_position_embeddings": _is_whole,
    "sliding_window num_experts num_local_experts n_routed_experts num_experts_per_tok": _is_count,
    "hidden_act": _is_activation,
    "eos_token_id": _are_tokens,
    "layer_types": _are_texts,
    "rope_parameters rope_scaling": _is_rotation,
}


# -- the weights ----------------------------------------------------------------------------------


def require_layers(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> None:
    """Raise UserError where config.json tells of more or fewer layers than the names show."""
    model_type, values = text_part(config)
    layers = values.get("num_hidden_layers") or values.get("num_layers")
    numbered = [int(found[1]) for name in tensors if (found := _NUMBERED.search(name))]
    if not isinstance(layers, int) or not numbered:
        return
    stored = max(numbered) + 1
    if layers > stored and model_type not in REPEATING:
        raise contradictory(
            Reason("{layers} layers, but weights for {stored}", layers=layers, stored=stored)
        )
    extra = _extra(layers, tensors)
    if not extra or _tells_further(config):
        return
    raise UserError(
        "{count} weights do not fit config.json (first: {name}).",
        "Download it again.",
        "open_library",
        count=len(extra),
        name=shown(extra[0]),
    )


def _extra(layers: int, tensors: Mapping[str, Tensor]) -> list[str]:
    """Names of weights in layers that the model has not, but for those for further tokens."""
    found: dict[int, list[str]] = defaultdict(list)
    for name in tensors:
        if (told := _TEXT_LAYER.match(name)) and int(told[1]) >= layers:
            found[int(told[1])].append(name)
    return sorted(
        name
        for names in found.values()
        if not any(map(_OF_FURTHER.search, names))
        for name in names
    )


def _tells_further(config: Mapping[str, Any]) -> bool:
    inner = config.get("text_config")
    return any(
        _FURTHER.search(name) and value
        for values in (config, inner if isinstance(inner, dict) else {})
        for name, value in values.items()
    )
