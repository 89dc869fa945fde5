"""LoRA through peft: thin matrices beside the layers of a loaded model, trained and saved.

Only training needs peft; an adapter in use is read by `adapted`. Nothing is read through peft, and
it writes no file: it would pickle where safetensors cannot be, and follow names to the network.
Source: Hu et al. 2021, arXiv:2106.09685.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import peft
import torch
from tqdm import tqdm
from transformers.pytorch_utils import Conv1D

from chatapp.adapters import CONFIG, WEIGHTS
from chatapp.chat import UserError
from chatapp.engine.checkpoints import LAST, as_json, write_tensors, write_texts

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from chatapp.engine.checkpoints import Notes, Run
    from chatapp.tuning import Tuning

tqdm.monitor_interval = 0  # peft's bars would start a thread; ours are events


class Attached:
    """An untrained adapter beside every linear layer of a model's text part.

    The model itself computes with it until `detach`; only the adapter's weights require gradients.
    """

    def __init__(self, model: Any, tuning: Tuning, base: str) -> None:
        """Raises UserError for a model without such layers."""
        self._config = peft.LoraConfig(
            r=tuning.rank,
            lora_alpha=tuning.alpha,
            lora_dropout=tuning.dropout,
            target_modules=_linear(model),
            bias="none",
            task_type="CAUSAL_LM",
        )
        try:
            with warnings.catch_warnings():  # of what peft then does right
                warnings.simplefilter("ignore")
                self._peft = peft.get_peft_model(model, self._config)
        except ValueError:
            raise UserError(
                "This model has no layers that an adapter could be put beside.",
                "Train all weights, or choose another model.",
            ) from None
        self._base = base

    def tensors(self) -> dict[str, Any]:
        """The adapter's weights by the names that PEFT's files have."""
        found = peft.get_peft_model_state_dict(self._peft, save_embedding_layers=False)
        return {name: tensor.cpu() for name, tensor in found.items()}

    def config(self) -> dict[str, Any]:
        """adapter_config.json: the base by its name, and no path of this computer."""
        told = {
            key: sorted(value) if isinstance(value, set) else value
            for key, value in self._config.to_dict().items()
        }
        told |= {"base_model_name_or_path": self._base, "peft_type": "LORA", "inference_mode": True}
        return told

    def off(self) -> AbstractContextManager[Any]:
        """While it is open, the model answers as it did without the adapter."""
        found: AbstractContextManager[Any] = self._peft.disable_adapter()
        return found

    def detach(self) -> None:
        """Take the adapter out; the model is what it was."""
        self._peft.unload()


def _linear(model: Any) -> list[str]:
    """The linear layers of the text part, but not the head; experts are no layers of their own."""
    text = {id(module) for module in model.get_decoder().modules()}
    text.discard(id(model.get_output_embeddings()))
    return [
        name
        for name, module in model.named_modules()
        if id(module) in text and isinstance(module, (torch.nn.Linear, Conv1D))
    ]


class AdapterFiles:
    """The product: the best adapter in the folder, the last one in a folder within."""

    def __init__(self, attached: Attached, folder: Path, notes: Notes) -> None:
        self._attached, self.folder, self._notes = attached, folder, notes

    def save(self, run: Run, best: bool) -> None:
        """Write what the adapter is now, each file whole or not at all."""
        for folder in (self.folder, self.folder / LAST) if best else (self.folder / LAST,):
            folder.mkdir(parents=True, exist_ok=True)
            write_texts({CONFIG: as_json(self._attached.config())}, folder)
            write_tensors(self._attached.tensors(), folder / WEIGHTS)
        for folder in (self.folder, self.folder / LAST):
            write_texts(self._notes(run), folder)
