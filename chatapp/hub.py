"""Models on the Hugging Face Hub: found by name, looked at before anything is downloaded.

Each question is a generator, so that whoever drives it can stop it at any moment. What comes back
was written by strangers: it is checked here, and no answer names a place on this computer.

A look at one model, in order: the commit behind its revision; its list of files; of those only
what a chat needs, never a program; the small ones that tell what it is, through the same gate as
a folder's. Huggingface's own library is not used: its client knows no such stops, reads its
switches once for the whole process, and begins a broken file again.
Knows nothing about where downloads are kept.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from chatapp import gate, sizes, transfer, web, weights
from chatapp.chat import UserError
from chatapp.foreign import Folder, shown
from chatapp.reasons import Reason
from chatapp.transfer import Part

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from chatapp.sizes import Shape
    from chatapp.web import Answer, Pace

MOST_FOUND = 50  # models of one search
MOST_FILES = 5000
WHOLE_LIMIT = 32_000_000  # bytes of a file that is no weights
_NAME = re.compile(r"(?:[\w.-]{1,96}/)?[\w.-]{1,96}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SUM = re.compile(r"[0-9a-f]{64}")
_NEXT = re.compile(r'<([^>]+)>; *rel="next"')
_ABOUT = ("sha", "gated", "cardData", "config", "downloads", "lastModified", "safetensors", "tags")
# Besides the weights. The card and the licence belong to a copy of a model.
WANTED = {
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json",
    "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "tekken.json", "vocab.json",
    "vocab.txt", "merges.txt", "special_tokens_map.json", "added_tokens.json",
    "chat_template.jinja", "chat_template.json", weights.INDEX,
    "README.md", "LICENSE", "LICENSE.txt", "LICENSE.md",
}  # fmt: skip
# Read before the download, by the gate.
_TELLING = (
    "config.json", "generation_config.json", "tokenizer_config.json", gate.ADAPTER, weights.INDEX,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A model on the Hub, as a search tells it; None and empty = not told."""

    name: str  # organisation/model
    commit: str = ""
    licence: str = ""
    gated: bool = False  # its owner asks for something first
    parameters: int | None = None
    dtype: str = ""
    model_type: str = ""
    packed: bool = False  # its maker quantised it
    updated: str = ""  # day of the last change, as 2026-11-24
    downloads: int | None = None  # of the last month


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that was looked at: what a download would bring, or why there is none."""

    entry: Entry  # with its commit
    revision: str  # as it was asked for
    parts: tuple[Part, ...]
    problem: UserError | None = field(default=None, compare=False)
    shape: Shape | None = field(default=None, compare=False, repr=False)

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for."""

    words: str
    text_only: bool = True  # models that write text; without it also those that see or hear
    licence: str = ""  # such as apache-2.0
    language: str = ""  # such as ja
    most_parameters: int | None = None
    without_gated: bool = False


# -- the questions --------------------------------------------------------------------------------


def search(asked: Search, pace: Pace) -> Generator[None, None, tuple[Entry, ...]]:
    """The most downloaded models that match. Raises UserError."""
    filters = ["safetensors"]
    filters += [f"license:{asked.licence}"] if asked.licence else []
    filters += [asked.language] if asked.language else []
    query: dict[str, Any] = {
        "search": asked.words, "filter": filters, "sort": "downloads", "limit": MOST_FOUND,
        "expand": _ABOUT,
    }  # fmt: skip
    if asked.text_only:
        query["pipeline_tag"] = "text-generation"
    if asked.most_parameters:
        query["num_parameters"] = f"max:{asked.most_parameters / 1e9:g}B"
    if asked.without_gated:
        query["gated"] = "false"
    url = f"{web.endpoint()}/api/models?{urlencode(query, doseq=True)}"
    answer, found = yield from web.get(url, pace)
    if not isinstance(found, list):
        raise _not_understood(answer)
    told = [about for about in found[:MOST_FOUND] if isinstance(about, dict)]
    return tuple(_entry(about) for about in told if _is_name(about.get("id")))


def look(name: str, revision: str, pace: Pace) -> Generator[None, None, Offer]:
    """What a download of this revision would bring. Raises UserError where nothing is known."""
    if not _is_name(name):
        raise UserError(
            "{model} is not the name of a model on the Hub.",
            "It looks like organisation/model.",
            model=shown(name) or "''",
        )
    url = f"{_api(name)}/revision/{quote(revision, safe='')}"
    query = urlencode({"expand": _ABOUT}, doseq=True)
    answer, about = yield from web.get(f"{url}?{query}", pace)
    if about is None:
        raise _refused(answer, name, revision)
    commit = about.get("sha") if isinstance(about, dict) else None
    if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
        raise _not_understood(answer)
    entry = replace(_entry({**about, "id": name}), commit=commit)
    listed = yield from _listed(name, commit, pace)
    return (yield from _looked_at(entry, revision, listed, pace))


def address(entry: Entry, part: Part) -> str:
    """Where the bytes of this file are; the commit pins them."""
    return f"{web.endpoint()}/{entry.name}/resolve/{entry.commit}/{quote(part.name)}"


def page(name: str) -> str:
    """Its page for people."""
    return f"{web.endpoint()}/{quote(name)}"


# -- one model ------------------------------------------------------------------------------------


def _api(name: str) -> str:
    return f"{web.endpoint()}/api/models/{quote(name)}"


def _listed(name: str, commit: str, pace: Pace) -> Generator[None, None, dict[str, Part]]:
    """Every file at the top of the repository; a long list comes in pages."""
    found: dict[str, Part] = {}
    url = f"{_api(name)}/tree/{commit}?recursive=false"
    while url and len(found) < MOST_FILES:
        answer, rows = yield from web.get(url, pace)
        if rows is None:
            raise _refused(answer, name, commit)
        if not isinstance(rows, list):
            raise _not_understood(answer)
        for row in rows:
            if isinstance(row, dict) and row.get("type") == "file":
                part = _part(row, answer)
                found[part.name] = part
        further = _NEXT.search(answer.headers.get("Link", ""))
        url = further[1] if further and web.is_endpoint(further[1]) else ""
    return found


def _part(row: dict[str, Any], answer: Answer) -> Part:
    """A row of the list. What git keeps has the checksum of its blob, a large file its own."""
    large = row.get("lfs") or {}
    name, size = row.get("path"), row.get("size")
    told = large.get("oid", "") if isinstance(large, dict) else ""
    blob = row.get("oid")
    if not isinstance(name, str) or type(size) is not int or size < 0:
        raise _not_understood(answer)
    if isinstance(told, str) and _SUM.fullmatch(told):
        return Part(name, size, sha256=told)
    if told or not isinstance(blob, str) or not _COMMIT.fullmatch(blob):
        raise _not_understood(answer)
    return Part(name, size, blob=blob)


def _looked_at(
    entry: Entry, revision: str, listed: dict[str, Part], pace: Pace
) -> Generator[None, None, Offer]:
    """The gate's word on a folder that has the same names and the files that tell what it is."""
    offer = Offer(entry, revision, _chosen(listed, None))
    with tempfile.TemporaryDirectory(prefix="chatapp-look-") as place:
        folder = Path(place) / entry.name.rpartition("/")[2]
        folder.mkdir()
        _lay_out(folder, listed)
        try:
            for name in _TELLING:
                if name in listed:
                    yield from _told(entry, listed[name], folder, pace)
            config = gate.preview(folder)
            _require_weights(listed)
            shards = weights.files(Folder(folder))
        except UserError as problem:
            return replace(offer, problem=problem.with_traceback(None))
    offer = replace(offer, parts=_chosen(listed, shards))
    with contextlib.suppress(UserError):  # a size that config.json lacks hinders no download
        offer = replace(offer, shape=sizes.read(config))
    return replace(offer, problem=_too_large(offer.parts))


def _lay_out(folder: Path, listed: Iterable[str]) -> None:
    """Empty files by the same names; the gate refuses by them what needs no reading."""
    for name in listed:
        if _is_wanted(name):
            transfer.safe_join(folder, name).touch()  # one of these that is unsafe is no accident
            continue
        with contextlib.suppress(UserError):
            transfer.safe_join(folder, name).touch()


def _told(entry: Entry, part: Part, folder: Path, pace: Pace) -> Generator[None, None, None]:
    """Bring one of the small files."""
    if part.size > WHOLE_LIMIT:
        raise UserError("{file} is damaged.", "Download it again.", file=part.name)
    transfer.safe_join(folder, part.name).unlink()
    for _ in transfer.fetch(part, address(entry, part), folder, pace):
        yield


def _require_weights(listed: dict[str, Part]) -> None:
    if weights.SINGLE not in listed and weights.INDEX not in listed:
        raise UserError(
            "The model has no file {file}.", "Choose another version of it.", file=weights.SINGLE
        )


def _is_wanted(name: str) -> bool:
    return name in WANTED or name.endswith(".safetensors")


def _chosen(listed: dict[str, Part], shards: frozenset[str] | None) -> tuple[Part, ...]:
    """The files of a download, the small ones first. Without `shards`: all that may be weights."""

    def is_meant(name: str) -> bool:
        if name.endswith(".safetensors"):
            return name in shards if shards is not None else name.startswith("model")
        return name in WANTED

    meant = [part for part in listed.values() if is_meant(part.name)]
    return tuple(sorted(meant, key=lambda part: (part.name.endswith(".safetensors"), part.name)))


def _too_large(parts: tuple[Part, ...]) -> UserError | None:
    for part in parts:
        limit = transfer.LARGEST if part.name.endswith(".safetensors") else WHOLE_LIMIT
        if part.size > limit:
            return UserError(
                "{file} is larger than the Hub sends at once ({size} GB).",
                "Choose a version of the model in smaller files.",
                file=part.name,
                size=round(part.size / 1e9, 1),
            )
    return None


# -- what was told --------------------------------------------------------------------------------


def _is_name(name: object) -> bool:
    """Of a model, and safe as a folder's."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return False
    with contextlib.suppress(UserError):
        return all(transfer.safe_name(piece) for piece in name.split("/"))
    return False


def _entry(about: dict[str, Any]) -> Entry:
    config = _group(about, "config")
    stored = _group(about, "safetensors")
    counts = {
        str(name): count
        for name, count in _group(stored, "parameters").items()
        if type(count) is int
    }
    most = max(counts, key=counts.__getitem__, default="")
    total = stored.get("total")
    day = about.get("lastModified")
    downloads = about.get("downloads")
    return Entry(
        name=about["id"],
        commit=str(about.get("sha") or "")[:40],
        licence=_licence(about),
        gated=about.get("gated") not in (None, False),
        parameters=total if type(total) is int and total > 0 else None,
        dtype=gate.DTYPES.get(most, shown(most, 20)),
        model_type=shown(str(config.get("model_type") or ""), 40),
        packed="quantization_config" in config,
        updated=day[:10] if isinstance(day, str) else "",
        downloads=downloads if type(downloads) is int else None,
    )


def _group(about: dict[str, Any], key: str) -> dict[str, Any]:
    told = about.get(key)
    return told if isinstance(told, dict) else {}


def _licence(about: dict[str, Any]) -> str:
    """The card's word, that of its own kind first; else the tag's."""
    card, tags = _group(about, "cardData"), about.get("tags")
    marked = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    tagged = [tag.removeprefix("license:") for tag in marked if tag.startswith("license:")]
    told = (card.get("license_name"), card.get("license"), *tagged)
    return next((shown(text, 60) for text in told if isinstance(text, str) and text), "")


# -- errors ---------------------------------------------------------------------------------------


def _not_understood(answer: Answer) -> UserError:
    return UserError(
        "{host} does not answer as it should ({why}).",
        "Check the network, then try again.",
        host=urlsplit(answer.url).hostname or "",
        why=_oddity(answer),
    )


def _oddity(answer: Answer) -> Reason:
    if answer.status != 200:
        return Reason("the server says {status}", status=answer.status)
    return Reason("its answer was not understood")


def _refused(answer: Answer, name: str, revision: str) -> UserError:
    """By what the Hub says beside its status; it says 401 also of what is not there."""
    code = answer.headers.get("X-Error-Code", "")
    wrong = "invalid" in answer.headers.get("X-Error-Message", "").casefold()
    if wrong or code == "GatedRepo":
        return transfer.denied(answer, name)
    if code == "RevisionNotFound":
        return UserError(
            "{model} has no revision {revision}.",
            "Choose another one, or leave it out.",
            model=name,
            revision=shown(revision),
        )
    if answer.status in (401, 403, 404):
        return UserError(
            "There is no model {model} on the Hub, or it is private.",
            "Check its name, or search for it.",
            model=name,
        )
    return _not_understood(answer)
