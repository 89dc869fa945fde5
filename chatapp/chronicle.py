"""The events of a training, as lines for a terminal.

Ctrl+C stops the training, which then keeps what it has learned. Of several processes that train
together only the first speaks. Knows nothing about how a training works.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from chatapp.chat import Done, Failed, Loss
from chatapp.course import perplexity
from chatapp.taught import Prepared, Sampled, Trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.chat import Event, Finish
    from chatapp.work import Ticket

LINES = 20  # of losses, about, whatever the number of steps


def is_first_process() -> bool:
    """Of those that `accelerate launch` or torchrun started; True when there is one."""
    return os.environ.get("RANK", "0") == "0"


def follow(ticket: Ticket, say: Callable[[str], None]) -> Finish:
    """Tell each event that a person wants to know; why it ended. Raises UserError."""
    events = iter(ticket)
    while True:
        try:
            event = next(events, Done("error"))
        except KeyboardInterrupt:
            ticket.cancel()
            continue
        if isinstance(event, Failed):
            raise event.error
        if is_first_process():
            for line in lines(event):
                say(line)
        if isinstance(event, Done):
            return event.finish


def lines(event: Event) -> list[str]:
    """What a terminal shows of it."""
    match event:
        case Prepared():
            return _prepared(event)
        case Loss(step, steps, train, rate, speed, validation, best, preferred):
            shown = step == 1 or step == steps or step % max(1, steps // LINES) == 0
            if not shown and validation is None:
                return []
            unseen = "" if validation is None else f"  held out {validation:.3f}"
            mark = "  best so far" if best and validation is not None else ""
            told = f"step {step} of {steps}  loss {train:.3f}{unseen}  rate {rate:.1e}"
            if preferred:
                told += f"  margin {preferred.margin:.2f}, {100 * preferred.accuracy:.0f} % ahead"
            return [f"{told}  {speed:.0f} tokens/s{mark}"]
        case Sampled(step, question, text):
            return [f"step {step}: {question!r} -> {text!r}"]
        case Trained():
            return _trained(event)
    return []


def _prepared(event: Prepared) -> list[str]:
    told = [str(problem.error) for _, problem in event.problems]
    if event.bad_rows > len(event.problems):
        more = _many(event.bad_rows - len(event.problems), "more row")
        told.append(f"and {more} that cannot be used")
    counts = [
        (event.duplicates, "repeated row", "left out"),
        (event.cut, "example", f"cut to {event.longest} tokens"),
    ]
    told += [f"{_many(count, what)} {deed}" for count, what, deed in counts if count]
    what = "pair" if event.pairs else "example"
    told.append(
        f"{_many(event.examples, what)} to learn, {event.held_out} held out; {event.tokens:,} "
        f"tokens, {event.learned_tokens:,} of them learned"
    )
    if not event.held_out:
        told.append("nothing is held out, so nothing tells when it begins to learn by heart")
    if event.rehearsed:
        kept = _many(event.rehearsed, "answer")
        told.append(f"{kept} of its own learned beside them, to be kept")
    if not event.template:
        told.append("the model has no chat template: everything is learned as plain text")
    if not event.packed and not event.pairs:
        told.append("examples stand alone: this model would mix those that share a row")
    share = 100 * event.trained_parameters / max(event.parameters, 1)
    told.append(
        f"{event.base}: {event.trained_parameters:,} of {event.parameters:,} parameters learn "
        f"({share:.3g} %), in {event.precision}, {_many(event.steps, 'step')}"
    )
    return told


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _trained(event: Trained) -> list[str]:
    told = [f"{_many(event.steps, 'step')}, loss {event.first_loss:.3f} -> {event.last_loss:.3f}"]
    before, after = perplexity(event.loss_before), perplexity(event.loss_after)
    if event.preferred:
        which = "the last step" if after is None else "what was held out"
        share, margin = 100 * event.preferred.accuracy, event.preferred.margin
        told.append(
            f"the better answer is ahead in {share:.0f} % of {which}, by a reward of {margin:.2f} "
            f"(step {event.best_step})"
        )
    elif before is not None and after is not None:
        told.append(
            f"perplexity of what was held out {before:.3f} -> {after:.3f} (step {event.best_step})"
        )
    return told
