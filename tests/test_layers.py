"""The house's rules, held by a machine: who may import what."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "chatapp"
TORCH = {"torch", "transformers", "accelerate", "peft", "safetensors", "tokenizers"}
QT = {"PySide6", "shiboken6"}

# room -> the rooms of ours that it uses; a room or an arrow not listed here is not allowed.
PLAIN = {
    "__main__": {"cli", "usage", "places", "chat", "ui.app"},
    "usage": {"settings", "chat"},
    "cli": {
        "usage",
        "mixing",
        "settings",
        "chat",
        "library",
        "listing",
        "host",
        "terminal",
        "serving",
        "doctor",
        "downloads",
        "fit",
        "porting",
        "search_bench",
        "preload",
        "engine.bench",
        "engine.formats",
        "ui.bench",
    },
    "serving": {"admission", "cli", "server", "settings", "chat", "host"},
    "secret": set(),
    "server": {"admission", "dialect", "refusal", "wire", "wording", "settings", "chat", "host"},
    "wire": {"refusal"},
    "admission": {"refusal", "wire", "chat"},
    "dialect": {"foreign", "refusal", "settings", "chat"},
    "wording": {"dialect", "chat"},
    "refusal": {"chat"},
    "terminal": {"cli", "settings", "chat", "store", "titles", "host"},
    "doctor": {"cards", "devices", "library", "memory", "places", "preload", "engine.loading"},
    "host": {
        "admission",
        "server",
        "chat",
        "settings",
        "devices",
        "library",
        "preload",
        "engine.local",
    },
    "preload": {"chat"},
    "library": {"places", "gate", "foreign", "register", "chat"},
    "errands": {
        "cards",
        "downloads",
        "hub",
        "library",
        "recommended",
        "register",
        "shelf",
        "web",
        "chat",
    },
    "register": {"places", "transfer", "chat"},
    "shelf": {"cards", "library", "memory", "places", "sizes", "store", "transfer"},
    "recommended": {"catalogue", "memory", "places", "sizes"},
    "gate": {"mixing", "sizes", "weights", "foreign", "chat"},
    "mixing": {"settings", "chat"},
    "attachments": {"foreign", "chat"},
    "weights": {"foreign", "chat"},
    "foreign": {"chat"},
    "examples": {"forms", "foreign", "chat"},
    "forms": {"foreign", "chat"},
    "web": {"foreign", "chat"},
    "transfer": {"web", "foreign", "chat"},
    "hub": {"gate", "sizes", "transfer", "web", "weights", "foreign", "chat"},
    "downloads": {"hub", "places", "transfer", "web", "chat"},
    "architectures": set(),
    "sizes": {"architectures", "foreign", "weights", "chat"},
    "catalogue": set(),
    "cards": {"devices"},
    "listing": {"cards", "library", "memory", "store"},
    "memory": {"cards", "sizes", "chat"},
    "fit": {"cards", "catalogue", "gate", "library", "memory", "settings", "sizes", "chat"},
    "store": {"database", "places", "record", "record_rows", "tree", "chat"},
    "tree": {"accounts", "chat"},
    "accounts": {"chat"},
    "odds": {"chat", "settings"},
    "record": {"thoughts", "chat"},
    "record_rows": {"accounts", "record", "chat"},
    "record_json": {"accounts", "settings", "record", "chat"},
    "record_markdown": {"record", "chat"},
    "record_html": {"record", "record_markdown"},
    "dialects": {"forms", "record", "record_markdown", "titles", "chat"},
    "parcel": {"foreign", "record", "chat"},
    "exchange": {
        "dialects",
        "parcel",
        "record",
        "record_html",
        "record_json",
        "record_markdown",
        "chat",
    },
    "porting": {"database", "exchange", "foreign", "places", "record", "record_rows", "chat"},
    "chores": {"exchange", "foreign", "record", "record_rows", "store", "chat"},
    "search": {"database", "thoughts", "words", "chat"},
    "words": set(),
    "search_bench": {"database", "search", "store"},
    "titles": {"chat"},
    "thoughts": set(),
    "database": {"chat"},
    "devices": {"chat"},
    "settings": {"places"},
    "chat": {"settings"},  # the type of Request.sampling, no more
    "places": set(),
}
ENGINE = {
    "engine.context": {"engine.prompt", "chat"},
    "engine.insight": {"engine.answer", "engine.cache", "engine.context", "engine.decoding",
                       "engine.prompt", "engine.sampling", "chat"},
    "engine.local": {"engine.answer", "engine.cache", "engine.context", "engine.decoding",
                     "engine.faults", "engine.graphs", "engine.insight", "engine.ladder",
                     "engine.loading", "engine.prompt", "engine.sampling", "cards", "chat",
                     "memory", "places", "settings", "library"},
    "engine.answer": {"engine.prompt", "engine.sampling", "chat"},
    "engine.loading": {"engine.family", "engine.faults", "engine.formats", "engine.reading",
                       "foreign", "gate", "chat", "settings"},
    "engine.reading": {"engine.faults", "foreign", "weights", "chat"},
    "engine.faults": {"chat"},
    "engine.prompt": {"engine.cache", "chat"},
    "engine.sampling": {"chat", "settings"},
    "engine.decoding": {"engine.cache", "engine.faults", "engine.graphs", "engine.sampling",
                        "chat", "settings"},
    "engine.ladder": {"engine.decoding", "engine.family", "engine.formats", "engine.fused",
                      "engine.generic", "engine.graphs", "engine.linears", "engine.static", "chat"},
    "engine.quality": {"engine.decoding", "settings"},
    "engine.static": {"engine.cache", "engine.generic"},
    "engine.graphs": {"engine.cache", "engine.sampling"},
    "engine.fused": {"engine.cache", "engine.family", "engine.linears"},
    "engine.family": set(),
    "engine.generic": set(),
    "engine.formats": {"engine.fused", "engine.linears"},
    "engine.shapes": {"engine.family", "catalogue", "chat"},
    "engine.bench": {"engine.cache", "engine.decoding", "engine.graphs", "engine.ladder",
                     "engine.family", "engine.formats", "engine.fused", "engine.generic",
                     "engine.linears", "engine.quality", "engine.sampling", "engine.shapes",
                     "engine.subject", "chat", "devices", "memory", "settings"},
    "engine.subject": {"engine.shapes", "gate", "library", "memory", "sizes", "chat"},
    "engine.linears": set(),
    "engine.cache": set(),
    "engine.training": {"chat", "settings"},
}  # fmt: skip
UI = {
    "ui.app": {"chat", "places", "settings", "host", "store", "ui.bridge", "ui.instance", "ui.look",
               "ui.window"},
    "ui.instance": {"places"},
    "ui.window": {
        "ui.attaching",
        "ui.drafts",
        "chat",
        "host",
        "settings",
        "store",
        "ui.banner",
        "ui.bridge",
        "ui.choosing",
        "ui.composer",
        "ui.counting",
        "ui.exchanging",
        "ui.gauge",
        "ui.serving",
        "ui.help",
        "ui.horizon",
        "ui.keeper",
        "ui.librarian",
        "ui.loads",
        "ui.look",
        "ui.manners",
        "ui.menus",
        "ui.meter",
        "ui.model_picker",
        "ui.pages",
        "ui.panes",
        "ui.reader",
        "ui.settings_panel",
        "ui.sidebar",
        "ui.talk",
        "ui.transcript",
    },
    "ui.serving": {"admission", "chat", "host", "mixing", "places", "secret", "settings",
                   "ui.api_page", "ui.bridge", "ui.gauge", "ui.keeper", "ui.loads", "ui.pages"},
    "ui.api_page": {"chat", "settings", "ui.bridge", "ui.elided", "ui.knob_row", "ui.recipes",
                    "ui.request_log"},
    "ui.recipes": {"ui.look"},
    "ui.request_log": {"chat"},
    "ui.keeper": {"settings"},
    "ui.exchanging": {"chat", "chores", "host", "record", "record_rows", "store",
                      "ui.banner", "ui.bridge", "ui.export_choice", "ui.import_summary",
                      "ui.menus", "ui.talk"},
    "ui.export_choice": set(),
    "ui.import_summary": {"chores", "record", "ui.bridge", "ui.elided"},
    "ui.counting": {"chat", "host", "ui.bridge", "ui.composer", "ui.loads", "ui.meter",
                    "ui.settings_panel", "ui.talk", "ui.xray"},
    "ui.meter": {"ui.look"},
    "ui.horizon": {"chat", "ui.talk", "ui.transcript"},
    "ui.tints": {"ui.finding", "ui.links", "ui.look", "ui.scroll", "ui.selection",
                 "ui.turn_paint"},
    "ui.xray": {"chat", "ui.help", "ui.look"},
    "ui.choosing": {"chat", "places", "library", "ui.banner", "ui.composer", "ui.gauge",
                    "ui.loads", "ui.model_picker"},
    "ui.talk": {"chat", "settings", "store", "titles", "host", "ui.replies"},
    "ui.replies": {"chat", "host", "store", "ui.bridge"},
    "ui.bridge": {"chat", "host"},
    "ui.bench": {"chat"},
    "ui.probe": {"chat", "host", "ui.app", "ui.heart"},
    "ui.heart": set(),
    "ui.stream_probe": {"chat", "host", "library", "settings", "ui.app", "ui.heart", "ui.probe"},
    "ui.transcript_probe": {"database", "ui.app", "ui.heart", "ui.probe", "ui.stream_probe"},
    "ui.loads": {"chat", "places", "settings", "host", "library", "ui.bridge"},
    "ui.librarian": {"chat", "errands", "host", "library", "shelf", "ui.bridge", "ui.choosing",
                     "ui.library_page", "ui.loads", "ui.pages", "ui.shelf_tab"},
    "ui.library_page": {"ui.banner", "ui.shelf_tab", "ui.tab_bar"},
    "ui.shelf_tab": {"shelf", "ui.amounts", "ui.bridge", "ui.composing", "ui.halves", "ui.lines",
                     "ui.look", "ui.model_detail", "ui.model_words"},
    "ui.model_detail": {"library", "shelf", "ui.amounts", "ui.bridge", "ui.facts", "ui.fit_table",
                        "ui.flow", "ui.model_words"},
    "ui.model_words": {"chat", "library", "memory", "ui.amounts", "ui.lines"},
    "ui.fit_table": {"shelf", "ui.amounts", "ui.model_words"},
    "ui.halves": {"ui.look"},
    "ui.lines": {"ui.look"},
    "ui.facts": set(),
    "ui.flow": set(),
    "ui.amounts": set(),
    "ui.tab_bar": {"ui.look"},
    "ui.pages": {"ui.help", "ui.look", "ui.menus"},
    "ui.panes": set(),
    "ui.help": {"places"},
    "ui.menus": {"settings", "ui.help"},
    "ui.banner": {"ui.look"},
    "ui.model_picker": {"chat", "library", "ui.bridge", "ui.elided", "ui.look"},
    "ui.look": {"places"},
    "ui.sidebar": {"chat", "ui.conversations", "ui.elided", "ui.look"},
    "ui.conversations": {"chat", "ui.composing", "ui.look"},
    "ui.composer": {"chat", "ui.composing", "ui.elided", "ui.file_chips", "ui.look"},
    "ui.file_chips": {"attachments", "ui.elided", "ui.look"},
    "ui.attaching": {"attachments", "chat", "host", "ui.bridge", "ui.composer", "ui.file_chips",
                     "ui.loads", "ui.talk"},
    "ui.drafts": {"attachments", "chat", "store", "ui.composer", "ui.keeper", "ui.talk"},
    "ui.composing": set(),
    "ui.elided": set(),
    "ui.settings_panel": {"chat", "mixing", "settings", "ui.knob_row", "ui.look", "ui.preset_bar",
                          "ui.system_prompt", "ui.tab_bar"},
    "ui.knob_row": {"mixing", "settings", "ui.composing", "ui.look"},
    "ui.preset_bar": {"mixing", "ui.composing", "ui.knob_row", "ui.look"},
    "ui.system_prompt": {"chat", "ui.composing"},
    "ui.manners": {"chat", "mixing", "settings", "store", "ui.banner", "ui.keeper",
                   "ui.settings_panel", "ui.talk"},
    "ui.gauge": {"chat", "ui.elided", "ui.look"},
    "ui.transcript": {"chat", "ui.answer_bar", "ui.caret", "ui.controls", "ui.finding", "ui.jump",
                      "ui.links", "ui.look", "ui.phrases", "ui.pointer", "ui.scroll",
                      "ui.selection", "ui.spot_menu", "thoughts", "ui.tints", "ui.turn",
                      "ui.turn_paint", "ui.welcome"},
    "ui.caret": {"ui.part", "ui.scroll", "ui.selection"},
    "ui.finding": {"ui.part", "ui.selection", "ui.turn"},
    "ui.find_bar": {"ui.answer_bar", "ui.composing"},
    "ui.jump": {"ui.look"},
    "ui.links": {"ui.markdown", "ui.scroll"},
    "ui.reader": {"ui.find_bar", "ui.menus", "ui.transcript"},
    "ui.spot_menu": set(),
    "ui.controls": {"ui.answer_bar", "ui.part", "ui.scroll", "ui.slide", "ui.thought_line",
                    "ui.turn", "ui.turn_paint"},
    "ui.slide": {"ui.part"},
    "ui.thought_line": {"ui.look", "ui.turn"},
    "ui.pointer": {"ui.markdown", "ui.part", "ui.scroll", "ui.selection"},
    "ui.selection": {"ui.paper", "ui.part", "ui.turn"},
    "ui.scroll": {"ui.part", "ui.turn"},
    "ui.turn_paint": {"ui.answer_bar", "ui.look", "ui.paper", "ui.part", "ui.phrases", "ui.turn"},
    "ui.turn": {"chat", "thoughts", "ui.markdown", "ui.part"},
    "ui.part": {"ui.document", "ui.look", "ui.markdown", "ui.paper"},
    "ui.document": {"chat", "ui.lexing", "ui.look", "ui.markdown", "ui.paper"},
    "ui.answer_bar": {"chat", "ui.look"},
    "ui.phrases": {"chat"},
    "ui.markdown": {"chat", "ui.maths"},
    "ui.maths": set(),
    "ui.lexing": set(),
    "ui.paper": set(),
    "ui.welcome": {"ui.look"},
}  # fmt: skip
ROOMS = PLAIN | ENGINE | UI
# These may import inside a function.
LAZY = {"host", "cli", "__main__", "doctor", "terminal", "errands", "chores"}


def files() -> list[Path]:
    return sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")


def room(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imports(tree: ast.AST) -> list[tuple[str, ast.AST]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return found


def ours(path: Path) -> set[str]:
    """The rooms that a file imports, wherever in it."""
    rooms = {room(p) for p in files()}
    used = set()
    for name, _ in imports(ast.parse(path.read_text("utf-8"))):
        inner = name.removeprefix("chatapp.")
        used |= {r for r in rooms if name != inner and (inner == r or inner.startswith(r + "."))}
    return used - {room(path)}


def heavy(path: Path) -> set[str]:
    return {name.split(".")[0] for name, _ in imports(ast.parse(path.read_text("utf-8")))}


@pytest.mark.parametrize("path", files(), ids=room)
def test_a_room_uses_only_the_rooms_the_table_allows(path: Path) -> None:
    assert ours(path) <= ROOMS[room(path)]


def test_the_table_names_no_room_that_is_gone() -> None:
    assert set(ROOMS) <= {room(path) for path in files()}


@pytest.mark.parametrize("path", files(), ids=room)
def test_a_floor_imports_only_its_own_heavy_library(path: Path) -> None:
    floor = room(path).split(".")[0]
    banned = {"engine": QT, "ui": TORCH}.get(floor, QT | TORCH)
    assert not heavy(path) & banned


@pytest.mark.parametrize("path", files(), ids=room)
def test_only_the_doors_import_inside_functions(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    hidden = [name for f in functions for name, _ in imports(f) if name.startswith("chatapp")]
    assert not hidden or room(path) in LAZY


@pytest.mark.parametrize("path", files(), ids=room)
def test_a_file_is_small_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 450


@pytest.mark.parametrize("path", files(), ids=room)
def test_no_function_is_over_sixty_lines(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    assert not [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= 60]


def loaded_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(run.stdout.split())


def test_the_window_is_imported_without_torch() -> None:
    assert not loaded_after("import chatapp.ui.window, chatapp.ui.app") & TORCH


def test_the_engine_is_imported_without_qt() -> None:
    assert not loaded_after("import chatapp.engine.local, chatapp.engine.training") & QT


def test_the_command_line_is_imported_without_either() -> None:
    assert not loaded_after("import chatapp.__main__, chatapp.host") & (QT | TORCH)


def test_the_server_is_imported_without_either() -> None:
    assert not loaded_after("import chatapp.server, chatapp.serving") & (QT | TORCH)
