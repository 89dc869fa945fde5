"""The words about a model: its name, its precision, whether it fits, and the tone of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from chatapp.cards import GIB
from chatapp.chat import BUILT_IN
from chatapp.memory import BITS
from chatapp.ui import amounts

if TYPE_CHECKING:
    from chatapp.cards import Kind
    from chatapp.library import Model
    from chatapp.memory import Light
    from chatapp.shelf import Row
    from chatapp.ui.lines import Tone

TONES: dict[str, Tone] = {
    "fits": "accent",
    "tight": "warning",
    "spread": "warning",
    "too big": "danger",
}


def called(model: Model) -> str:
    """The name as the window says it: the person's, or its own."""
    if model.title:
        return model.title
    if model.name == BUILT_IN:
        return QCoreApplication.translate("ModelPicker", "Built-in guide")
    return model.name


def where(model: Model) -> str:
    """In which of our places it is."""
    return {
        "built-in": QCoreApplication.translate("Models", "Comes with ChatApp"),
        "folder": QCoreApplication.translate("Models", "Models folder"),
        "added": QCoreApplication.translate("Models", "Added folder"),
        "cache": QCoreApplication.translate("Models", "Hugging Face cache"),
    }[model.source]


def precision(dtype: str) -> str:
    """How many bits a weight has."""
    if dtype == "stored":
        return QCoreApplication.translate("Models", "as stored")
    bits = {"float32": 32, "bfloat16": 16, "float16": 16, "int8": 8, "int4": 4}.get(dtype)
    return (
        QCoreApplication.translate("Models", "{count} bits").format(count=bits) if bits else dtype
    )


def exact_precision(dtype: str) -> str:
    """With the kind of number too, where there are several of so many bits; "" = its own word."""
    if dtype == "auto":
        return ""
    if dtype in BITS:
        return precision(dtype)
    text = QCoreApplication.translate("Models", "{bits} ({type})")
    return text.format(bits=precision(dtype), type=dtype)


def auto_choice(row: Row, kind: Kind) -> str:
    """What Auto takes there for a model, and why; empty where nothing can be said."""
    if row.light is None:
        return ""
    if row.dtype == "stored":
        return QCoreApplication.translate(
            "Models", "Its maker has packed its weights: it is loaded as it is stored."
        )
    if row.dtype in BITS:
        text = QCoreApplication.translate(
            "Models", "Auto takes {few} here: in {more} the model does not fit."
        )
        more = "bfloat16" if row.dtype == "int8" else "int8"
        return text.format(few=precision(row.dtype), more=precision(more))
    if row.dtype == "float32":
        text = QCoreApplication.translate(
            "Models", "Auto takes {bits} here: the model is small, and the CPU runs it."
        )
    elif row.light.word == "too big":
        text = QCoreApplication.translate(
            "Models", "Auto takes {bits} here, and the model does not fit."
        )
    elif row.light.word == "spread":
        text = QCoreApplication.translate(
            "Models", "Auto takes {bits} here: what does not fit lies elsewhere."
        )
    elif kind == "cpu":
        text = QCoreApplication.translate(
            "Models", "Auto takes {bits} here: the CPU reads half as much as in 32 bits."
        )
    else:
        text = QCoreApplication.translate(
            "Models", "Auto takes {bits} here: that fits, and fewer are less exact."
        )
    return text.format(bits=precision(row.dtype))


def light_word(light: Light) -> str:
    """Fits, Tight, With offload, or by how much it is too big."""
    if light.word == "fits":
        return QCoreApplication.translate("Models", "Fits")
    if light.word == "tight":
        return QCoreApplication.translate("Models", "Tight")
    if light.word == "spread":
        return QCoreApplication.translate("Models", "With offload")
    need, free = float(light.values["need"]), float(light.values["free"])
    # Both are rounded: what is too big by less than that is not told as too big by nothing.
    over = amounts.memory(math.ceil(max(need - free, 0.1 if need >= 1 else 0.01) * GIB))
    whole = over.replace(" ", "\N{NO-BREAK SPACE}")  # in a narrow table no line holds a mere GB
    return QCoreApplication.translate("Models", "Too big by {size}").format(size=whole)
