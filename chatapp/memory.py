"""What a model will need: bytes of each part, at a precision and a length; and whether they fit.

Weights and the cache are exact; workspace, activations and what the libraries take are estimates.
Knows nothing about torch. `Ledger` is the same account while a model runs, filled by the engine.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from chatapp.cards import gigabytes, reserve_bytes
from chatapp.chat import UserError, Value

if TYPE_CHECKING:
    from chatapp.cards import Card, Kind
    from chatapp.chat import Reading
    from chatapp.holding import Holding
    from chatapp.sizes import Shape

Training = Literal["", "lora", "full"]
Word = Literal["fits", "tight", "spread", "too big"]  # spread: some layers lie off the card

MB, GB = 10**6, 10**9
CHUNK = 2048  # tokens of a prompt that are read at once
UNTOLD = 2048  # tokens: the context of a model that does not tell its own
LONGEST = 1 << 20  # tokens: nobody asks for more
RANK = 16  # of an adapter
ROWS = 8  # read at once by a training, unless told otherwise
# What the libraries take before the first weight: CUDA context, kernels, workspaces; on a CPU the
# process itself. Measured: an H100 with CUDA 13, a CPU.
TRAINING = {"cuda": 0, "apple": 0, "cpu": 70 * MB}  # more libraries, measured on a CPU
# What freed blocks that glibc keeps add to the activations on a CPU, unless memory is saved
# (`engine.trimming`). Measured: 1.7 times on the guide, 1.5 times on SmolLM2-135M.
KEPT = 1.65
RUNTIME: dict[Kind, int] = {"cuda": 800 * MB, "apple": 500 * MB, "cpu": 350 * MB}
# The fast path on a CPU keeps sums, keys and values in float32, whatever the weights are in.
FLOAT32_SUMS = ("llama", "qwen2", "qwen3", "mistral", "gemma", "gemma2", "gemma3_text")
# Families whose attention is computed in the open, with so many scores held at once: of a piece of
# the chunk, or of a chunk that is smaller for it. As the engine has them; a test compares.
CAPPED = {"gemma2": 1 << 24}
EAGER = {"gpt_oss": 1 << 26}
LEAST = 32  # tokens of a chunk, then
NORMED = ("qwen3", "qwen3_moe", "gemma3_text")  # each head's queries and keys too
SMALL = 100 * MB  # parameters: below, a CPU runs in float32


@dataclass(frozen=True, slots=True)
class Format:
    """How a precision stores weights, and where this version can compute in it."""

    number_bytes: int  # of every number that is not packed
    packed_bits: float = 0  # of a weight in a block; 0 = not packed
    packs_head: bool = False  # the table of scores too; a tied one then exists twice
    kinds: tuple[Kind, ...] = ("cuda", "apple", "cpu")
    tile: tuple[int, int] = (1, 1)  # a packed matrix is filled up to these many rows and columns


BITS = {"int8": 8, "int4": 4}
FORMATS = {
    "float32": Format(4),
    "bfloat16": Format(2),
    "float16": Format(2),
    # One packed copy reads prompts and single tokens; measured, 1.003 bytes a weight.
    "int8": Format(2, 8, True, ("cuda", "cpu")),
    # 4 bits, and two bfloat16 for every 32 weights of a row.
    "int4": Format(2, 5, False, ("cuda", "cpu"), (16, 32)),
    "stored": Format(2),  # packed by its maker: as many bytes as its files
}
# On a card as two halves of 4 bits, with four bfloat16 for every 64 weights of a row.
EIGHT_ON_CARDS = replace(FORMATS["int8"], packed_bits=9, tile=(16, 64))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with a model, and where."""

    dtype: str
    context: int  # tokens; of one row when training
    kind: Kind = "cuda"
    candidates: int = 1  # answers at once
    training: Training = ""
    stored_bytes: int = 0  # of the weights' files, for the dtype `stored`
    rows: int = ROWS  # read at once when training
    rank: int = RANK  # of the adapter that is trained
    saves: bool = False  # training keeps only what goes into each layer, and computes it again


# -- the parts ------------------------------------------------------------------------------------

_seen: dict[Kind, int] = {}  # what the libraries took here, once a model had answered


def runtime_bytes(kind: Kind) -> int:
    """What the libraries take: as it was seen on this computer, else as it was elsewhere."""
    return _seen.get(kind, RUNTIME[kind])


def weights_bytes(shape: Shape, dtype: str, kind: Kind = "cuda") -> int:
    """What the weights take once they are loaded; exact where rows and columns fill the tiles."""
    form = EIGHT_ON_CARDS if (dtype, kind) == ("int8", "cuda") else FORMATS[dtype]
    if not form.packed_bits:
        # On a CPU the fast path packs float16 too: a tied table then exists twice.
        twice = dtype == "float16" and kind == "cpu" and shape.tied
        twice = twice and shape.model_type in FLOAT32_SUMS
        table = shape.vocabulary * shape.hidden if twice else 0
        return (shape.parameters + table) * form.number_bytes
    blocks = shape.elements("block", "expert")
    head = shape.elements("head") or shape.vocabulary * shape.hidden
    packed = sum(
        _up(matrix.rows, form.tile[0]) * _up(matrix.columns, form.tile[1]) * matrix.copies
        for matrix in shape.matrices
        if matrix.role in ("block", "expert")
    )
    packed += head if form.packs_head else 0
    plain = shape.parameters - blocks
    if form.packs_head and not shape.tied:
        plain -= head
    return int(packed * form.packed_bits) // 8 + plain * form.number_bytes


def bare_bytes(parameters: int, dtype: str, kind: Kind) -> int:
    """The same where only their number is known: as if all of them were packed."""
    form = EIGHT_ON_CARDS if (dtype, kind) == ("int8", "cuda") else FORMATS[dtype]
    return int(parameters * (form.packed_bits or 8 * form.number_bytes)) // 8


def _up(count: int, step: int) -> int:
    return -(-count // step) * step


def number_bytes(shape: Shape, dtype: str, kind: Kind) -> int:
    """Of one number in the sums, the keys and the values."""
    if kind == "cpu" and shape.model_type in FLOAT32_SUMS:
        return 4
    return FORMATS[dtype].number_bytes


def kv_bytes(shape: Shape, tokens: int, number_bytes: int, windows: bool | None = None) -> int:
    """The cache of `tokens` tokens. `windows`: layers forget what they cannot see any more.

    Without being told, as our engine keeps it: whole, so that it can be cut back at any length,
    except in models with layers that cannot be cut back at all.
    """
    forgets = not shape.whole if windows is None else windows
    total = 0
    for layers, width, window, state, edge in shape.caches:
        # A new token sees itself and what is kept, so that is one less than the window.
        kept = min(tokens, window - 1) if forgets and window else tokens
        total += layers * ((width * kept + edge) * number_bytes + state * 4)
    return total


def kv_bytes_per_token(shape: Shape, number_bytes: int) -> int:
    """What one more token adds while no window is full."""
    return sum(cache.layers * cache.width for cache in shape.caches) * number_bytes


def workspace_bytes(shape: Shape, plan: Plan) -> int:
    """The most that is alive while a chunk of the prompt is read; an estimate."""
    size = number_bytes(shape, plan.dtype, plan.kind)
    tokens = min(CHUNK, plan.context)
    keys = max((cache.width for cache in shape.caches), default=0)
    each = plan.context * shape.heads // max(1, shape.head_dim)  # scores of one new token
    held = 0
    if shape.model_type in CAPPED:
        held = min(tokens * each, max(each, CAPPED[shape.model_type]))
    elif shape.model_type in EAGER:
        tokens = min(tokens, max(LEAST, EAGER[shape.model_type] // each))
        held = tokens * each
    fused = shape.model_type in FLOAT32_SUMS
    attention = tokens * (4 * shape.hidden + 2 * shape.heads + keys) * size
    feed = 3 * tokens * (shape.widest + shape.routed) * size
    # Behind the first chunk there is a mask, and then transformers repeats keys and values.
    repeats = not fused and not shape.unfolded and plan.context > CHUNK
    repeated = 2 * plan.context * shape.heads * size if repeats else 0
    mask = tokens * plan.context * (size + 1)
    unfolded = plan.context * shape.unfolded * size
    rotation = 2 * plan.context * shape.head_dim * size
    scores = plan.candidates * shape.vocabulary * 4 * 3  # as they are, sorted, as chances
    block = attention + max(feed, repeated) + held * (4 + size)
    return block + mask + unfolded + rotation + scores


def adapter_parameters(shape: Shape, rank: int = RANK) -> int:
    """Two thin matrices beside each product of a block, experts left alone."""
    matrices = (matrix for matrix in shape.matrices if matrix.role == "block")
    return sum(rank * (m.rows + m.columns) * m.copies for m in matrices)


def activation_bytes(
    shape: Shape, row_tokens: int, mixed: bool, rows: int = ROWS, saves: bool = False
) -> int:
    """What the backward pass needs of the forward one, by what autograd saves in Llama's blocks.

    Measured: `mixed` (bfloat16 products) and plain float32 differ in the products' own numbers.
    With `saves` one layer at a time has all of it, the others only what goes into them.
    """
    size = 2 if mixed else 4
    keys = max((cache.width for cache in shape.caches), default=0)
    products = (2 * shape.heads + keys + 4 * shape.widest) * size
    layer = products + shape.hidden * (26 if mixed else 24)
    if shape.model_type in NORMED:
        layer += (shape.heads + keys // 2) * (size + 4)
    scores = shape.vocabulary * 12  # in the run type, in float32, and their gradient
    layers = layer + shape.layers * shape.hidden * size if saves else shape.layers * layer
    return rows * row_tokens * (layers + scores)


def _training_parts(shape: Shape, plan: Plan) -> dict[str, int]:
    """AdamW in float32; products in 16 bits (mixed precision) unless float32 was asked for."""
    mixed = plan.dtype != "float32"
    adapter = adapter_parameters(shape, plan.rank) if plan.training == "lora" else 0
    trained = adapter or shape.parameters
    weights = weights_bytes(shape, plan.dtype if adapter else "float32")
    activations = activation_bytes(shape, plan.context, mixed, plan.rows, plan.saves)
    kept = KEPT if plan.kind == "cpu" and not plan.saves else 1.0
    cast = 0 if adapter or not mixed else 2 * shape.elements("block", "expert", "head")
    return {
        "weights": weights + cast,
        "adapter": adapter * 4,
        "gradients": trained * 4,
        "optimiser": trained * 8,  # two moments
        "activations": round(activations * kept),
        "runtime": runtime_bytes(plan.kind) + TRAINING[plan.kind],
    }


def parts(shape: Shape, plan: Plan) -> dict[str, int]:
    """Bytes by name; their sum is what is needed at once."""
    if plan.training:
        return _training_parts(shape, plan)
    size = number_bytes(shape, plan.dtype, plan.kind)
    return {
        "weights": plan.stored_bytes or weights_bytes(shape, plan.dtype, plan.kind),
        "kv_cache": plan.candidates * kv_bytes(shape, plan.context, size),
        "workspace": workspace_bytes(shape, plan),
        "runtime": runtime_bytes(plan.kind),
    }


def total_bytes(shape: Shape, plan: Plan) -> int:
    """All parts together."""
    return sum(parts(shape, plan).values())


# -- does it fit ----------------------------------------------------------------------------------


def longest(shape: Shape) -> int:
    """Tokens that the model can see."""
    return min(shape.context or UNTOLD, LONGEST)


def largest_context(shape: Shape, plan: Plan, free_bytes: int) -> int:
    """Tokens that fit, up to what the model can see; 0 = not even one."""
    lengths = range(1, longest(shape) + 1)
    return bisect_right(
        lengths, free_bytes, key=lambda n: total_bytes(shape, replace(plan, context=n))
    )


def runs(dtype: str, card: Card) -> bool:
    """Whether this version computes in it there."""
    return card.kind in FORMATS[dtype].kinds and (dtype not in BITS or card.few_bits)


def refusal(shape: Shape, dtype: str, card: Card) -> UserError | None:
    """Why the model cannot be computed in this precision there, as a load would tell."""
    if not runs(dtype, card):
        return UserError(
            "{bits} bits run only on the CPU and on NVIDIA cards from 2020 on.",
            "Choose bfloat16 or float16.",
            bits=BITS[dtype],
        )
    if dtype in BITS and shape.model_type not in FLOAT32_SUMS:
        return UserError(
            "This model cannot run in {precision} in this version.",
            "Choose bfloat16 or float32.",
            precision=dtype,
        )
    return None


def reason(shape: Shape, plan: Plan, card: Card) -> UserError | None:
    """Why it does not fit there; None when it does."""
    plan = replace(plan, kind=card.kind)
    if refused := refusal(shape, plan.dtype, card):
        return refused
    needed = parts(shape, plan)
    total = sum(needed.values())
    if total <= card.free_bytes:
        return None
    values: dict[str, Value] = {"need": gigabytes(total), "free": gigabytes(card.free_bytes)}
    fitting = 0 if plan.training else largest_context(shape, plan, card.free_bytes)
    if fitting:
        return UserError(
            "{need} GB are needed at {context} tokens; {free} GB are free.",
            "{fitting} tokens fit.",
            context=plan.context,
            fitting=fitting,
            **values,
        )
    return UserError(
        "{need} GB are needed, {weights} GB of them for the weights; {free} GB are free.",
        "Choose a smaller model, or a card with more memory.",
        weights=gigabytes(needed["weights"]),
        **values,
    )


def usual_dtype(shape: Shape, kind: Kind) -> str:
    """What Auto takes: the engine's own choice, as far as it matters for memory."""
    return "float32" if kind == "cpu" and shape.parameters < SMALL else "bfloat16"


def auto_dtype(shape: Shape, card: Card, context: int) -> str:
    """What Auto takes there: the usual, or as many bits as fit; the usual where none do."""
    usual = usual_dtype(shape, card.kind)
    for dtype in (usual, *BITS):
        plan = Plan(dtype, min(context, longest(shape)), card.kind)
        if refusal(shape, dtype, card) is None and total_bytes(shape, plan) <= card.free_bytes:
            return dtype
    return usual


@dataclass(frozen=True, slots=True)
class Light:
    """One word about a model before it is loaded; sentence and values as in UserError."""

    word: Word
    sentence: str
    values: dict[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence.format(**self.values)


def light(shape: Shape, card: Card, context: int) -> Light:
    """Whether it fits as Auto loads it: tight = less than 1 GB, and than a tenth, would be left."""
    plan = Plan(auto_dtype(shape, card, context), min(context, longest(shape)), card.kind)
    return verdict(total_bytes(shape, plan), card.free_bytes)


def verdict(needed: int, free_bytes: int) -> Light:
    """The same for a need that was counted already; bytes."""
    left = free_bytes - needed
    values: dict[str, Value] = {"need": gigabytes(needed), "free": gigabytes(free_bytes)}
    if left < 0:
        return Light("too big", "It needs {need} GB; {free} GB are free.", values)
    if left < min(GB, free_bytes // 10):
        sentence = "It needs {need} of {free} GB; close other programs first."
        return Light("tight", sentence, values)
    return Light("fits", "It needs {need} of {free} GB.", values)


# -- while it runs --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where a device's memory is now; all in bytes. Whoever fills it measures, nothing is guessed.

    `workspace` is the peak beyond weights and cache, `slack` what the allocator keeps for later.
    """

    device: str  # empty = the computer itself
    total: int
    free: int
    weights: int = 0
    kv_cache: int = 0
    workspace: int = 0
    slack: int = 0
    context: int = 0  # the rest of this program: libraries, and the device's own context
    others: int = 0  # other programs
    kv_per_token: int = 0
    candidates: int = 1
    context_left: int = 0  # tokens until the context is full

    @property
    def unexplained(self) -> int:
        """What the parts do not add up to; negative when something was counted twice."""
        known = self.weights + self.kv_cache + self.workspace + self.slack
        return self.total - self.free - known - self.context - self.others

    @property
    def tokens_left(self) -> int:
        """About so many more tokens until something is full: the memory or the context."""
        return max(0, min(self.context_left, self._memory_left))

    @property
    def ends(self) -> Literal["context", "memory"]:
        """Which of the two ends first."""
        return "memory" if self._memory_left < self.context_left else "context"

    @property
    def _memory_left(self) -> int:
        if not self.kv_per_token:
            return self.context_left
        spare = self.free + self.slack - reserve_bytes(self.total)
        return max(0, spare) // (self.kv_per_token * self.candidates)


def account(reading: Reading, holding: Holding | None) -> Ledger | None:
    """Where the device's memory is: the driver's numbers and the engine's laid together.

    None while the driver tells no memory. Where it does not tell what this process holds, the
    device's context counts among the other programs.
    """
    if reading.used_bytes is None or not reading.total_bytes:
        return None
    held = holding.reserved if holding else 0
    own = reading.own_gpu_bytes if reading.gpu else reading.own_bytes
    own = held if own is None else own
    return Ledger(
        device=reading.device if reading.gpu else "",
        total=reading.total_bytes,
        free=reading.total_bytes - reading.used_bytes,
        weights=holding.weights if holding else 0,
        kv_cache=holding.kv_cache if holding else 0,
        workspace=holding.workspace if holding else 0,
        slack=holding.slack if holding else 0,
        context=max(0, own - held),
        others=max(0, reading.used_bytes - max(own, held)),
        kv_per_token=holding.kv_per_token if holding else 0,
        candidates=holding.rows if holding else 1,
        context_left=holding.context_left if holding else 0,
    )


def compare(reading: Reading, holding: Holding) -> int | None:
    """Hold the one estimate of a card's forecast against the truth, and forecast with that.

    Called when a model has answered, so that everything is loaded that will be. Returns by how many
    bytes the forecast was too low; None where the driver does not tell what this process holds.
    """
    if not reading.gpu or not reading.own_gpu_bytes or reading.own_gpu_bytes <= holding.reserved:
        return None
    before, truth = runtime_bytes("cuda"), reading.own_gpu_bytes - holding.reserved
    _seen["cuda"] = truth
    return truth - before
