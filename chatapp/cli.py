"""The commands, from ask to bench.

Data goes to stdout, words to stderr. Exit code 0 on success, 1 on a user's error (one line), 2 on
bad usage. Every sampling and loading knob is a flag, made from its declaration. Knows nothing about
torch or Qt: each command imports the rooms it needs.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import sys
import tempfile
from typing import TYPE_CHECKING, Any

from chatapp import __version__, mixing, settings
from chatapp.chat import Done, Failed, Fetched, Message, Progress, Request, Text, UserError, clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatapp.chat import ModelInfo
    from chatapp.host import Host, Ticket

    Sampler = Callable[[ModelInfo], settings.Sampling]

ALIASES = {"max_new_tokens": "--max-tokens"}
FORMATS = ("auto", "float32", "bfloat16", "float16", "int8", "int4")
# Their room is imported by the command alone; a test compares them.
WRITTEN = ("markdown", "html", "json", "openai", "text")
READ = ("json", "markdown", "chatgpt", "claude", "sharegpt", "openai")
WINDOW_CASES = ("start", "ui", "transcript")
# Interleaved runs of each case, so that it ends within a minute on two cores.
REPEATS = {"start": 5, "ui": 1, "transcript": 1, "decode": 3, "turns": 3}
LONGEST_INPUT = 32_000_000  # bytes from standard input; no context holds more


def parse(argv: list[str]) -> argparse.Namespace:
    """The options; bad usage exits with 2 as argparse does."""
    parser = argparse.ArgumentParser(
        prog="chatapp", description="Chat with the language model on your own GPU."
    )
    parser.set_defaults(command=None)
    parser.add_argument("--version", action="version", version=f"chatapp {__version__}")
    parser.add_argument("--fresh", action="store_true", help="a throw-away profile")
    parser.add_argument("--no-model", action="store_true", help="open without loading a model")
    parser.add_argument(
        "--log", default="info", choices=("debug", "info", "warning"), help="how much to log"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    _add_answering(commands)

    for name, about in (
        ("models", "the models on this computer"),
        ("doctor", "versions, devices, folders, and what is missing"),
    ):
        command = commands.add_parser(name, help=about)
        command.add_argument("--json", action="store_true")

    fit = commands.add_parser("fit", help="what a model needs, and which graphics cards hold it")
    fit.add_argument("model", help="a name from 'chatapp models', a folder, or a published name")
    fit.add_argument("--context", type=_count, metavar="N", help="tokens")
    fit.add_argument("--candidates", type=_count, default=1, metavar="N", help="answers at once")
    fit.add_argument("--train", choices=("lora", "full"), default="", help="to train, not to chat")
    fit.add_argument("--dtype", choices=FORMATS, default="auto", help="a precision (default auto)")
    fit.add_argument("--json", action="store_true")

    download = commands.add_parser("download", help="bring a model from the Hugging Face Hub")
    download.add_argument("model", help="its name there: organisation/model")
    download.add_argument("--revision", default="main", help="a branch, tag or commit")
    download.add_argument("--json", action="store_true")

    _add_exchange(commands)

    bench = commands.add_parser("bench", help="measure this machine")
    bench.add_argument("case", choices=tuple(REPEATS))
    bench.add_argument("--repeats", type=_count, help="interleaved runs (default: 2 to 5)")
    bench.add_argument("--shape", default="qwen2.5-0.5b", help="random weights of this shape")
    bench.add_argument("--model", default="", help="instead of a shape: a name or a folder")
    bench.add_argument("--candidates", type=_count, default=1, help="decode: answers at once")
    bench.add_argument("--dtype", default="int8", help="fp32, bf16, fp16 or int8 (default)")
    bench.add_argument("--context", type=_count, default=128, help="prompt tokens (default 128)")
    bench.add_argument("--tokens", type=_count, help="ui: of the streamed answer (default 5000)")
    bench.add_argument("--json", action="store_true")
    return parser.parse_args(argv)


def _add_exchange(commands: Any) -> None:
    export = commands.add_parser("export", help="write conversations to a file")
    export.add_argument("--format", choices=WRITTEN, help="default: as FILE ends, else markdown")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--conversation", type=_count, metavar="ID", help="default: the newest")
    which.add_argument("--all", action="store_true", help="every conversation")
    which.add_argument("--list", action="store_true", help="show their numbers instead")
    export.add_argument("--out", default="-", metavar="FILE", help="- is standard output (default)")
    export.add_argument("--thoughts", action="store_true", help="with the model's reasoning")
    export.add_argument("--json", action="store_true", help="with --list: as JSON")

    brought = commands.add_parser("import", help="add conversations from a file")
    brought.add_argument("file", help="of ChatApp, ChatGPT, Claude, ShareGPT, OpenAI, Markdown")
    brought.add_argument("--format", choices=READ, default="", help="default: look at it")
    brought.add_argument("--dry-run", action="store_true", help="tell only what would be added")
    brought.add_argument("--again", action="store_true", help="also what is here already")
    brought.add_argument("--json", action="store_true")


def _add_answering(commands: Any) -> None:
    """The commands that answer: ask, chat and serve."""
    ask = commands.add_parser("ask", help="answer one message, then exit")
    ask.add_argument("text", help="the message, or - to read it from standard input")
    ask.add_argument("--complete", action="store_true", help="continue the text, no template")
    ask.add_argument("--json", action="store_true", help="one JSON object instead of the stream")
    ask.add_argument(
        "--alternatives", type=_count, default=0, metavar="N",
        help="with --json: each token's chance, and the N likeliest at its place",
    )  # fmt: skip
    _add_model(ask)

    chat = commands.add_parser("chat", help="chat in the terminal")
    _add_model(chat)
    for command in (ask, chat):
        command.add_argument(
            "--system", type=clean, default="", metavar="TEXT", help="system prompt"
        )

    serve = commands.add_parser("serve", help="let other programs use the model (OpenAI's API)")
    serve.add_argument("--host", default="127.0.0.1", help="an address of this computer")
    serve.add_argument(
        "--port", type=_reader(settings.App, "port"), metavar="P", help="default: 8642"
    )
    serve.add_argument(
        "--token", default="", help="what a client must send, or - to read it; default: a new one"
    )
    _add_model(serve)


def _add_model(command: argparse.ArgumentParser) -> None:
    """The model, and a flag for each knob with its own bounds."""
    command.add_argument("--model", default="", help="a name from 'chatapp models', or a folder")
    command.add_argument("--preset", default="", metavar="NAME", help="settings saved by this name")
    for group in (settings.Sampling, settings.Loading):
        for name, knob in settings.knobs(group).items():
            flag = ALIASES.get(name, "--" + name.replace("_", "-"))
            command.add_argument(
                flag, dest=name, type=_reader(group, name), metavar="X", help=knob.help
            )


def _reader(group: type[Any], name: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return settings.check(group, name, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)


def use_fresh_home() -> None:
    """A throw-away profile for this process."""
    os.environ["CHATAPP_HOME"] = tempfile.mkdtemp(prefix="chatapp-fresh-")


def run(options: argparse.Namespace) -> int:
    """Run the command. Without one, and without a display, chat or answer in the terminal."""
    if options.command != "download":  # the only one that may reach the network
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

    loading = dataclasses.replace(saved.loading, **given(settings.Loading))
    return options.model or saved.app.model, sampler, loading


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


def load(host: Host, name: str, loading: settings.Loading) -> None:
    """Make this model the resident one; progress on stderr. Raises UserError."""
    from chatapp import library

    model = library.find(name) if name else library.built_in()
    for event in host.load(model, loading):
        match event:
            case Progress(_, done, total):
                _tell(f"Loading {model.name} {100 * done // max(total, 1)} %")
            case Failed():
                raise event.error
    _tell("")


def _tell(text: str) -> None:
    """A passing line on a terminal's stderr."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def show(ticket: Ticket, quiet: bool = False) -> tuple[list[str], Done]:
    """Stream an answer to stdout; Ctrl+C stops it. Raises UserError.

    Gives every candidate's text; the first is streamed and the others follow it.
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
            case Failed():
                raise event.error
            case Done():
                done = event


# -- the commands ---------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    text = _read_stdin() if options.text == "-" else clean(options.text)
    if not text.strip():
        raise UserError("There is nothing to answer.", "Write a message first.")
    name, sampler, loading = chosen(options)
    host = open_host(name, loading)
    try:
        head = (Message("system", options.system),) if options.system.strip() else ()
        asked = (*head, Message("user", text))
        assert host.info is not None  # `open_host` raises otherwise
        sampling = sampler(host.info)
        request = Request(asked, sampling, options.complete, options.alternatives)
        if options.complete and not options.json:
            print(text, end="", flush=True)
        texts, done = show(host.reply(request), quiet=options.json)
        info = host.info
    finally:
        host.close()
    if options.json:
        about: dict[str, Any] = {"text": texts[0], "texts": texts, "finish": done.finish}
        about["model"] = info.name if info else ""
        for name in ("device", "dtype", "rung"):
            about[name] = getattr(info, name, "")
        if done.stats:
            about |= dataclasses.asdict(done.stats)
            about["tokens_per_s"] = round(done.stats.tokens_per_s, 1)
        print(json.dumps(about, ensure_ascii=False))
    else:
        print()
    return 130 if done.finish == "stopped" else 0


def _chat(options: argparse.Namespace) -> int:
    from chatapp import terminal

    return terminal.run(*chosen(options), options.system)


def _serve(options: argparse.Namespace) -> int:
    from chatapp import serving

    # Saved for the window's own use: a program says itself how many answers it wants, and one
    # that has forgotten its beginning would look complete to it.
    options.candidates = options.candidates or 1
    options.when_full = options.when_full or "stop"
    token = _read_stdin() if options.token == "-" else options.token
    return serving.run(*chosen(options), (options.host, options.port, token))


def _models(options: argparse.Namespace) -> int:
    from chatapp import listing

    saved, _ = settings.load()
    rows = listing.rows(saved.loading.context_length)
    if options.json:
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    for row in rows:
        about = row["problem"] or " ".join((row["source"], row["dtype"], row["fits"]))
        print(f"{row['name']:40} {row['bytes'] / 1e9:8.2f} GB  {about}")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from chatapp import doctor

    report = doctor.report()
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
        return 0
    for part, facts in report.items():
        print(part)
        rows = facts.items() if isinstance(facts, dict) else ((entry, "") for entry in facts)
        for name, value in rows:
            print(f"  {name:24} {value}".rstrip())
    return 0


def _fit(options: argparse.Namespace) -> int:
    from chatapp import fit

    figures = fit.report(
        fit.Asked(options.model, options.dtype, options.context, options.candidates, options.train)
    )
    print(json.dumps(figures, ensure_ascii=False) if options.json else fit.told(figures))
    return 0


def _download(options: argparse.Namespace) -> int:
    from chatapp import downloads

    told = -1

    def tell(news: Fetched) -> None:
        nonlocal told
        percent = 100 * news.done // max(news.total, 1)
        line = f"{news.model} {percent} %, {news.bytes_per_s / 1e6:.1f} MB/s, "
        line += f"file {news.number} of {news.files}{': ' if news.why else ''}{news.why}"
        _tell(line)
        if not sys.stderr.isatty() and percent // 10 > told // 10:
            print(line, file=sys.stderr, flush=True)
            told = percent

    try:
        facts = downloads.get(options.model, options.revision, tell)
    finally:
        _tell("")
    print(json.dumps(facts, ensure_ascii=False) if options.json else facts["path"])
    return 0


def _export(options: argparse.Namespace) -> int:
    from chatapp import porting

    return porting.export(options)


def _import(options: argparse.Namespace) -> int:
    from chatapp import porting

    return porting.bring(options)


def _bench(options: argparse.Namespace) -> int:
    options.repeats = options.repeats or REPEATS[options.case]
    figures = _measure_window(options) if options.case in WINDOW_CASES else _measure_engine(options)
    if options.json:
        print(json.dumps(figures))
    else:
        for name, value in figures.items():
            print(f"{name:28} {value}")
    return 0


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
    return bench.CASES[options.case](asked)


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
    "bench": _bench,
}
