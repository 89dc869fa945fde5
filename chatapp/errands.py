"""What the Library page has done elsewhere: each errand is a generator of Events for a worker.

The window names an errand and reads what it brings; only the worker's thread imports what that
needs, since none of it may delay the first paint.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from chatapp.chat import Event, Fetched, Found, Progress

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from chatapp.downloads import Download
    from chatapp.endpoint import Endpoint
    from chatapp.hub import Offer
    from chatapp.library import Model
    from chatapp.mixing import Ways
    from chatapp.settings import Loading


def shelf(ways: Ways, returned_bytes: int) -> Iterator[Event]:
    """Found: one `shelf.Shelf`."""
    from chatapp import shelf

    yield Found((shelf.look(ways, returned_bytes),))


def foresee(model: Model, knobs: Loading, returned_bytes: int) -> Iterator[Event]:
    """Found: a `shelf.Row` and the `shelf.Room`: what Auto would take for this model."""
    from chatapp import shelf

    yield Found(shelf.foresee(model, knobs, returned_bytes))


def advice(returned_bytes: int, knobs: Loading) -> Iterator[Event]:
    """Found: the `recommended.Tier`s, the bytes of this computer's card, 0 without one, and
    whether each model fits here."""
    from chatapp import recommended, shelf

    room, tiers = shelf.room(returned_bytes), recommended.tiers()
    own = 0 if room.kind == "cpu" else room.card.total_bytes
    yield Found((tiers, own, recommended.lights(tiers, knobs, room)))


def first_steps(ways: Ways, returned_bytes: int) -> Iterator[Event]:
    """Found: one `first_steps.FirstSteps`."""
    from chatapp import first_steps

    yield Found((first_steps.look(ways, returned_bytes),))


def elsewhere(model: Model, ways: Ways, name: str) -> Iterator[Event]:
    """Found: one `shelf.Elsewhere`, of the card of this name; nothing of a model without sizes."""
    from chatapp import shelf

    facts = model.facts
    if facts and facts.shape:
        stored = facts.weights_bytes if facts.packed else 0
        yield Found((shelf.elsewhere(facts.shape, ways.of(model.path), name, stored),))


def delete(model: Model) -> Iterator[Event]:
    """Take a model away."""
    from chatapp import library

    library.delete(model)
    yield Found(())


def rename(model: Model, name: str) -> Iterator[Event]:
    """Call it so."""
    from chatapp import register

    register.rename(model.path, name)
    yield Found(())


def add_folder(path: str) -> Iterator[Event]:
    """Look in this folder too."""
    from chatapp import register

    register.add_folder(path)
    yield Found(())


def open_model(path: str) -> Iterator[Event]:
    """Found: the model in this folder, which is on the list from now. Raises UserError."""
    from chatapp import library

    yield Found((library.open_folder(path),))


# -- the Hub --------------------------------------------------------------------------------------


def search(returned_bytes: int, knobs: Loading, **asked: Any) -> Iterator[Event]:
    """Found: `hub.Entry` and `memory.Light` or None, in pairs; `asked` is that of `hub.Search`."""
    from chatapp import hub, shelf
    from chatapp.web import Pace

    entries = yield from _waiting(hub.search(hub.Search(**asked), Pace(tries=3)))
    room = shelf.room(returned_bytes)
    lights = (
        shelf.glance(entry.parameters, entry.model_type, knobs, room)
        if entry.parameters and not entry.packed
        else None
        for entry in entries
    )
    yield Found(tuple(zip(entries, lights, strict=True)))


def look(name: str, revision: str, returned_bytes: int, knobs: Loading) -> Iterator[Event]:
    """Found: a `hub.Offer`, its `shelf.Cell`s, the `shelf.Room`, its folder here or None."""
    from chatapp import downloads, hub, shelf
    from chatapp.web import Pace

    offer: Offer = yield from _waiting(hub.look(name, revision, Pace(tries=3)))
    room = shelf.room(returned_bytes)
    cells = shelf.expect(offer.shape, knobs, room) if offer.shape else ()
    yield Found((offer, cells, room, downloads.here(offer)))


def page(name: str) -> Iterator[Event]:
    """Found: the address of the model's page for people."""
    from chatapp import hub

    yield Found((hub.page(name),))


def keep_token(token: str) -> Iterator[Event]:
    """Where Hugging Face's own tools keep it."""
    from chatapp import hub_token

    hub_token.keep(token)
    yield Found(())


def under_way() -> Iterator[Event]:
    """Found: the `downloads.Download`s that an earlier start left."""
    from chatapp import downloads

    yield Found(tuple(downloads.under_way()))


def begin(offer: Offer) -> Iterator[Event]:
    """Found: the `downloads.Download` that this becomes."""
    from chatapp import downloads

    yield Found((downloads.begin(offer),))


def fetch(download: Download) -> Iterator[Event]:
    """Fetched again and again."""
    from chatapp import downloads
    from chatapp.web import Pace

    steps: Iterator[Fetched] = downloads.run(download, Pace())
    yield from steps


def remove(download: Download) -> Iterator[Event]:
    """Forget a download and what has come."""
    from chatapp import downloads

    downloads.remove(download)
    yield Found(())


def _waiting(question: Generator[None, None, Any]) -> Generator[Event, None, Any]:
    """Tell each wait, so that the worker can look at its stop flag; gives the answer."""
    with contextlib.closing(question):
        while True:
            try:
                next(question)
            except StopIteration as end:
                return end.value
            yield Progress("ask", 0, 0)


# -- a model elsewhere ----------------------------------------------------------------------------


def offered(endpoint: Endpoint) -> Iterator[Event]:
    """Found: the names of the models that an endpoint offers."""
    from chatapp import remote

    names = yield from remote.models(endpoint)
    yield Found(names)
