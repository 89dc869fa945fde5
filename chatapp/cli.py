"""The commands, from ask to bench.

Data goes to stdout, words to stderr. Exit code 0 on success, 1 on a user's error (one line), 2 on
bad usage. Knows nothing about torch or Qt: each command imports the rooms it needs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatapp import mixing, settings
from chatapp.chat import Done, Failed, Fetched, Message, Progress, Request, Text, UserError, clean
from chatapp.foreign import as_json
from chatapp.usage import REPEATS, WINDOW_CASES, parse

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from chatapp.chat import ModelInfo
    from chatapp.host import Host
    from chatapp.work import Ticket

    Sampler = Callable[[ModelInfo], settings.Sampling]

LONGEST_INPUT = 32_000_000  # bytes from standard input; no context holds more


def use_fresh_home() -> None:
    """A throw-away profile for this process."""
    os.environ["CHATAPP_HOME"] = tempfile.mkdtemp(prefix="chatapp-fresh-")


def run(options: argparse.Namespace) -> int:
    """Run the command. Without one, and without a display, chat or answer in the terminal."""
    # Only these may reach the network.
    if options.command != "download" and not getattr(options, "remote", ""):
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if options.command is None:
        return _run_without_display()
    return COMMANDS[options.command](options)


def _run_without_display() -> int:
    if sys.stdin.isatty():
        return run(parse(["chat"]))
    if text := _read_stdin():
        return run(parse(["ask", "--", text]))
    raise UserError(
        "There is no display for the window.", "Run 'chatapp ask TEXT', or 'chatapp chat' here."
    )


def _read_stdin() -> str:
    return clean(sys.stdin.buffer.read(LONGEST_INPUT).decode("utf-8", "replace")).strip()


# -- what a reply needs ---------------------------------------------------------------------------


def chosen(options: argparse.Namespace) -> tuple[str, Sampler, settings.Loading]:
    """Model name and knobs: the flags first, then what the settings file says.

    How an answer is drawn also depends on the model that will be resident.
    """
    saved, _ = settings.load()
    preset = mixing.find(options.preset, saved.presets) if options.preset else {}

    def given(group: Any) -> dict[str, Any]:
        flags = {name: getattr(options, name) for name in settings.knobs(group)}
        return {name: value for name, value in flags.items() if value is not None}

    def sampler(info: ModelInfo) -> settings.Sampling:
        kept, own = saved.models.get(info.path, {}), given(settings.Sampling)
        return mixing.mix(saved.sampling, dict(info.suggested), kept, preset, own).sampling

    name = options.model or saved.app.model
    return name, sampler, dataclasses.replace(_way(saved, name), **given(settings.Loading))


def _way(saved: settings.Settings, name: str) -> settings.Loading:
    """How the settings say to load this model."""
    if not saved.loads:  # as a rule: then nobody need look for it
        return saved.loading
    from chatapp import library

    with contextlib.suppress(UserError):  # who loads it tells that it is not here
        return mixing.Ways(saved.loading, saved.loads).of(library.find(name).path)
    return saved.loading


def open_host(name: str, loading: settings.Loading) -> Host:
    """A host with the model resident; progress on stderr. Raises UserError."""
    from chatapp.host import Host

    host = Host()
    try:
        load(host, name, loading)
    except BaseException:
        host.close()
        raise
    return host


def open_remote(url: str, model: str, key_file: str) -> Host:
    """A host that asks a model elsewhere. Raises UserError."""
    from chatapp.endpoint import Endpoint
    from chatapp.host import Host

    chosen = Endpoint(url, model=model, key=_read_key(key_file))
    host = Host()
    try:
        for event in host.connect(chosen):
            if isinstance(event, Failed):
                raise event.error
    except BaseException:
        host.close()
        raise
    return host


def _read_key(file: str) -> str:
    try:
        return Path(file).read_text("utf-8") if file else ""
    except (OSError, ValueError) as error:
        raise UserError(
            "The key's file {file} cannot be read.", "Check its name and permissions.", file=file
        ) from error


def load(host: Host, name: str, loading: settings.Loading) -> None:
    """Make this model the resident one; progress on stderr. Raises UserError."""
    from chatapp import library

    model = library.find(name) if name else library.built_in()
    for event in host.load(model, loading):
        match event:
            case Progress(stage, done, total):
                word = "Converting" if stage == "pack" else "Loading"
                _tell(f"{word} {model.name} {100 * done // max(total, 1)} %")
            case Failed():
                raise event.error
    _tell("")


def _tell(text: str) -> None:
    """A passing line on a terminal's stderr."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def show(
    ticket: Ticket, quiet: bool = False, keep: Callable[[str], object] = lambda text: None
) -> tuple[list[str], Done]:
    """Stream an answer to stdout; Ctrl+C stops it. Raises UserError.

    Gives every candidate's text; the first is streamed and the others follow it. `keep` gets what
    has been shown of the first by now.
    """
    texts: list[str] = [""]
    done = Done("error")
    events = iter(ticket)
    while True:
        try:
            event = next(events, None)
        except KeyboardInterrupt:
            ticket.cancel()
            continue
        match event:
            case None:
                if not quiet:
                    for number, text in enumerate(texts[1:], start=2):
                        print(f"\n\n--- {number} ---\n{text}", end="")
                return texts, done
            case Text(text, row):
                texts += [""] * (row + 1 - len(texts))
                texts[row] += text
                if not quiet and not row:
                    print(text, end="", flush=True)
                    keep(texts[0])
            case Failed():
                raise event.error
            case Done():
                done = event


# -- the commands ---------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    text = _read_stdin() if options.text == "-" else clean(options.text)
    if not text.strip():
        raise UserError("There is nothing to answer.", "Write a message first.")
    adapter = _adapter(options)
    name, sampler, loading = chosen(options)
    if options.remote:
        host = open_remote(options.remote, options.model, options.key_file)
    else:
        host = open_host(name, loading)
    try:
        head = (Message("system", options.system),) if options.system.strip() else ()
        asked = (*head, Message("user", text))
        assert host.info is not None  # `open_host` raises otherwise
        sampling = sampler(host.info)
        if sampling.candidates > 1 and not sampling.temperature and not options.remote:
            _say("At temperature 0 all candidates would be the same, so there is one.")
        request = Request(asked, sampling, options.complete, options.alternatives, adapter)
        if options.complete and not options.json:
            print(text, end="", flush=True)
        texts, done = show(host.reply(request), quiet=options.json)
        info = host.info
    finally:
        host.close()
    if options.json:
        about: dict[str, Any] = {"text": texts[0], "texts": texts, "finish": done.finish}
        about["model"], about["adapter"] = info.name if info else "", adapter
        for name in ("device", "dtype", "rung"):
            about[name] = getattr(info, name, "")
        if done.stats:
            about |= dataclasses.asdict(done.stats)
            about["tokens_per_s"] = round(done.stats.tokens_per_s, 1)
        print(as_json(about))
    else:
        print()
    return 130 if done.finish == "stopped" else 0


def _adapter(options: argparse.Namespace) -> str:
    """The folder of the adapter that was asked for; with it comes the model it was made for."""
    if not options.adapter:
        return ""
    from chatapp import adapters, library

    found = adapters.find(options.adapter)
    if not options.model and any(found.base == model.name for model in library.models()):
        options.model = found.base
    return found.path


def _chat(options: argparse.Namespace) -> int:
    from chatapp import terminal

    adapter = _adapter(options)
    return terminal.run(*chosen(options), options.system, adapter)


def _serve(options: argparse.Namespace) -> int:
    from chatapp import serving

    # Saved for the window's own use: a program says itself how many answers it wants, and one
    # that has forgotten its beginning would look complete to it.
    options.candidates = options.candidates or 1
    options.when_full = options.when_full or "stop"
    token = _read_stdin() if options.token == "-" else options.token
    adapter = _adapter(options)
    return serving.run(*chosen(options), (options.host, options.port, token), adapter)


def _models(options: argparse.Namespace) -> int:
    from chatapp import devices, listing

    saved, _ = settings.load()
    devices.choose(saved.loading.device)
    rows = listing.rows(mixing.Ways(saved.loading, saved.loads))
    if options.json:
        print(as_json(rows))
        return 0
    for line in listing.lines(rows):
        print(line)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from chatapp import doctor

    report = doctor.report()
    if options.json:
        print(as_json(report))
        return 0
    for line in doctor.lines(report):
        print(line)
    return 0


def _fit(options: argparse.Namespace) -> int:
    from chatapp import devices, fit

    saved, _ = settings.load()
    devices.choose(options.device or saved.loading.device)
    asked = fit.Asked(
        options.model, options.dtype, options.context, options.candidates, options.train,
        options.device or "",
    )  # fmt: skip
    figures = fit.report(asked)
    print(as_json(figures) if options.json else fit.told(figures))
    return 0


def _download(options: argparse.Namespace) -> int:
    from chatapp import downloads

    told = -1, 0  # tenths that are here, faults in a row

    def tell(news: Fetched) -> None:
        nonlocal told
        line, now = downloads.words(news), (10 * news.done // max(news.total, 1), news.faults)
        _tell(line)
        if not sys.stderr.isatty() and now != told:
            print(line, file=sys.stderr, flush=True)
            told = now

    try:
        facts = downloads.get(options.model, options.revision, tell)
    finally:
        _tell("")
    print(as_json(facts) if options.json else facts["path"])
    return 0


def _export(options: argparse.Namespace) -> int:
    from chatapp import porting

    return porting.export(options)


def _import(options: argparse.Namespace) -> int:
    from chatapp import porting

    return porting.bring(options)


def _bench(options: argparse.Namespace) -> int:
    options.repeats = options.repeats or REPEATS[options.case]
    if options.case == "search":
        figures = _measure_search(options)
    elif options.case in WINDOW_CASES:
        figures = _measure_window(options)
    else:
        figures = _measure_engine(options)
    if options.json:
        print(as_json(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")
    return 0


def _measure_search(options: argparse.Namespace) -> dict[str, Any]:
    from chatapp import search_bench

    return search_bench.measure(options.repeats)


def _measure_window(options: argparse.Namespace) -> dict[str, Any]:
    if importlib.util.find_spec("PySide6") is None:
        return {"skipped": "PySide6 is not installed"}
    from chatapp.ui import bench

    return bench.CASES[options.case](options.repeats, options.tokens or bench.TOKENS)


def _measure_engine(options: argparse.Namespace) -> dict[str, Any]:
    from chatapp.preload import preload

    for _ in preload():
        pass
    from chatapp.engine import bench
    from chatapp.engine.formats import SHORT

    dtype = SHORT.get(options.dtype, options.dtype)
    bench.check(options.shape, dtype)
    asked = bench.Options(
        options.shape, dtype, options.context, repeats=options.repeats, model=options.model,
        candidates=options.candidates,
    )  # fmt: skip
    return bench.train(asked) if options.case == "train" else bench.CASES[options.case](asked)


def _train(options: argparse.Namespace) -> int:
    from chatapp import schooling

    return _told(options, *schooling.train(options, _say))


def _merge(options: argparse.Namespace) -> int:
    from chatapp import schooling

    return _told(options, *schooling.merge(options, _say))


def _told(options: argparse.Namespace, figures: dict[str, Any], code: int) -> int:
    """What was made: its folder, or all figures as one object."""
    if figures:
        print(as_json(figures) if options.json else figures["out"])
    return code


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "ask": _ask,
    "chat": _chat,
    "serve": _serve,
    "models": _models,
    "doctor": _doctor,
    "fit": _fit,
    "download": _download,
    "export": _export,
    "import": _import,
    "train": _train,
    "merge": _merge,
    "bench": _bench,
}
