"""The command line's usage: commands, arguments, and a flag for each knob from its declaration.

Knows nothing about what the commands do.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, NoReturn

from chatapp import __version__, settings
from chatapp.chat import clean
from chatapp.tuning import Tuning

if TYPE_CHECKING:
    from collections.abc import Callable

ALIASES = {"max_new_tokens": "--max-tokens"}
FORMATS = ("auto", "float32", "bfloat16", "float16", "int8", "int4")
# Their room is imported by the command alone; a test compares them.
WRITTEN = ("markdown", "html", "json", "openai", "text")
READ = ("json", "markdown", "chatgpt", "claude", "sharegpt", "openai")
WINDOW_CASES = ("start", "ui", "transcript")
# Interleaved runs of each case, so that it ends within a minute on two cores.
REPEATS = {
    "start": 5, "ui": 1, "transcript": 1, "search": 5, "decode": 3, "turns": 3, "load": 5,
    "train": 3,
}  # fmt: skip


# A command's flag, and the one without which it does nothing.
COMPANIONS = (
    ("ask", "alternatives", "json"), ("ask", "key_file", "remote"), ("export", "json", "list"),
)  # fmt: skip
JSON = "as JSON, in one line"


class Parser(argparse.ArgumentParser):
    """Tells bad usage in one line: the usage of a command that takes each knob fills a screen."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(2, f"{self.prog}: {message}. See '{self.prog} --help'.\n")


def parse(argv: list[str]) -> argparse.Namespace:
    """The options; bad usage exits with 2 as argparse does."""
    parser = Parser(
        prog="chatapp",
        description="Chat with the language model on your own GPU. Without a command: the window.",
        epilog="Results go to standard output, all other words to standard error. Exit code 0: "
        "done, 1: it could not be done and one line says why, 2: bad usage, 130: stopped.",
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
        command = _command(commands, name, about)
        command.add_argument("--json", action="store_true", help=JSON)

    fit = _command(commands, "fit", "what a model needs, and which graphics cards hold it")
    fit.add_argument("model", help="a name from 'chatapp models', a folder, or a published name")
    fit.add_argument("--context", type=_count, metavar="N", help="this many tokens alone")
    fit.add_argument("--candidates", type=_count, default=1, metavar="N", help="answers at once")
    fit.add_argument("--train", choices=("lora", "full"), default="", help="to train, not to chat")
    fit.add_argument("--dtype", choices=FORMATS, default="auto", help="a precision (default auto)")
    _add_device(fit, None)  # as set in the window
    fit.add_argument("--json", action="store_true", help=JSON)

    download = _command(commands, "download", "bring a model from the Hugging Face Hub")
    download.add_argument("model", help="its name there: organisation/model")
    download.add_argument("--revision", default="main", help="a branch, tag or commit")
    download.add_argument("--json", action="store_true", help=JSON)

    _add_exchange(commands)
    _add_training(commands)

    bench = _command(commands, "bench", "measure this machine")
    bench.add_argument("case", choices=tuple(REPEATS))
    bench.add_argument("--repeats", type=_count, help="interleaved runs (default: 2 to 5)")
    bench.add_argument(
        "--shape", default="qwen2.5-0.5b", help="random weights of this shape (not train)"
    )
    bench.add_argument("--model", default="", help="instead of a shape: a name or a folder")
    bench.add_argument("--candidates", type=_count, default=1, help="decode: answers at once")
    bench.add_argument("--dtype", default="int8", help="fp32, bf16, fp16, int4 or int8 (default)")
    bench.add_argument("--context", type=_count, default=128, help="prompt tokens (default 128)")
    bench.add_argument("--tokens", type=_count, help="ui: of the streamed answer (default 5000)")
    bench.add_argument("--json", action="store_true", help=JSON)
    options = parser.parse_args(argv)
    _refuse_alone(commands, options)
    return options


def _command(commands: Any, name: str, about: str) -> Parser:
    """A command that says what it does in the list and in its own help."""
    sentence = f"{about[0].upper()}{about[1:]}."
    made: Parser = commands.add_parser(name, help=about, description=sentence)
    return made


def _refuse_alone(commands: Any, options: argparse.Namespace) -> None:
    """A flag that would do nothing without another is told, not ignored."""
    for command, flag, needed in COMPANIONS:
        given = options.command == command and getattr(options, flag)
        if given and not getattr(options, needed):
            text = f"--{flag.replace('_', '-')} does nothing without --{needed}"
            commands.choices[command].error(text)


def _add_training(commands: Any) -> None:
    """What makes a model learn."""
    train = _command(commands, "train", "teach a model your own words")
    train.add_argument(
        "--data", required=True, metavar="FILE", help="JSONL, JSON, CSV, plain text or Markdown"
    )
    train.add_argument("--out", default="", metavar="DIR", help="default: named after the data")
    train.add_argument("--model", default="", help="a name or a folder (default: the guide)")
    train.add_argument(
        "--columns", type=_two, metavar="A,B", help="of a table: those of question and answer"
    )
    train.add_argument("--resume", action="store_true", help="go on with what is in DIR")
    train.add_argument("--json", action="store_true", help="one JSON object at the end")
    _add_knobs(train, Tuning)
    _add_device(train)

    merge = _command(commands, "merge", "add an adapter to its model, as a new model")
    merge.add_argument("adapter", help="one that 'chatapp models' lists, or a folder")
    merge.add_argument("--out", default="", metavar="DIR", help="default: in the models folder")
    merge.add_argument("--model", default="", help="default: the one that it was made for")
    merge.add_argument("--dtype", choices=FORMATS[:4], default="auto", help="auto: as the model's")
    merge.add_argument("--json", action="store_true", help=JSON)


def _add_device(command: argparse.ArgumentParser, default: str | None = "auto") -> None:
    about = settings.knobs(settings.Loading)["device"]
    read = _reader(settings.Loading, "device")
    command.add_argument(
        "--device", type=read, default=default, metavar=_value(about, str), help=_told(about, str)
    )


def _two(text: str) -> tuple[str, str]:
    first, _, second = text.partition(",")
    if not first.strip() or not second.strip() or "," in second:
        raise argparse.ArgumentTypeError("must be two names with a comma between")
    return first, second


def _add_exchange(commands: Any) -> None:
    """What goes out of the store, and in."""
    export = _command(commands, "export", "write conversations to a file")
    export.add_argument("--format", choices=WRITTEN, help="default: as FILE ends, else markdown")
    which = export.add_mutually_exclusive_group()
    which.add_argument("--conversation", type=_count, metavar="ID", help="default: the newest")
    which.add_argument("--all", action="store_true", help="every conversation")
    which.add_argument("--list", action="store_true", help="show their numbers instead")
    export.add_argument("--out", default="-", metavar="FILE", help="- is standard output (default)")
    export.add_argument("--thoughts", action="store_true", help="with the model's reasoning")
    export.add_argument("--json", action="store_true", help="with --list: as JSON")

    brought = _command(commands, "import", "add conversations from a file")
    brought.add_argument("file", help="of ChatApp, ChatGPT, Claude, ShareGPT, OpenAI, Markdown")
    brought.add_argument("--format", choices=READ, default="", help="default: look at it")
    brought.add_argument("--dry-run", action="store_true", help="tell only what would be added")
    brought.add_argument("--again", action="store_true", help="also what is here already")
    brought.add_argument("--json", action="store_true", help=JSON)


def _add_answering(commands: Any) -> None:
    """The commands that answer: ask, chat and serve."""
    ask = _command(commands, "ask", "answer one message, then exit")
    ask.add_argument("text", help="the message, or - to read it from standard input")
    ask.add_argument("--complete", action="store_true", help="continue the text, no template")
    ask.add_argument("--json", action="store_true", help="one JSON object instead of the stream")
    ask.add_argument(
        "--alternatives", type=_count, default=0, metavar="N",
        help="with --json: each token's chance, and the N likeliest at its place",
    )  # fmt: skip
    ask.add_argument("--remote", default="", metavar="URL", help="ask a model elsewhere (https)")
    ask.add_argument(
        "--key-file", default="", metavar="FILE", help="with --remote: where its key is kept"
    )
    _add_model(ask)

    chat = _command(commands, "chat", "chat in the terminal")
    _add_model(chat)
    for command in (ask, chat):
        command.add_argument(
            "--system", type=clean, default="", metavar="TEXT", help="system prompt"
        )

    serve = _command(commands, "serve", "let other programs use the model (OpenAI's API)")
    serve.add_argument("--host", default="127.0.0.1", help="an address of this computer")
    serve.add_argument(
        "--port", type=_reader(settings.App, "port"), metavar="P", help="default: 8642"
    )
    serve.add_argument(
        "--token", default="", help="what a client must send, or - to read it; default: a new one"
    )
    _add_model(serve)
    for command in (ask, chat, serve):
        command.add_argument(
            "--adapter",
            default="",
            metavar="NAME",
            help="one that 'chatapp models' lists, or a folder",
        )


def _add_model(command: argparse.ArgumentParser) -> None:
    """The model, and a flag for each knob with its own bounds."""
    command.add_argument("--model", default="", help="a name from 'chatapp models', or a folder")
    command.add_argument("--preset", default="", metavar="NAME", help="settings saved by this name")
    for group in (settings.Sampling, settings.Loading):
        _add_knobs(command, group)


def _add_knobs(command: argparse.ArgumentParser, group: type[Any]) -> None:
    for name, knob in settings.knobs(group).items():
        flag = ALIASES.get(name, "--" + name.replace("_", "-"))
        kind = type(getattr(group(), name))
        command.add_argument(
            flag, dest=name, type=_reader(group, name), metavar=_value(knob, kind),
            help=_told(knob, kind),
        )  # fmt: skip


def _value(about: settings.Knob, kind: type[Any]) -> str:
    """What stands for the value of a knob's flag."""
    if about.choices:
        return f"{{{','.join(about.choices)}}}"
    return {int: "N", float: "X"}.get(kind, "TEXT")


def _told(about: settings.Knob, kind: type[Any]) -> str:
    """A knob's help with its bounds, which the panel shows by the slider's ends."""
    if kind is str or about.low is None or about.high is None:
        return about.help
    return f"{about.help} From {about.low:g} to {about.high:.10g}."


def _reader(group: type[Any], name: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return settings.check(group, name, text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error).removeprefix(f"{name} ")) from None

    return read


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("must be a whole number above 0")
    return int(text)
