"""What is to be trained, on what, and where it goes; and the record that a training leaves.

Knows nothing about how training works. A course that was interrupted goes on with the values that
its record holds, so that it ends as if it had never stopped.
"""

from __future__ import annotations

import dataclasses
import math
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import __version__, library, places, settings
from chatapp.adapters import RECORD
from chatapp.chat import UserError
from chatapp.foreign import REFUSED, Folder, shown
from chatapp.tuning import Tuning, usual

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chatapp.examples import Data
    from chatapp.library import Model
    from chatapp.taught import Trained

OF_PAIRS = ("learning_rate", "epochs", "batch")  # what is usual for them differs
FEW = 60  # rows: a tenth of fewer would measure little, and each of them is missed
RECORD_BYTES = 1_000_000
MEASURED = "Perplexity is measured on examples that were held out."
PREFERRED = (
    "It learned from pairs of a better and a worse answer (direct preference optimisation, "
    "arXiv:2305.18290), and is measured on those held out, else on the last step's."
)
SCRATCH = "from scratch"  # the base of a model that had none
PACKAGES = ("torch", "transformers", "peft", "accelerate")


@dataclass(frozen=True, slots=True)
class Course:
    """One training. `resume` goes on with what is in `folder`."""

    data: Path
    folder: Path
    tuning: Tuning
    model: Model | None  # None: from scratch
    columns: tuple[str, str] | None = None  # of a table: question and answer
    device: str = "auto"
    resume: bool = False
    given: frozenset[str] = frozenset()  # knobs that a person set: no data changes them

    @property
    def base(self) -> str:
        """What the record calls the model that is trained."""
        return self.model.name if self.model else SCRATCH

    def settled(self, rows: int, pairs: int) -> Course:
        """As it is with so many rows of data, of which so many are pairs. Raises UserError."""
        by_pairs = self._is_by_pairs(rows, pairs)
        changed: dict[str, Any] = {"method": "pairs" if by_pairs else "answers"}
        if rows < FEW and "validation" not in self.given:
            changed["validation"] = 0.0  # each of them is needed to learn
        if by_pairs:
            usually = usual("adapter", self.parameters, pairs=True)
            changed |= {n: getattr(usually, n) for n in OF_PAIRS if n not in self.given}
            changed["remember"] = 0.0
        return dataclasses.replace(self, tuning=dataclasses.replace(self.tuning, **changed))

    @property
    def parameters(self) -> int:
        """Of the model; 0 where they are not known."""
        return self.model.facts.parameters if self.model and self.model.facts else 0

    def _is_by_pairs(self, rows: int, pairs: int) -> bool:
        tuning = self.tuning
        if tuning.method != "pairs":
            auto = tuning.method == "auto" and tuning.what == "adapter"
            return auto and 2 * pairs > rows  # a few without a worse answer are told
        if tuning.what != "adapter":
            raise UserError(
                "Only an adapter can learn from pairs of answers.",
                "Train an adapter, or learn the better answers alone.",
            )
        if not pairs:
            raise UserError(
                "The data holds no pairs of a better and a worse answer.",
                "Choose other data, or learn from answers.",
            )
        return True


def course(
    data: str,
    out: str,
    model: str = "",
    given: Mapping[str, Any] | None = None,
    columns: tuple[str, str] | None = None,
    device: str = "auto",
    resume: bool = False,
) -> Course:
    """From what a person asked for; `given` are the knobs that were set. Raises UserError.

    Without `out` an adapter goes into the adapters folder and a model into the models folder,
    named after the data.
    """
    given = dict(given or {})
    source = Path(os.path.expanduser(data)).absolute()
    usually = _usual(source, str(given.get("what", "adapter")))
    if resume:
        record = read(Path(os.path.expanduser(out)).absolute() if out else usually)
        given = settings.only(Tuning, record["tuning"]) | given
        model = model or ("" if record["base"] == SCRATCH else str(record["base"]))
    what = str(given.get("what", "adapter"))
    chosen = None if what == "scratch" else _model(model)
    parameters = chosen.facts.parameters if chosen and chosen.facts else 0
    tuning = dataclasses.replace(usual(what, parameters), **given)
    folder = free_folder(out, usually, resume)
    return Course(source, folder, tuning, chosen, columns, device, resume, frozenset(given))


def free_folder(out: str, usual_one: Path, resume: bool = False) -> Path:
    """Where something new goes. Raises UserError where it cannot, or something is there already."""
    folder = Path(os.path.expanduser(out)).absolute() if out else usual_one
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise UserError(
            "{folder} is not a folder.", "Choose another folder.", folder=shown(there.name)
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another place, or free some space.",
            file=shown(folder.name),
            why=REFUSED,
        )
    if not resume and folder.exists() and any(folder.iterdir()):
        raise UserError(
            "{folder} is not empty.",
            "Choose another folder, or go on with --resume.",
            folder=shown(folder.name),
        )
    return folder


def _usual(data: Path, what: str) -> Path:
    return (places.adapters() if what == "adapter" else places.models()) / data.stem


def _model(name: str) -> Model:
    found = library.find(name) if name else library.built_in()
    if found.problem:
        raise found.problem
    return found


# -- the record -----------------------------------------------------------------------------------


def record(asked: Course, data: Data, fingerprint: str, held_out: int) -> dict[str, Any]:
    """What a training starts from; `told` adds what came of it."""
    return {
        "format": 1,
        "name": asked.folder.name,
        "base": asked.base,
        "licence": asked.model.licence if asked.model else "",
        "fingerprint": fingerprint,
        "data": data.name,
        "data_sha256": data.sha256,
        "rows": len(data.rows),
        "held_out": held_out,
        "tuning": dataclasses.asdict(asked.tuning),
        "versions": versions(),
        "made": today(),
    }


def versions() -> dict[str, str]:
    """Of all that takes part in a training."""
    from importlib import metadata  # 10 ms that the first paint need not wait for

    others = {name: metadata.version(name) for name in PACKAGES}
    return {"chatapp": __version__, "python": platform.python_version(), **others}


def today() -> str:
    """Date and time, for a record."""
    return time.strftime("%Y-%m-%d %H:%M")


def told(done: Trained) -> dict[str, Any]:
    """What the record says of a run."""
    return {
        "steps": done.steps,
        "best_step": done.best_step,
        "first_loss": done.first_loss,
        "last_loss": done.last_loss,
        "loss_before": done.loss_before,
        "loss_after": done.loss_after,
        **_measured(done),
        "tokens": done.tokens,
        "seconds": round(done.seconds, 3),
        "tokens_per_s": round(done.tokens_per_s, 1),
        "trained_parameters": done.trained_parameters,
    }


def _measured(done: Trained) -> dict[str, float | None]:
    """What the losses mean: perplexities, or of pairs how often the better answer is ahead."""
    if done.preferred:
        margin, accuracy = done.preferred.margin, done.preferred.accuracy
        return {"accuracy": round(accuracy, 4), "margin": round(margin, 4)}
    return {
        "perplexity_before": perplexity(done.loss_before),
        "perplexity_after": perplexity(done.loss_after),
    }


def read(folder: Path) -> dict[str, Any]:
    """The record in a folder that a training left. Raises UserError where there is none."""
    opened = Folder(folder)
    if RECORD in opened.names:
        found = opened.json(RECORD, RECORD_BYTES)
        if isinstance(found.get("tuning"), dict) and isinstance(found.get("base"), str):
            return found
    raise UserError(
        "There is no training in {folder} to go on with.",
        "Start it without --resume.",
        folder=opened.name,
    )


def require_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise UserError where a run would go on with something else than it began with."""
    sentence = ""
    if before.get("data_sha256") != now["data_sha256"]:
        sentence = "This training cannot go on, because its data has changed."
    elif before.get("fingerprint") != now["fingerprint"]:
        sentence = "This training cannot go on, because its model has changed."
    if sentence:
        raise UserError(sentence, "Bring it back as it was, or start anew in another folder.")


def perplexity(loss: float | None) -> float | None:
    """How many tokens a loss in nats leaves to choose from, on average."""
    return None if loss is None else round(math.exp(min(loss, 700.0)), 4)


def figures(found: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A training's result as one flat object."""
    told = {name: value for name, value in found.items() if not isinstance(value, dict)}
    return told | {"out": str(folder), "what": found["tuning"]["what"]}


# -- the model card -------------------------------------------------------------------------------


def card(found: Mapping[str, Any]) -> str:
    """README.md of what was trained: from which model and data, with which knobs, how well."""
    rows = [
        ("base model", found["base"]),
        *((("merged adapter", found["adapter"]),) if "adapter" in found else ()),
        ("data", found["data"]),
        ("examples", found.get("rows", "-")),
        ("held out", found.get("held_out", "-")),
        ("SHA-256 of the data", found.get("data_sha256", "-")),
        ("steps", found.get("steps", "-")),
        *_quality(found),
        ("made", found["made"]),
        *((f"version of {name}", version) for name, version in found["versions"].items()),
    ]
    knobs = [(name, value) for name, value in found["tuning"].items() if value != ""]
    front = (f"license: {found['licence']}",) if found.get("licence") else ()
    return "\n".join(
        (
            *(("---", *front, "---", "") if front else ()),
            f"# {found['name']}",
            "",
            "Trained with ChatApp. " + (PREFERRED if "accuracy" in found else MEASURED),
            "",
            *_table(rows),
            "",
            "## Knobs",
            "",
            *_table(knobs),
            "",
        )
    )


def _quality(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if "accuracy" in found:
        share = f"{100 * found['accuracy']:.0f} % of the pairs"
        return [("better answer ahead", share), ("reward margin", _number(found["margin"]))]
    names = ("perplexity before", "perplexity after")
    return [(name, _number(found.get(name.replace(" ", "_")))) for name in names]


def _table(rows: list[tuple[str, Any]]) -> list[str]:
    cells = [f"| {name} | {str(value).replace('|', '/')} |" for name, value in rows]
    return ["| | |", "|---|---|", *cells]


def _number(value: Any) -> str:
    return "not measured" if value is None else f"{value:.3f}"
