"""Keeps resources/i18n/chatapp_ja.ts and .qm in step with the sources.

    python packaging/translate.py                update both files; translations are kept
    python packaging/translate.py --check        exit 1 if an update would change anything
    python packaging/translate.py --missing      print what waits for a translation, as JSON
    python packaging/translate.py --fill FILE    take {context: {source: translation}} in

Texts of the window are found by Qt's lupdate. Texts born below the Qt floor are found here: knobs
("Knobs") by importing the settings, error templates ("Errors") and the reasons of device readings
("Devices") by reading every source with `ast`. Knows nothing about how the texts are shown.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import PySide6

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from chatapp import settings  # noqa: E402
from chatapp.tuning import Tuning  # noqa: E402

PACKAGE = ROOT / "chatapp"
TS = ROOT / "resources" / "i18n" / "chatapp_ja.ts"
QM = TS.with_suffix(".qm")
REASONS = {"Reason", "Cut"}  # what stands in an error's sentence and is translated by itself
KNOBS, ERRORS, DEVICES = "Knobs", "Errors", "Devices"


@dataclass(frozen=True, order=True)
class Text:
    """One thing to translate; `comment` tells equal sources apart."""

    context: str
    source: str
    comment: str = ""
    plural: bool = False


@dataclass
class Found:
    """What the sources hold, and the places where a text cannot be translated as written."""

    texts: set[Text] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


# -- texts of the window --------------------------------------------------------------------------


def qt_tool(name: str, *arguments: str) -> None:
    """Run lupdate or lrelease of the installed PySide6."""
    folder = Path(PySide6.__file__).parent
    tool = next(path for path in (folder / name, folder / f"{name}.exe") if path.is_file())
    result = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"{name}: {result.stdout}{result.stderr}")


def window_texts() -> set[Text]:
    """Everything that `self.tr` and `translate` name in chatapp/ui."""
    sources = [str(path) for path in sorted((PACKAGE / "ui").glob("*.py"))]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "fresh.ts"
        qt_tool("lupdate", *sources, "-locations", "none", "-silent", "-ts", str(fresh))
        return set(read(fresh))


# -- texts born below the Qt floor ----------------------------------------------------------------


def knob_texts() -> set[Text]:
    """Labels, helps, forms, units and choices of every knob."""
    groups = (settings.Sampling, settings.Loading, settings.App, Tuning)
    every = [about for group in groups for about in settings.knobs(group).values()]
    sources = [
        text
        for about in every
        for text in (about.label, about.help, about.form, about.unit, *about.choices)
    ]
    return {Text(KNOBS, source) for source in sources if source}


def trees() -> dict[Path, ast.Module]:
    """Every source file of the product, parsed."""
    return {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def error_names(parsed: dict[Path, ast.Module]) -> set[str]:
    """UserError, Failed, and every class that derives from them."""
    names = {"UserError", "Failed"}
    classes = [
        (node.name, {_last_name(base) for base in node.bases})
        for tree in parsed.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    grown = True
    while grown:
        more = {name for name, bases in classes if bases & names} - names
        names |= more
        grown = bool(more)
    return names


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def values_by_name(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What each name of a file is ever set to; for a loop's variables, the table looped over."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                pass
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                targets = [target]
            case ast.For(target=target, iter=value):
                targets = [target]
            case _:
                continue
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name):
                    found.setdefault(part.id, []).append(value)
    return found


def sentences(table: ast.expr) -> Iterator[str]:
    """The whole sentences in a table; other texts in it are keys and signs."""
    for node in ast.walk(table):
        match node:
            case ast.Constant(value=str(text)) if text.endswith("."):
                yield text


class Collector(ast.NodeVisitor):
    """Reads one file for error templates, reasons of readings, and texts nobody can translate."""

    def __init__(self, path: Path, tree: ast.Module, errors: set[str], found: Found) -> None:
        self._path = path
        self._errors = errors
        self._found = found
        self._inside: list[str] = []
        self._values = values_by_name(tree)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._inside.append(node.name)
        self.generic_visit(node)
        self._inside.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if any(name.startswith("WHY_") for name in names) or self._is_device_sentence(node):
            self._take(DEVICES, node.value)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = _last_name(node.func)
        keywords = {word.arg: word.value for word in node.keywords}
        if name in self._errors or self._is_parent_call(node):
            for value in (*node.args[:2], keywords.get("sentence"), keywords.get("remedy")):
                self._take(ERRORS, value)
        if name in REASONS and node.args:
            self._take(ERRORS, node.args[0])
        if name == "Reading" and len(node.args) > 1:
            self._take(DEVICES, node.args[1])
        self._take(DEVICES, keywords.get("why"))
        if name == "tr":
            self._check_tr(node)
        self.generic_visit(node)

    def _check_tr(self, node: ast.Call) -> None:
        if not (node.args and isinstance(node.args[0], ast.Constant)):
            self._complain(node, "tr() needs a plain string")
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node
        if _last_name(owner) != "self":
            self._complain(node, "lupdate knows the context of self.tr() only")

    def _is_device_sentence(self, node: ast.Assign) -> bool:
        """A whole sentence that devices.py keeps as a constant: the reason of some reading."""
        match node.value:
            case ast.Constant(value=str(text)):
                return self._path.name == "devices.py" and text.endswith(".")
        return False

    def _is_parent_call(self, node: ast.Call) -> bool:
        """super().__init__("...", "...") of an error class."""
        function = node.func
        return (
            bool(self._inside)
            and self._inside[-1] in self._errors
            and isinstance(function, ast.Attribute)
            and function.attr == "__init__"
            and isinstance(function.value, ast.Call)
            and _last_name(function.value.func) == "super"
        )

    def _take(self, context: str, value: ast.expr | None) -> None:
        if value is None:
            return
        for part in self._strings(value):
            if isinstance(part, ast.JoinedStr):
                self._complain(part, "a template, not an f-string, can be translated")
            elif part:
                self._found.texts.add(Text(context, part))

    def _strings(
        self, node: ast.expr, seen: frozenset[str] = frozenset()
    ) -> Iterator[str | ast.JoinedStr]:
        """Every text the expression may stand for, as far as this file tells."""
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr():
                yield node
            case ast.IfExp(body=body, orelse=other):
                yield from self._strings(body, seen)
                yield from self._strings(other, seen)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._strings(value, seen)
            case ast.Subscript(value=table):
                yield from self._strings(table, seen)
            case ast.Tuple() | ast.List() | ast.Dict():
                yield from sentences(node)
            case ast.Name(id=name) if name not in seen:
                for value in self._values.get(name, ()):
                    yield from self._strings(value, seen | {name})

    def _complain(self, node: ast.expr, what: str) -> None:
        place = self._path.relative_to(ROOT).as_posix()
        self._found.problems.append(f"{place}:{node.lineno}: {what}")


def find() -> Found:
    """Every text of the product."""
    found = Found(window_texts() | knob_texts())
    parsed = trees()
    errors = error_names(parsed)
    for path, tree in parsed.items():
        Collector(path, tree, errors, found).visit(tree)
    return found


# -- the .ts file ---------------------------------------------------------------------------------


def read(path: Path) -> dict[Text, str]:
    """The file's texts and their translations ("" = none yet)."""
    known: dict[Text, str] = {}
    if not path.is_file():
        return known
    for context in ElementTree.parse(path).getroot().iter("context"):
        name = context.findtext("name", "")
        for message in context.iter("message"):
            plural = message.get("numerus") == "yes"
            text = Text(
                name, message.findtext("source", ""), message.findtext("comment", ""), plural
            )
            place = "translation/numerusform" if plural else "translation"
            known[text] = message.findtext(place, "")
    return known


def write(texts: dict[Text, str]) -> bytes:
    """The .ts file, in one fixed order, so that a change shows as what it is."""
    root = ElementTree.Element("TS", version="2.1", language="ja", sourcelanguage="en")
    contexts: dict[str, ElementTree.Element] = {}
    for text in sorted(texts):
        if text.context not in contexts:
            contexts[text.context] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(contexts[text.context], "name").text = text.context
        _write_message(contexts[text.context], text, texts[text])
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n'.encode()


def _write_message(parent: ElementTree.Element, text: Text, translation: str) -> None:
    message = ElementTree.SubElement(parent, "message")
    ElementTree.SubElement(message, "source").text = text.source
    if text.comment:
        ElementTree.SubElement(message, "comment").text = text.comment
    target = ElementTree.SubElement(message, "translation")
    if not translation:
        target.set("type", "unfinished")
    if text.plural:
        message.set("numerus", "yes")
        target = ElementTree.SubElement(target, "numerusform")  # Japanese has one form
    target.text = translation


def release(ts: bytes) -> bytes:
    """The .qm file of these contents."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "texts.ts", Path(folder) / "texts.qm"
        source.write_bytes(ts)
        qt_tool("lrelease", "-silent", str(source), "-qm", str(target))
        return target.read_bytes()


# -- commands -------------------------------------------------------------------------------------


def merged(found: Found) -> dict[Text, str]:
    """What the sources hold now, with the translations there are."""
    known = read(TS)
    return {text: known.get(text, "") for text in found.texts}


def faults() -> list[str]:
    """One line for each reason why the files in the tree are not good as they are."""
    found = find()
    texts = merged(found)
    ts = write(texts)
    lines = list(found.problems)
    lines += [f"not translated: {text.context}: {text.source}" for text in missing(texts)]
    if not TS.is_file() or TS.read_bytes() != ts:
        lines.append(f"{TS.name} is not what the sources hold; run packaging/translate.py")
    if not QM.is_file() or QM.read_bytes() != release(ts):
        lines.append(f"{QM.name} was not made from {TS.name}; run packaging/translate.py")
    return lines


def missing(texts: dict[Text, str]) -> list[Text]:
    """What waits for a translation."""
    return [text for text in sorted(texts) if not texts[text]]


def fill(texts: dict[Text, str], file: Path) -> None:
    """Take translations from a JSON file; a text that no source holds is an error."""
    for context, pairs in json.loads(file.read_text("utf-8")).items():
        for source, translation in pairs.items():
            same = [text for text in texts if (text.context, text.source) == (context, source)]
            if not same:
                raise SystemExit(f"no source holds {context}: {source}")
            texts.update(dict.fromkeys(same, translation))


def update(file: Path | None) -> int:
    """Write both files; `file` brings new translations."""
    found = find()
    texts = merged(found)
    if file is not None:
        fill(texts, file)
    ts = write(texts)
    TS.parent.mkdir(parents=True, exist_ok=True)
    TS.write_bytes(ts)
    QM.write_bytes(release(ts))
    print(*found.problems, sep="\n", end="\n" if found.problems else "")
    print(f"{len(texts)} texts, {len(missing(texts))} without a translation")
    return 0


def show_missing() -> int:
    """Print the skeleton of a file for --fill."""
    waiting: dict[str, dict[str, str]] = {}
    for text in missing(merged(find())):
        waiting.setdefault(text.context, {})[text.source] = ""
    print(json.dumps(waiting, indent=2, ensure_ascii=False))
    return 0


def check() -> int:
    """Print every fault; 1 if there is one."""
    lines = faults()
    print(*lines or ["all texts are translated"], sep="\n")
    return 1 if lines else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Update the Japanese translation.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="exit 1 if an update is due")
    group.add_argument("--missing", action="store_true", help="print what is not translated")
    group.add_argument("--fill", type=Path, metavar="FILE", help="take translations from a JSON")
    options = parser.parse_args()
    if options.check:
        return check()
    return show_missing() if options.missing else update(options.fill)


if __name__ == "__main__":
    sys.exit(main())
