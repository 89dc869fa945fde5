"""What a person would copy into a report: versions, devices, folders, and what is missing.

Nothing secret: no tokens, no environment, no conversation. `lines` has it as text for a terminal.
Knows nothing about Qt widgets.
"""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import Any

from chatapp import __version__, cards, devices, library, memory, places
from chatapp.memory import Plan

PACKAGES = (
    "torch", "transformers", "accelerate", "safetensors", "tokenizers", "huggingface_hub",
    "PySide6_Essentials", "nvidia-ml-py", "psutil", "markdown-it-py", "pygments",
)  # fmt: skip


def report() -> dict[str, Any]:
    """Flat groups of facts, ready for JSON."""
    versions = {"chatapp": __version__, "python": sys.version.split()[0]}
    versions |= {name: version for name in PACKAGES if (version := _version(name))}
    engine = _engine()
    return {
        "versions": versions,
        "system": {"os": platform.platform(), "machine": platform.machine()},
        "devices": devices.summary(),
        "engine": engine,
        "memory": _forecast(),
        "ledger": _ledger(),
        "paths": {
            "data": str(places.data()),
            "models": str(places.models()),
            "settings": str(places.settings_file()),
            "conversations": str(places.store_file()),
            "logs": str(places.logs()),
            "resources": str(places.resources()),
        },
        "missing": _missing(versions, engine),
    }


def lines(report: dict[str, Any]) -> list[str]:
    """The same as text for a terminal; amounts of bytes as GB of 2^30."""
    told: list[str] = []
    for part, facts in report.items():
        told.append(part)
        if isinstance(facts, dict):
            names = {name: name if part == "versions" else _label(name) for name in facts}
            told += [f"  {names[name]:24} {_shown(name, facts[name])}" for name in facts]
        else:
            told += [f"  {fact}" for fact in facts or ["nothing"]]
    return told


def _label(name: str) -> str:
    return name.removesuffix("_bytes").replace("_", " ")


def _shown(name: str, value: Any) -> str:
    """A value for a person: lists without brackets, "-" for what there is not."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        one = (", ".join(_shown(key, fact[key]) for key in fact) for fact in value)
        return "; ".join(one) or "-"
    if name.endswith("_bytes") and isinstance(value, int):
        return f"{cards.gigabytes(value)} GB"
    return str(value) if value not in ("", None) else "-"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _engine() -> dict[str, Any]:
    """What torch sees; it is imported only for this command."""
    try:
        from chatapp.preload import preload

        for _ in preload():
            pass
        from chatapp.engine.loading import accelerators
    except ImportError as error:
        return {"problem": str(error)}
    return accelerators()


def _forecast() -> dict[str, Any]:
    """What the built-in guide needs on this machine, in bytes, and whether that is free."""
    model, here = library.built_in(), cards.here()
    if model.facts is None or model.facts.shape is None:
        return {}
    shape = model.facts.shape
    context = memory.longest(shape)
    plan = Plan(memory.auto_dtype(shape, here, context), context, here.kind)
    light = memory.light(shape, here, plan.context)
    needed = memory.parts(shape, plan)
    return {
        "model": model.name,
        "dtype": plan.dtype,
        "context": plan.context,
        **{f"{name}_bytes": count for name, count in needed.items()},
        "total_bytes": sum(needed.values()),
        "free_bytes": here.free_bytes,
        "fits": light.word,
    }


def _ledger() -> dict[str, Any]:
    """Where the device's memory is now, in bytes; no model is loaded for this."""
    ledger = memory.account(devices.read(), None)
    if ledger is None:
        return {}
    return {
        "device": ledger.device,
        "total_bytes": ledger.total,
        "free_bytes": ledger.free,
        "other_programs_bytes": ledger.others,
        "this_program_bytes": ledger.context,
        "unexplained_bytes": ledger.unexplained,
    }


def _missing(versions: dict[str, str], engine: dict[str, Any]) -> list[str]:
    missing = [f"The package {name} is not installed." for name in PACKAGES if name not in versions]
    if problem := engine.get("problem"):
        missing.append(f"The engine could not start: {problem}")
    if devices.has_nvidia() and not engine.get("cuda"):
        missing.append("An NVIDIA card is here, but this set-up's PyTorch cannot use it.")
    if not library.built_in().usable:
        missing.append("The built-in guide is not complete.")
    return missing
