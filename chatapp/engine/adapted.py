"""An adapter beside a resident model: two thin products added to each layer that it was made for.

The model's weights stay as they are, so there is no second copy, and the adapter is switched on
and off without reloading. In the fused forward the pair of a merged product is merged too; the
others get a hook at each module. Switched off, a product gives what it gave before, bit for bit.
The decoder is told, so that keys and values of the other state are not used. Knows nothing about
tokens.
Source: Hu et al. 2021, arXiv:2106.09685: y = Wx + alpha/rank * B(Ax).
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F

from chatapp import adapters, weights
from chatapp.chat import UserError
from chatapp.engine import reading
from chatapp.engine.fused import Fused
from chatapp.engine.spreading import is_spread
from chatapp.foreign import Folder, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatapp.adapters import Adapter
    from chatapp.engine.decoding import Decoder, Forward
    from chatapp.engine.linears import Linear


@dataclass(frozen=True, slots=True)
class Pair:
    """The two matrices of one module."""

    down: torch.Tensor  # (rank, in)
    up: torch.Tensor  # (out, rank)


class Scale:
    """What every product of an adapter is multiplied by: 0 while it is off.

    On a GPU the number lies on the device, so that steps that were recorded follow it.
    """

    def __init__(self, value: float, device: torch.device) -> None:
        self._value = value
        self.recorded = device.type == "cuda"
        self.now = torch.tensor(value, device=device)
        self.on = True

    def turn(self, on: bool) -> None:
        """Let the adapter act, or not."""
        self.on = on
        self.now.fill_(self._value if on else 0.0)


class Adapted:
    """A product, and what an adapter adds to it."""

    def __init__(self, plain: Linear, pair: Pair, scale: Scale) -> None:
        self.plain, self._pair, self._scale = plain, pair, scale
        self.nbytes = plain.nbytes + pair.down.nbytes + pair.up.nbytes
        self.packed = plain.packed

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """x (rows, in) -> (rows, out)."""
        out = self.plain(x)
        return _plus(out, x, self._pair, self._scale)


def _plus(out: torch.Tensor, x: torch.Tensor, pair: Pair, scale: Scale) -> torch.Tensor:
    if not scale.on and not scale.recorded:
        return out
    low = F.linear(x.to(pair.down.dtype), pair.down)
    return out + (F.linear(low, pair.up) * scale.now).to(out.dtype)


class Wardrobe:
    """The adapters of one resident model: one at a time is put on, and stays until another is."""

    def __init__(self, forward: Forward, model: Any, decoder: Decoder, base: Base) -> None:
        self._forward, self._model, self._decoder, self._base = forward, model, decoder, base
        self._worn: _Worn | None = None
        self._stamp = ""  # which files the worn one was read from

    def wear(self, path: str) -> None:
        """Answer with the adapter in this folder from now on, or with none.

        Raises UserError for one that is not safe, not whole, or made for another model; then the
        one before stays.
        """
        if not path:
            if self._worn:
                self._worn.turn(False)
            self._decoder.use("", False)
            return
        stamp = _stamp(path)
        if self._worn is None or stamp != self._stamp:
            self._change(adapters.check(Path(path)))
            self._stamp = stamp
        if self._worn:
            self._worn.turn(True)
        self._decoder.use(stamp, False)

    def clear(self) -> None:
        """Take off what is worn: the model is what it was when it was loaded."""
        if self._worn:
            self._worn.remove()
        self._worn, self._stamp = None, ""
        self._decoder.use("", True)

    def _change(self, found: Adapter) -> None:
        found.require_for(self._base.name, self._base.fingerprint)
        if is_spread(self._model):
            raise UserError(
                "An adapter needs the whole model on one device.",
                "Load the model in a smaller precision, or choose a smaller one.",
            )
        pairs = read(found, self._model)
        if isinstance(self._forward, Fused):
            _require_computed(self._forward, self._model, pairs, found)
        self.clear()
        self._worn = _Worn(self._forward, self._model, pairs, found.scale)


class Base:
    """The model that adapters are compared with."""

    def __init__(self, name: str, path: Path, files: tuple[str, ...]) -> None:
        self.name, self._path, self._files = name, path, files

    @functools.cached_property
    def fingerprint(self) -> str:
        """Of its weights."""
        return adapters.fingerprint(self._path, self._files)


class _Worn:
    """An adapter that is beside a forward: on, off, or taken away again."""

    def __init__(
        self, forward: Forward, model: Any, pairs: Mapping[str, Pair], scale: float
    ) -> None:
        self._forward, self._model = forward, model
        named = dict(model.named_modules())
        self._pairs = {id(named[name]): pair for name, pair in pairs.items()}
        self._scale = Scale(scale, model.device)
        self._hooks: list[Any] = []
        if isinstance(forward, Fused):
            forward.replace(model, self._wrapped)
            return
        for name in pairs:
            self._hooks.append(named[name].register_forward_hook(self._added))

    def turn(self, on: bool) -> None:
        """Let it act, or not; nothing is loaded or made anew."""
        self._scale.turn(on)
        if isinstance(self._forward, Fused):
            self._forward.variant = "adapted" if on else ""

    def remove(self) -> None:
        """Take it away; the forward is what it was."""
        for hook in self._hooks:
            hook.remove()
        if isinstance(self._forward, Fused):
            self._forward.variant = ""
            self._forward.replace(
                self._model, lambda _, product: getattr(product, "plain", product)
            )

    def _added(self, module: Any, inputs: tuple[Any, ...], out: torch.Tensor) -> torch.Tensor:
        return _plus(out, inputs[0], self._pairs[id(module)], self._scale)

    def _wrapped(self, modules: tuple[Any, ...], product: Linear) -> Linear:
        """The product of these modules, merged as they are."""
        found = [self._pairs.get(id(module)) for module in modules]
        sizes = [out_features(module) for module in modules]
        present = [pair for pair in found if pair]
        if not present:
            return product
        down = torch.cat([pair.down for pair in present])  # (ranks, in)
        up = down.new_zeros(sum(sizes), down.shape[0])  # block by block
        row = column = 0
        for pair, size in zip(found, sizes, strict=True):
            if pair:
                rank = pair.down.shape[0]
                up[row : row + size, column : column + rank] = pair.up
                column += rank
            row += size
        return Adapted(product, Pair(down, up), self._scale)


def _stamp(path: str) -> str:
    """Changes when the adapter is written again. Raises UserError where there is none."""
    try:
        about = os.stat(Path(path) / adapters.WEIGHTS)
    except OSError:
        adapters.check(Path(path))  # says what is wrong
        raise
    return f"{path}:{about.st_mtime_ns}:{about.st_size}"


def _require_computed(
    forward: Fused, model: Any, pairs: Mapping[str, Pair], found: Adapter
) -> None:
    """Raise UserError for an adapter of a module that the fused forward computes otherwise.

    What is beside the text part, such as a model's eyes, takes no part in a chat.
    """
    computed = {id(module) for modules in forward.products(model) for module in modules}
    text = {id(module) for module in model.get_decoder().modules()}
    for name, module in model.named_modules():
        if name in pairs and id(module) in text and id(module) not in computed:
            raise _misfit(found, name)


def read(found: Adapter, model: Any) -> dict[str, Pair]:
    """Module name -> its matrices on the model's device, every shape as the model has it.

    Raises UserError for an adapter that does not fit or cannot be read.
    """
    folder = Folder(Path(found.path))
    tensors = weights.header(folder, adapters.WEIGHTS)
    modules = dict(model.named_modules())
    for name, (down, up) in adapters.pairs(tensors, found.rank).items():
        module = modules.get(name)
        shapes = (down.shape[1], up.shape[0])
        if module is None or shapes != (in_features(module), out_features(module)):
            raise _misfit(found, name)
    if unknown := next((t.dtype for t in tensors.values() if t.dtype not in reading.TYPES), ""):
        raise _misfit(found, unknown)
    # Sums on a CPU are in float32, whatever the weights are in.
    dtype = torch.float32 if model.device.type == "cpu" else model.dtype
    wanted = {
        key: reading.Wanted(adapters.WEIGHTS, reading.TYPES[t.dtype], t.shape, dtype)
        for key, t in tensors.items()
    }
    brought = _brought(folder, wanted, model.device)
    reading.require_numbers(brought)
    prefix, a, b = "base_model.model.", ".lora_A.weight", ".lora_B.weight"
    return {
        key.removeprefix(prefix).removesuffix(a): Pair(value, brought[key.removesuffix(a) + b])
        for key, value in brought.items()
        if key.endswith(a)
    }


def _brought(
    folder: Folder, wanted: Mapping[str, reading.Wanted], device: torch.device
) -> dict[str, torch.Tensor]:
    """All at once, in memory of their own: the file may be written again while it is worn."""
    blocks = reading.read(folder, wanted, device)
    while True:
        try:
            next(blocks)
        except StopIteration as end:
            found: dict[str, torch.Tensor] = end.value
            return {name: tensor.clone() for name, tensor in found.items()}


def in_features(module: Any) -> int:
    """Of a linear layer; GPT-2's keeps its weight the other way round. 0 for anything else."""
    if hasattr(module, "nf"):
        return int(module.nx)
    return int(getattr(module, "in_features", 0))


def out_features(module: Any) -> int:
    """The same for what comes out."""
    return int(module.nf if hasattr(module, "nf") else getattr(module, "out_features", 0))


def _misfit(found: Adapter, name: str) -> UserError:
    return UserError(
        "This adapter does not fit the model ({name}).",
        "Load {base} first, then add it.",
        name=shown(name),
        base=found.base,
    )
