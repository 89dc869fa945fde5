"""A model's sizes: how many numbers its weights have, and of what role; what its layers keep.

Weights are counted from the headers of the files where they are at hand, else from config.json.
Knows nothing about bytes per number or devices.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from chatapp.architectures import (
    FAMILIES,
    KEPT_WHOLE,
    Cache,
    Family,
    Values,
    caches,
    kinds,
    routed,
    shared_width,
    size,
    text_part,
    widest,
)
from chatapp.chat import UserError
from chatapp.foreign import shown
from chatapp.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chatapp.weights import Tensor

Role = Literal["embedding", "head", "block", "expert", "other"]


class Matrix(NamedTuple):
    """Weights that multiply: `copies` of the same size. Only those of a block are ever packed."""

    rows: int  # numbers out
    columns: int  # numbers in
    copies: int = 1  # layers x experts
    role: Role = "block"

    @property
    def elements(self) -> int:
        """How many numbers they hold."""
        return self.rows * self.columns * self.copies


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that memory depends on."""

    model_type: str
    matrices: tuple[Matrix, ...] = field(repr=False)
    vectors: int  # numbers in norms, biases and other small things
    tied: bool  # one table reads tokens and writes scores
    caches: tuple[Cache, ...]
    whole: bool  # our engine keeps every token, also in a layer with a window
    layers: int
    hidden: int
    widest: int  # numbers that one token has inside a feed-forward layer, all its experts together
    routed: int  # numbers of one token that wait for its experts: a copy for each
    heads: int  # width of all query heads together
    head_dim: int
    unfolded: int  # numbers per token that compressed keys and values become while one layer runs
    vocabulary: int
    context: int | None  # tokens; None = not told

    @property
    def parameters(self) -> int:
        """All numbers of the model, a tied table once."""
        return self.vectors + sum(matrix.elements for matrix in self.matrices)

    def elements(self, *roles: Role) -> int:
        """Numbers in the matrices of these roles."""
        return sum(matrix.elements for matrix in self.matrices if matrix.role in roles)


def read(config: Mapping[str, Any], tensors: Mapping[str, Tensor] | None = None) -> Shape:
    """The sizes that config.json tells; with headers, the weights are counted from those.

    Raises UserError where a size is missing, or where the family is not among ours and there are
    no headers.
    """
    model_type, values = text_part(config)
    family = FAMILIES.get(model_type)
    if family is None and tensors is None:
        raise UserError(
            "The weights of {architecture} cannot be counted without their files.",
            "Download the model first.",
            architecture=shown(model_type) or "this model",
        )
    # The headers of a quantised model count packed numbers; config.json counts the real ones.
    packed = isinstance(config.get("quantization_config"), dict)
    try:
        if tensors is None or (packed and family):
            counted = _Counted(family or Family(), values, config)
            matrices, vectors = _grouped(counted.matrices), counted.vectors
        else:
            matrices, vectors = _from_headers(tensors, values)
        return _shape(model_type, values, matrices, vectors)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError) as error:
        told = str(error.args[0])  # a name, unless it is Python's own phrase
        name = told if told.isidentifier() else "a size"
        raise UserError(
            "This model's config.json is contradictory ({what}).",
            "Choose another model.",
            "choose_model",
            what=Reason("{name} is missing or no size", name=shown(name)),
        ) from error


def _shape(model_type: str, values: Values, matrices: tuple[Matrix, ...], vectors: int) -> Shape:
    layers = kinds(model_type, values)
    heads = values.get("num_attention_heads", 0)
    compressed = "kv_lora_rank" in values
    wide = ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    unfolded = heads * sum(size(values, name) for name in wide) if compressed else 0
    shape = Shape(
        model_type=model_type,
        matrices=matrices,
        vectors=vectors,
        tied=bool(values.get("tie_word_embeddings")),
        caches=caches(values, layers),
        whole=KEPT_WHOLE.issuperset(layers),
        layers=len(layers),
        hidden=size(values, "hidden_size"),
        widest=widest(values),
        routed=routed(values),
        heads=unfolded or heads * values.get("head_dim", 0),
        head_dim=values.get("head_dim", 0),
        unfolded=unfolded,
        vocabulary=size(values, "vocab_size"),
        context=_length(values.get("max_position_embeddings")),
    )
    numbers = (
        shape.widest,
        shape.routed,
        shape.heads,
        shape.head_dim,
        *(n for c in shape.caches for n in c),
    )
    if any(n is not None and (type(n) is not int or not 0 <= n < 2**60) for n in numbers):
        raise ValueError("width")
    return shape


def _length(told: Any) -> int | None:
    return told if type(told) is int and told > 0 else None


# -- weights by the files -------------------------------------------------------------------------

_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks?)\.(\d+)\.")
_EYES = re.compile(r"(?:^|\.)(?:vision|visual|audio|multi_modal)")
_HEAD = re.compile(r"(?:^|\.)(?:lm_head|embed_out)\.weight$")
_TABLE = re.compile(r"(?:^|\.)(?:embed\w*|wte|wpe|word_embeddings)\.weight$")
_NOT_LOADED = re.compile(
    r"rotary_emb\.inv_freq$|\.attn\.(?:masked_)?bias$|e_score_correction_bias$"
)


def _from_headers(tensors: Mapping[str, Tensor], values: Values) -> tuple[tuple[Matrix, ...], int]:
    """The matrices and the sum of the rest, of what a loader keeps."""
    layers = size(values, "num_hidden_layers")
    roles = {name: role for name in tensors if (role := _role(name, layers))}
    if values.get("tie_word_embeddings") and "embedding" in roles.values():
        roles = {name: role for name, role in roles.items() if role != "head"}
    matrices, vectors = [], 0
    for name, role in roles.items():
        shape = tensors[name].shape
        if len(shape) == 2 and not name.endswith("bias"):
            matrices.append(Matrix(*shape, 1, role))
        elif len(shape) == 3 and role == "expert":  # all of a layer side by side
            matrices.append(Matrix(shape[1], shape[2], shape[0], role))
        else:
            vectors += tensors[name].elements
    return _grouped(matrices), vectors


def _role(name: str, layers: int) -> Role | None:
    """None: no loader keeps it. Extra layers predict further tokens in training only."""
    if _EYES.search(name):
        return "other"
    if _NOT_LOADED.search(name):
        return None
    if _HEAD.search(name):
        return "head"
    if layer := _LAYER.search(name):
        if int(layer[1]) >= layers:
            return None
        return "expert" if ".experts." in name else "block"
    return "embedding" if _TABLE.search(name) else "other"


def _grouped(matrices: Iterable[Matrix]) -> tuple[Matrix, ...]:
    """Equal sizes together."""
    found: Counter[Matrix] = Counter()
    for matrix in matrices:
        found[matrix._replace(copies=1)] += matrix.copies
    return tuple(matrix._replace(copies=copies) for matrix, copies in found.items())


# -- weights by config.json -----------------------------------------------------------------------


class _Counted:
    """The weights of a family that is known."""

    def __init__(self, family: Family, values: Values, config: Mapping[str, Any]) -> None:
        self.matrices: list[Matrix] = []
        self.vectors = 0
        self._family, self._values = family, values
        told = family.flag if values.get("attention_bias") else ""
        self._biased = family.biased + told + ("m" if values.get("mlp_bias") else "")
        self._hidden = size(values, "hidden_size")
        self._tables()
        layers = kinds(str(values.get("model_type", "")), values)
        linear = sum(kind == "linear_attention" for kind in layers)
        self._linear_attention(linear)
        self._attention(len(layers) - linear)
        sparse = sum(self._is_sparse(layer) for layer in range(len(layers)))
        self._experts(sparse)
        self._feed_forward(size(values, "intermediate_size"), len(layers) - sparse)
        norms = family.norms * len(layers) + 1
        self.vectors += norms * self._hidden * (2 if family.centred else 1)
        eyes = config.get("vision_config")
        if isinstance(eyes, dict) and "mm_tokens_per_image" in config:
            self._eyes(eyes)

    def _add(
        self, rows: int, columns: int, copies: int, product: str = "", role: Role = "block"
    ) -> None:
        """A product, with its bias where it has one."""
        if copies:
            self.matrices.append(Matrix(rows, columns, copies, role))
            self.vectors += rows * copies if product and product in self._biased else 0

    def _tables(self) -> None:
        values, vocabulary = self._values, size(self._values, "vocab_size")
        self._add(vocabulary, self._hidden, 1, role="embedding")
        if not values.get("tie_word_embeddings"):
            self._add(vocabulary, self._hidden, 1, role="head")
        if self._family.positions:
            length = size(values, "max_position_embeddings")
            self._add(length, self._hidden, 1, role="embedding")

    def _attention(self, layers: int) -> None:
        values, hidden = self._values, self._hidden
        heads = size(values, "num_attention_heads")
        if "kv_lora_rank" in values:
            return self._latent_attention(heads, layers)
        dim = size(values, "head_dim")
        queries, keys = heads * dim, size(values, "num_key_value_heads") * dim
        self._add(queries * (2 if values.get("gates_q") else 1), hidden, layers, "q")
        self._add(keys, hidden, layers, "k")
        self._add(keys, hidden, layers, "v")
        self._add(hidden, queries, layers, "o")
        norms = {"": 0, "head": 2 * dim, "whole": queries + keys}[self._family.head_norm]
        self.vectors += layers * (norms + (heads if self._family.sinks else 0))
        return None

    def _latent_attention(self, heads: int, layers: int) -> None:
        """Multi-head latent attention: keys and values grow from one short vector."""
        values, hidden = self._values, self._hidden
        rank, turned = size(values, "kv_lora_rank"), size(values, "qk_rope_head_dim")
        plain, value = size(values, "qk_nope_head_dim"), size(values, "v_head_dim")
        inner = values.get("q_lora_rank")
        if inner:
            self._add(inner, hidden, layers)
            self.vectors += inner * layers
        self._add(heads * (plain + turned), inner or hidden, layers)
        self._add(rank + turned, hidden, layers)
        self.vectors += rank * layers
        self._add(heads * (plain + value), rank, layers)
        self._add(hidden, heads * value, layers)

    def _linear_attention(self, layers: int) -> None:
        """Gated delta nets: a state instead of keys and values."""
        if not layers:
            return
        values, hidden = self._values, self._hidden
        heads, dim = size(values, "linear_num_value_heads"), size(values, "linear_value_head_dim")
        keys = size(values, "linear_num_key_heads") * size(values, "linear_key_head_dim")
        self._add(2 * keys + 2 * heads * dim, hidden, layers)
        self._add(2 * heads, hidden, layers)
        self._add(hidden, heads * dim, layers)
        mixed = (2 * keys + heads * dim) * values.get("linear_conv_kernel_dim", 4)
        self.vectors += layers * (mixed + 2 * heads + dim)

    def _is_sparse(self, layer: int) -> bool:
        """Whether the layer's feed-forward is made of experts."""
        values = self._values
        if not values.get("num_local_experts") or layer < values.get("first_k_dense_replace", 0):
            return False
        step = values.get("decoder_sparse_step", 1)
        return (layer + 1) % step == 0 and layer not in values.get("mlp_only_layers", ())

    def _experts(self, layers: int) -> None:
        if not layers:
            return
        values, hidden = self._values, self._hidden
        experts = size(values, "num_local_experts")
        width = values.get("moe_intermediate_size") or size(values, "intermediate_size")
        self._add(experts, hidden, layers, "m")
        self._feed_forward(width, layers * experts, "expert")
        if shared := shared_width(values):
            self._feed_forward(shared, layers)
            if "shared_expert_intermediate_size" in values:
                self._add(1, hidden, layers)  # its gate

    def _feed_forward(self, width: int, copies: int, role: Role = "block") -> None:
        for _ in range(2 if self._family.gated else 1):
            self._add(width, self._hidden, copies, "m", role)
        self._add(self._hidden, width, copies, "m", role)

    def _eyes(self, config: Mapping[str, Any]) -> None:
        """Gemma's SigLIP: patches, positions, blocks like GPT-2's, and a bridge to the text."""
        hidden = size(config, "hidden_size")
        inner, blocks = size(config, "intermediate_size"), size(config, "num_hidden_layers")
        patch, image = size(config, "patch_size"), size(config, "image_size")
        self._add(hidden, 3 * patch * patch, 1, role="other")
        self._add((image // patch) ** 2, hidden, 1, role="other")
        self._add(hidden, hidden, 4 * blocks, role="other")
        self._add(inner, hidden, 2 * blocks, role="other")
        self._add(self._hidden, hidden, 1, role="other")
        self.vectors += blocks * (9 * hidden + inner) + 4 * hidden
