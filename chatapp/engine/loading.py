"""A model folder and the Loading knobs -> a model and its tokenizer, told as Progress.

The gate has read the folder before anything here does. `reading` brings the weights, block
by block; a checkpoint whose names do not match
the model's own goes through `from_pretrained`. Knows nothing about prompts or threads.
"""

from __future__ import annotations

import logging
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psutil
import torch
from accelerate import init_empty_weights
from torch.nn import Parameter
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.initialization import no_init_weights
from transformers.utils import CONFIG_NAME
from transformers.utils import logging as transformers_log

from chatapp import cards, gate, memory, sharing
from chatapp.chat import Event, Progress, UserError
from chatapp.contradictions import contradictory
from chatapp.engine import placing, reading, spreading
from chatapp.engine.family import LLAMAS
from chatapp.engine.faults import is_full
from chatapp.engine.formats import BITS, reads_float16_faster
from chatapp.engine.linears import is_finite
from chatapp.foreign import Folder
from chatapp.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from chatapp.settings import Loading
    from chatapp.sharing import Share

log = logging.getLogger(__name__)
transformers_log.disable_progress_bar()  # ours are events
transformers_log.set_verbosity_error()

TABLES = 512_000_000  # bytes beside the weights that any model may have; gpt_neo has 100 MB
SLACK = 10_000_000  # parameters that a file may lack, as of a table that is computed
SMALL = 100_000_000  # parameters: below, float32 costs little and is exact
TINY = 30_000_000  # parameters: below, waking a second thread costs more than it computes
THREADS = torch.get_num_threads()  # what torch takes by itself, or OMP_NUM_THREADS

WHY_ASKED = "As set in the Model tab."
WHY_GPU_BF16 = "The graphics card is used; bfloat16 halves the memory and keeps the range."
WHY_GPU_FP16 = "The graphics card is used; it has no bfloat16, so float16 is."
WHY_APPLE = "Apple's GPU is used; float16 halves the memory."
WHY_SPREAD = "It does not fit on the graphics card: some layers lie on other devices."
WHY_EIGHT = "It does not fit here in 16 bits; in 8 bits it does."
WHY_FOUR = "It does not fit here in 8 bits; in 4 bits it does."
WHY_BITS = {"int8": WHY_EIGHT, "int4": WHY_FOUR}
WHY_CPU_SMALL = "No usable graphics card was found; a small model runs in float32 on the CPU."
WHY_CPU_LARGE = "No usable graphics card was found; bfloat16 halves what the CPU must read."
WHY_CPU_HALF = "No usable graphics card was found; this CPU reads float16 the fastest."
WHY_CPU_RANGE = "No usable graphics card was found; float16 cannot hold this model's numbers."


@dataclass(frozen=True, slots=True)
class Resident:
    """What a load leaves: the model in eval mode on its device, and why it is there."""

    model: Any
    tokenizer: Any
    facts: gate.Facts
    device: str
    dtype: torch.dtype
    why: str
    format: str  # what the products are computed in: the dtype's name, or int8
    parameters: int


def choose(knobs: Loading, facts: gate.Facts) -> tuple[str, torch.dtype, str]:
    """Device, dtype and the reason. Raises UserError for a device this machine has not got."""
    device = placing.device_of(knobs.device)
    if knobs.dtype in BITS:
        _require_bits(knobs.dtype, device)
        return device, torch.bfloat16, WHY_ASKED
    if knobs.dtype != "auto":
        return device, getattr(torch, knobs.dtype), WHY_ASKED
    dtype, why = _usual(device, facts)
    return device, dtype, WHY_ASKED if knobs.device == "cpu" else why


def _require_bits(precision: str, device: str) -> None:
    """Raises UserError where no kernel computes in so few."""
    if not placing.has_few_bits(device):
        raise UserError(
            "{bits} bits run only on the CPU and on NVIDIA cards from 2020 on.",
            "Choose bfloat16 or float16.",
            "auto_precision",
            bits=BITS[precision],
        )


def _usual(device: str, facts: gate.Facts) -> tuple[torch.dtype, str]:
    if device.startswith("cuda"):
        if placing.has_bfloat16(device):
            return torch.bfloat16, WHY_GPU_BF16
        return torch.float16, WHY_GPU_FP16
    if device == "mps":
        return torch.float16, WHY_APPLE
    if facts.parameters < SMALL:
        return torch.float32, WHY_CPU_SMALL
    # transformers' own forward reads a prompt ten times slower in float16: only the fused one
    # knows to read it in bfloat16.
    if facts.model_type in LLAMAS and reads_float16_faster():
        return torch.float16, WHY_CPU_HALF
    return torch.bfloat16, WHY_CPU_LARGE


def threads(knobs: Loading, facts: gate.Facts) -> int:
    """How many compute: as asked, within this computer; else one for each physical core."""
    if knobs.threads:
        return min(knobs.threads, psutil.cpu_count() or 1)
    physical = psutil.cpu_count(logical=False) or THREADS  # not told on every system
    return 1 if facts.parameters < TINY else min(physical, THREADS)


def accelerators() -> dict[str, Any]:
    """What torch can use here, for `chatapp doctor`."""
    cuda = torch.cuda.is_available()
    return {
        "cuda_build": torch.version.cuda or "",
        "hip_build": torch.version.hip or "",
        "cuda": cuda,
        "mps": torch.backends.mps.is_available(),
        "threads": torch.get_num_threads(),
        "capability": ".".join(map(str, torch.cuda.get_device_capability())) if cuda else "",
    }


def load(folder: Path, knobs: Loading) -> Generator[Event, None, Resident]:
    """Check, build, fill; a Progress a block. Raises UserError, never half a model."""
    facts = gate.check(folder)
    device, dtype, why = choose(knobs, facts)
    placing.enter(torch.device(device))
    torch.set_num_threads(threads(knobs, facts))
    yield Progress("load", 0, facts.weights_bytes)
    tokenizer = tokenizer_of(folder)
    if knobs.dtype == "auto" and (bits := _fitting(knobs, facts, device)):
        knobs, dtype, why = replace(knobs, dtype=bits), torch.bfloat16, WHY_BITS[bits]
    if shares := shared_out(folder.name, knobs, facts, device, dtype):
        why = WHY_SPREAD
    # What is packed goes to the card block by block: so it never has to hold the model whole.
    first = "cpu" if knobs.dtype in BITS else device
    try:
        model = yield from build(folder, facts, first, dtype, shares)
    except OverflowError:
        log.info("loading: a weight is too large for float16, so bfloat16 is used")
        dtype, why = torch.bfloat16, WHY_CPU_RANGE if device == "cpu" else why
        model = yield from build(folder, facts, first, dtype, shares)
    yield Progress("load", facts.weights_bytes, facts.weights_bytes)
    name = knobs.dtype if knobs.dtype in BITS else str(dtype).removeprefix("torch.")
    count = model.num_parameters()  # before any is packed
    return Resident(model, tokenizer, facts, device, dtype, why, name, count)


def _fitting(knobs: Loading, facts: gate.Facts, device: str) -> str:
    """int8 or int4 where the model is too large in 16 bits and small enough in these; else ""."""
    here = cards.here()
    if facts.shape is None or facts.packed or here.kind != device.partition(":")[0]:
        return ""  # a forecast of another device says nothing
    chosen = memory.auto_dtype(facts.shape, here, knobs.context_length)
    return chosen if chosen in BITS else ""


def shared_out(
    name: str, knobs: Loading, facts: gate.Facts, device: str, dtype: torch.dtype
) -> tuple[Share, ...]:
    """What each device gets of a model that is larger than its card; empty where it is whole.

    Raises UserError where all of them together are too small, or where its weights are packed.
    """
    shape = facts.shape
    if knobs.offload != "auto" or not device.startswith("cuda") or shape is None:
        return ()
    context = min(knobs.context_length, memory.longest(shape))
    plan = memory.Plan(knobs.dtype if knobs.dtype in BITS else str(dtype)[6:], context)
    if facts.packed:
        plan = replace(plan, dtype="stored", stored_bytes=facts.weights_bytes)
    return sharing.spread(name, shape, plan, cards.rooms())


def build(
    folder: Path,
    facts: gate.Facts,
    device: str,
    dtype: torch.dtype,
    shares: Sequence[Share] = (),
) -> Generator[Event, None, Any]:
    """The filled model. Raises OverflowError when float16 on a CPU cannot hold a weight."""
    model = _empty(folder, facts, dtype)
    names = _names(model, facts)
    devices = _devices(model, folder.name, device, shares)
    if names is None:
        log.info("loading: the weight names differ from the model's, so transformers loads it")
        del model
        model = _pretrained(folder, devices, dtype)
    else:
        yield from _fill(model, names, folder, facts, devices)
    model.eval()
    model.requires_grad_(False)
    checked = names is not None and not any(kind == "F16" for kind, *_ in facts.tensors.values())
    if dtype == torch.float16 and device == "cpu" and not checked:  # while it was read
        for weight in model.parameters():
            if not is_finite(weight):
                raise OverflowError("float16")
    reading.require_numbers({n: w for n, w in model.named_parameters() if not w.is_meta})
    if names is not None and len(set(devices.values())) > 1:
        spreading.spread(model, devices, device)
    return model


def _devices(model: Any, name: str, device: str, shares: Sequence[Share]) -> dict[str, str]:
    """Module name -> device. Raises UserError for a model that cannot be taken apart."""
    if not shares:
        return {"": device}
    try:
        devices = spreading.device_map(model, shares)
    except ValueError as error:
        log.info("loading: not offloaded, because %s", error)
        raise UserError(
            "{name} does not fit on the graphics card and cannot be offloaded.",
            "Choose a smaller precision or a smaller model.",
            "choose_model",
            name=name,
        ) from error
    for share in shares:
        log.info("loading: %d layers on %s", len(share.layers), share.card.device)
    return devices


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer in a folder that the gate has passed. Raises UserError."""
    if (folder / CONFIG_NAME).exists():
        _config(folder)  # it is read for the tokenizer too, and would be taken for its fault
    try:
        return AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_fast=True
        )
    except Exception as error:  # whatever a broken file makes of a parser in three languages
        if is_full(error):
            raise
        log.info("loading: the tokenizer of %s: %r", folder.name, error)
    raise UserError(
        "The tokenizer is missing or damaged.",
        "Download tokenizer.json again.",
        "open_library",
        file=folder.name,
    )


def _empty(folder: Path, facts: gate.Facts, dtype: torch.dtype) -> Any:
    """The model's modules without memory for their weights; what no file holds is computed.

    That may be a table of its own in each layer, so it is first built without any memory.
    """
    config = _config(folder)
    with _reported(folder.name), no_init_weights(), torch.device("meta"):
        bare = AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=False)
    _require_weights(bare, facts)
    _require_room(sum(buffer.nbytes for buffer in bare.buffers()), facts)
    del bare
    with _reported(folder.name), no_init_weights(), init_empty_weights(include_buffers=False):
        return AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=False)


def _config(folder: Path) -> Any:
    """config.json as transformers understands it. Raises UserError."""
    with _reported(folder.name):
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)


@contextmanager
def _reported(name: str) -> Iterator[None]:
    """Whatever a config.json makes of transformers, told as the UserError that it is."""
    try:
        yield
    except Exception as error:  # its classes check their values each in their own way
        if is_full(error):
            raise
        log.info("loading: config.json of %s: %r", name, error)
        raise contradictory(Reason("no model can be built from it")) from error


def _require_weights(bare: Any, facts: gate.Facts) -> None:
    """Raise UserError for a model of far more numbers than its files hold.

    The general way would make up what is missing before it tells.
    """
    tied = set(getattr(bare, "all_tied_weights_keys", None) or {})
    asked = sum(w.numel() for name, w in bare.named_parameters() if name not in tied)
    held = 4 * facts.weights_bytes if facts.packed else facts.parameters  # 2 bits are the fewest
    if asked > 2 * held + SLACK:  # some models use a layer's weights again
        raise contradictory(
            Reason("{asked} parameters, but weights for {held}", asked=asked, held=held)
        )


def _require_room(tables: int, facts: gate.Facts) -> None:
    """Raise UserError for tables, in bytes, that are out of all proportion, or that do not fit."""
    if tables > facts.weights_bytes + TABLES:
        size = cards.gigabytes(tables)
        raise contradictory(Reason("it asks for tables of {size} GB beside the weights", size=size))
    if tables > (free := psutil.virtual_memory().available):
        raise UserError(
            "{need} GB are needed for tables beside the weights; {free} GB are free.",
            "Close other programs, or choose a smaller model.",
            "choose_model",
            need=cards.gigabytes(tables),
            free=cards.gigabytes(free),
        )


def _names(model: Any, facts: gate.Facts) -> dict[str, str] | None:
    """Stored name -> the model's own name; None where they do not match one to one."""
    if facts.packed or not reading.can_read(facts.tensors):
        return None
    state = model.state_dict()
    tied = set(getattr(model, "all_tied_weights_keys", None) or {})
    prefix = f"{model.base_model_prefix}."
    names = {}
    for stored, (_, shape, _) in facts.tensors.items():
        own = stored if stored in state else prefix + stored
        if own not in state or tuple(state[own].shape) != tuple(shape):
            return None
        names[stored] = own
    missing = set(state) - set(names.values()) - tied
    return None if missing else names


def _fill(
    model: Any,
    names: dict[str, str],
    folder: Path,
    facts: gate.Facts,
    devices: Mapping[str, str],
) -> Generator[Progress, None, None]:
    """Read each weight and give it to the model, tied ones once."""
    state = model.state_dict()
    wanted: dict[str, dict[str, reading.Wanted]] = {}
    for stored, (kind, shape, file) in facts.tensors.items():
        own = names[stored]
        want = reading.Wanted(file, reading.TYPES[kind], shape, state[own].dtype)
        wanted.setdefault(_device_of(own, devices), {})[stored] = want
    modules = dict(model.named_modules())
    done, total = 0, sum(want.size for some in wanted.values() for want in some.values())
    for device, some in wanted.items():
        part = reading.read(Folder(folder), some, torch.device(device))
        found = yield from _continued(part, done, total)
        done += sum(want.size for want in some.values())
        for stored, tensor in found.items():
            inside, _, name = names[stored].rpartition(".")
            kept = name in dict(modules[inside].named_parameters(recurse=False))
            setattr(modules[inside], name, Parameter(tensor, False) if kept else tensor)
    model.tie_weights()
    first = torch.device(next(iter(devices.values())))
    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            setattr(module, name, buffer.to(first))
    left = sorted(name for name, weight in model.named_parameters() if weight.is_meta)
    if left:
        raise _misfit(left)


def _continued(
    part: Generator[Progress, None, dict[str, torch.Tensor]], done: int, total: int
) -> Generator[Progress, None, dict[str, torch.Tensor]]:
    """The same, told as a part of the whole; bytes."""
    with closing(part):
        while True:
            try:
                told = next(part)
            except StopIteration as end:
                found: dict[str, torch.Tensor] = end.value
                return found
            yield replace(told, done=done + told.done, total=total)


def _device_of(name: str, devices: Mapping[str, str]) -> str:
    """Where the map has the module that this weight belongs to."""
    while name and name not in devices:
        name = name.rpartition(".")[0]
    return devices[name]


def _pretrained(folder: Path, devices: Mapping[str, str], dtype: torch.dtype) -> Any:
    """The general way, for checkpoints that transformers renames or merges while reading."""
    model, report = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=dtype,
        device_map=dict(devices),
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        ignore_mismatched_sizes=True,  # so that they are reported: they are refused below
        output_loading_info=True,
    )
    wrong = [*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])]
    if wrong:
        raise _misfit(sorted(map(str, wrong)))
    return model


def _misfit(names: list[str]) -> UserError:
    return UserError(
        "{count} weights do not fit config.json (first: {name}).",
        "Download it again.",
        "open_library",
        count=len(names),
        name=names[0],
    )
