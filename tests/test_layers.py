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
    "__main__": {"chat", "cli", "places", "ui.app", "usage"},
    "usage": {"chat", "settings", "tuning"},
    "cli": {
        "adapters",
        "chat",
        "chronicle",
        "course",
        "doctor",
        "downloads",
        "endpoint",
        "engine.bench",
        "engine.formats",
        "fit",
        "host",
        "library",
        "listing",
        "mixing",
        "porting",
        "preload",
        "search_bench",
        "serving",
        "settings",
        "terminal",
        "tuning",
        "ui.bench",
        "usage",
    },
    "serving": {"admission", "chat", "cli", "host", "server", "settings"},
    "secret": set(),
    "server": {
        "admission",
        "chat",
        "dialect",
        "host",
        "refusal",
        "settings",
        "wire",
        "wording",
    },
    "wire": {"refusal"},
    "admission": {"chat", "refusal", "wire"},
    "dialect": {"chat", "foreign", "refusal", "settings"},
    "wording": {"chat", "dialect"},
    "refusal": {"chat"},
    "terminal": {"chat", "cli", "host", "settings", "store", "titles"},
    "doctor": {"cards", "devices", "engine.loading", "library", "memory", "places", "preload"},
    "host": {
        "admission",
        "chat",
        "course",
        "devices",
        "endpoint",
        "engine.local",
        "engine.teaching",
        "library",
        "preload",
        "remote",
        "server",
        "settings",
    },
    "preload": {"chat"},
    "library": {"chat", "foreign", "gate", "places", "register"},
    "errands": {
        "cards",
        "chat",
        "downloads",
        "hub",
        "library",
        "recommended",
        "register",
        "shelf",
        "web",
    },
    "register": {"chat", "places", "transfer"},
    "shelf": {"cards", "library", "memory", "places", "sizes", "store", "transfer"},
    "recommended": {"catalogue", "memory", "places", "sizes"},
    "gate": {"chat", "foreign", "mixing", "sizes", "weights"},
    "mixing": {"chat", "settings"},
    "attachments": {"chat", "foreign"},
    "weights": {"chat", "foreign"},
    "foreign": {"chat"},
    "examples": {"chat", "foreign", "forms"},
    "forms": {"chat", "foreign"},
    "web": {"chat", "foreign"},
    "transfer": {"chat", "foreign", "web"},
    "hub": {"chat", "foreign", "gate", "sizes", "transfer", "web", "weights"},
    "downloads": {"chat", "hub", "places", "transfer", "web"},
    "architectures": set(),
    "sizes": {"architectures", "chat", "foreign", "weights"},
    "catalogue": set(),
    "cards": {"devices"},
    "listing": {"adapters", "cards", "library", "memory", "store"},
    "memory": {"cards", "chat", "sizes"},
    "fit": {"cards", "catalogue", "chat", "gate", "library", "memory", "settings", "sizes"},
    "store": {"chat", "database", "places", "record", "record_rows", "tree"},
    "tree": {"accounts", "chat"},
    "accounts": {"chat"},
    "odds": {"chat", "settings"},
    "record": {"chat", "thoughts"},
    "record_rows": {"accounts", "chat", "record"},
    "record_json": {"accounts", "chat", "record", "settings"},
    "record_markdown": {"chat", "record"},
    "record_html": {"record", "record_markdown"},
    "dialects": {"chat", "forms", "record", "record_markdown", "titles"},
    "parcel": {"chat", "foreign", "record"},
    "exchange": {
        "chat",
        "dialects",
        "parcel",
        "record",
        "record_html",
        "record_json",
        "record_markdown",
    },
    "porting": {"chat", "database", "exchange", "foreign", "places", "record", "record_rows"},
    "chores": {"chat", "exchange", "foreign", "record", "record_rows", "store"},
    "search": {"chat", "database", "thoughts", "words"},
    "words": set(),
    "search_bench": {"database", "search", "store"},
    "titles": {"chat"},
    "thoughts": set(),
    "database": {"chat"},
    "devices": {"chat"},
    "settings": {"knobs", "places", "tuning"},
    "chat": {"settings", "taught"},
    "places": set(),
    "origins": {"chat", "settings"},
    "asking": {"chat", "settings"},
    "course": {
        "adapters",
        "chat",
        "examples",
        "foreign",
        "library",
        "places",
        "settings",
        "taught",
        "tuning",
    },
    "chronicle": {"chat", "course", "host", "taught"},
    "adapters": {"chat", "foreign", "places", "weights"},
    "knobs": set(),
    "tuning": {"knobs"},
    "taught": {"chat"},
    "verdict": {"chat", "memory"},
    "endpoint": {"chat", "foreign", "web"},
    "remote": {"chat", "endpoint", "foreign", "settings", "thoughts", "web"},
}
ENGINE = {
    "engine.context": {"chat", "engine.prompt"},
    "engine.insight": {
        "chat",
        "engine.answer",
        "engine.cache",
        "engine.context",
        "engine.decoding",
        "engine.prompt",
        "engine.sampling",
    },
    "engine.local": {
        "cards",
        "chat",
        "engine.adapted",
        "engine.answer",
        "engine.cache",
        "engine.context",
        "engine.decoding",
        "engine.faults",
        "engine.graphs",
        "engine.holding",
        "engine.insight",
        "engine.ladder",
        "engine.loading",
        "engine.prompt",
        "engine.sampling",
        "library",
        "memory",
        "places",
        "settings",
    },
    "engine.answer": {"chat", "engine.prompt", "engine.sampling"},
    "engine.loading": {
        "chat",
        "engine.family",
        "engine.faults",
        "engine.formats",
        "engine.reading",
        "foreign",
        "gate",
        "settings",
    },
    "engine.reading": {"chat", "engine.faults", "foreign", "weights"},
    "engine.faults": {"chat"},
    "engine.prompt": {"chat", "engine.cache"},
    "engine.sampling": {"chat", "settings"},
    "engine.decoding": {
        "chat",
        "engine.cache",
        "engine.faults",
        "engine.graphs",
        "engine.sampling",
        "settings",
    },
    "engine.ladder": {
        "chat",
        "engine.decoding",
        "engine.family",
        "engine.formats",
        "engine.fused",
        "engine.generic",
        "engine.graphs",
        "engine.linears",
        "engine.static",
    },
    "engine.quality": {"engine.decoding", "settings"},
    "engine.static": {"engine.cache", "engine.generic"},
    "engine.graphs": {"engine.cache", "engine.sampling"},
    "engine.fused": {"engine.cache", "engine.family", "engine.linears"},
    "engine.family": set(),
    "engine.generic": set(),
    "engine.formats": {"engine.fused", "engine.linears"},
    "engine.shapes": {"catalogue", "chat", "engine.family"},
    "engine.bench": {
        "chat",
        "devices",
        "engine.cache",
        "engine.decoding",
        "engine.family",
        "engine.formats",
        "engine.fused",
        "engine.generic",
        "engine.graphs",
        "engine.holding",
        "engine.ladder",
        "engine.linears",
        "engine.quality",
        "engine.sampling",
        "engine.shapes",
        "engine.subject",
        "memory",
        "settings",
    },
    "engine.subject": {"chat", "engine.shapes", "gate", "library", "memory", "sizes"},
    "engine.linears": set(),
    "engine.cache": set(),
    "engine.training": {"chat", "engine.batches", "engine.checkpoints"},
    "engine.batches": {"chat", "forms"},
    "engine.checkpoints": {"chat"},
    "engine.scratch": set(),
    "engine.adapting": {"adapters", "chat", "engine.checkpoints", "tuning"},
    "engine.teaching": {
        "adapters",
        "chat",
        "course",
        "engine.adapting",
        "engine.batches",
        "engine.checkpoints",
        "engine.faults",
        "engine.generic",
        "engine.graphs",
        "engine.loading",
        "engine.local",
        "engine.prompt",
        "engine.scratch",
        "engine.training",
        "examples",
        "forms",
        "settings",
        "taught",
        "tuning",
    },
    "engine.holding": {"chat", "engine.decoding"},
    "engine.adapted": {
        "adapters",
        "chat",
        "engine.decoding",
        "engine.fused",
        "engine.linears",
        "engine.reading",
        "foreign",
        "weights",
    },
}
UI = {
    "ui.app": {
        "chat",
        "host",
        "places",
        "settings",
        "store",
        "ui.bridge",
        "ui.instance",
        "ui.look",
        "ui.window",
    },
    "ui.instance": {"places"},
    "ui.window": {
        "chat",
        "host",
        "settings",
        "store",
        "ui.accounting",
        "ui.acting",
        "ui.attaching",
        "ui.banner",
        "ui.bridge",
        "ui.choosing",
        "ui.composer",
        "ui.counting",
        "ui.deeds",
        "ui.drafts",
        "ui.exchanging",
        "ui.foretelling",
        "ui.gauge",
        "ui.help",
        "ui.horizon",
        "ui.keeper",
        "ui.ledger_panel",
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
        "ui.resting",
        "ui.seeking",
        "ui.serving",
        "ui.settings_panel",
        "ui.sidebar",
        "ui.talk",
        "ui.transcript",
    },
    "ui.serving": {
        "admission",
        "chat",
        "host",
        "mixing",
        "places",
        "secret",
        "settings",
        "ui.api_page",
        "ui.bridge",
        "ui.gauge",
        "ui.keeper",
        "ui.loads",
        "ui.pages",
    },
    "ui.api_page": {
        "chat",
        "settings",
        "ui.bridge",
        "ui.elided",
        "ui.knob_row",
        "ui.recipes",
        "ui.request_log",
    },
    "ui.recipes": {"ui.look"},
    "ui.request_log": {"chat"},
    "ui.keeper": {"settings"},
    "ui.exchanging": {
        "chat",
        "chores",
        "host",
        "record",
        "record_rows",
        "store",
        "ui.banner",
        "ui.bridge",
        "ui.export_choice",
        "ui.import_summary",
        "ui.menus",
        "ui.talk",
    },
    "ui.export_choice": set(),
    "ui.import_summary": {"chores", "record", "ui.bridge", "ui.elided"},
    "ui.counting": {"chat", "host", "ui.bridge", "ui.meter", "ui.resting", "ui.xray"},
    "ui.meter": {"ui.look"},
    "ui.horizon": {"chat", "ui.talk", "ui.transcript"},
    "ui.tints": {
        "ui.finding",
        "ui.links",
        "ui.look",
        "ui.scroll",
        "ui.selection",
        "ui.turn_paint",
    },
    "ui.xray": {"chat", "ui.help", "ui.look"},
    "ui.choosing": {
        "chat",
        "library",
        "places",
        "ui.banner",
        "ui.composer",
        "ui.gauge",
        "ui.loads",
        "ui.model_picker",
    },
    "ui.talk": {"asking", "chat", "host", "settings", "store", "titles", "ui.replies"},
    "ui.replies": {"chat", "host", "origins", "store", "ui.bridge"},
    "ui.bridge": {"chat", "host"},
    "ui.bench": {"chat"},
    "ui.probe": {"chat", "host", "ui.app", "ui.heart"},
    "ui.heart": set(),
    "ui.stream_probe": {
        "chat",
        "host",
        "library",
        "settings",
        "ui.app",
        "ui.heart",
        "ui.probe",
    },
    "ui.transcript_probe": {"database", "ui.app", "ui.heart", "ui.probe", "ui.stream_probe"},
    "ui.loads": {"chat", "host", "library", "places", "settings", "ui.bridge"},
    "ui.librarian": {
        "chat",
        "errands",
        "host",
        "library",
        "shelf",
        "ui.bridge",
        "ui.choosing",
        "ui.library_page",
        "ui.loads",
        "ui.pages",
        "ui.shelf_tab",
    },
    "ui.library_page": {"ui.banner", "ui.shelf_tab", "ui.tab_bar"},
    "ui.shelf_tab": {
        "shelf",
        "ui.amounts",
        "ui.bridge",
        "ui.composing",
        "ui.halves",
        "ui.lines",
        "ui.look",
        "ui.model_detail",
        "ui.model_words",
    },
    "ui.model_detail": {
        "library",
        "shelf",
        "ui.amounts",
        "ui.bridge",
        "ui.facts",
        "ui.fit_table",
        "ui.flow",
        "ui.model_words",
    },
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
    "ui.sidebar": {
        "chat",
        "search",
        "ui.conversations",
        "ui.elided",
        "ui.hits",
        "ui.look",
        "ui.search_box",
    },
    "ui.conversations": {"chat", "ui.composing", "ui.look"},
    "ui.composer": {"chat", "ui.composing", "ui.elided", "ui.file_chips", "ui.look"},
    "ui.file_chips": {"attachments", "ui.elided", "ui.look"},
    "ui.attaching": {
        "attachments",
        "chat",
        "host",
        "ui.bridge",
        "ui.composer",
        "ui.file_chips",
        "ui.loads",
        "ui.talk",
    },
    "ui.drafts": {"attachments", "chat", "store", "ui.composer", "ui.keeper", "ui.talk"},
    "ui.composing": set(),
    "ui.elided": set(),
    "ui.settings_panel": {
        "chat",
        "mixing",
        "settings",
        "ui.knob_row",
        "ui.look",
        "ui.next_word",
        "ui.preset_bar",
        "ui.system_prompt",
        "ui.tab_bar",
    },
    "ui.knob_row": {"mixing", "settings", "ui.composing", "ui.look"},
    "ui.preset_bar": {"mixing", "ui.composing", "ui.knob_row", "ui.look"},
    "ui.system_prompt": {"chat", "ui.composing"},
    "ui.manners": {
        "chat",
        "mixing",
        "settings",
        "store",
        "ui.banner",
        "ui.keeper",
        "ui.settings_panel",
        "ui.talk",
    },
    "ui.gauge": {"chat", "ui.elided", "ui.look", "verdict"},
    "ui.transcript": {
        "chat",
        "thoughts",
        "ui.answer_bar",
        "ui.arrivals",
        "ui.caret",
        "ui.controls",
        "ui.finding",
        "ui.guests",
        "ui.jump",
        "ui.links",
        "ui.look",
        "ui.offers",
        "ui.phrases",
        "ui.pointer",
        "ui.scroll",
        "ui.selection",
        "ui.tints",
        "ui.turn",
        "ui.turn_paint",
        "ui.welcome",
    },
    "ui.caret": {"ui.part", "ui.scroll", "ui.selection"},
    "ui.finding": {"ui.part", "ui.selection", "ui.turn"},
    "ui.find_bar": {"ui.composing", "ui.small_button"},
    "ui.jump": {"ui.look"},
    "ui.links": {"ui.markdown", "ui.scroll"},
    "ui.reader": {"ui.find_bar", "ui.menus", "ui.transcript"},
    "ui.spot_menu": {"chat"},
    "ui.controls": {
        "ui.answer_bar",
        "ui.part",
        "ui.question_bar",
        "ui.scroll",
        "ui.slide",
        "ui.small_button",
        "ui.steps",
        "ui.thought_line",
        "ui.turn",
        "ui.turn_paint",
    },
    "ui.slide": {"ui.part"},
    "ui.thought_line": {"ui.look", "ui.turn"},
    "ui.pointer": {"ui.markdown", "ui.part", "ui.scroll", "ui.selection"},
    "ui.selection": {"ui.paper", "ui.part", "ui.turn"},
    "ui.scroll": {"ui.part", "ui.turn"},
    "ui.turn_paint": {
        "ui.answer_bar",
        "ui.look",
        "ui.paper",
        "ui.part",
        "ui.phrases",
        "ui.turn",
    },
    "ui.turn": {"chat", "thoughts", "ui.markdown", "ui.part"},
    "ui.part": {"ui.document", "ui.look", "ui.markdown", "ui.paper"},
    "ui.document": {"chat", "ui.lexing", "ui.look", "ui.markdown", "ui.paper"},
    "ui.answer_bar": {"chat", "ui.small_button", "ui.steps"},
    "ui.phrases": {"chat"},
    "ui.markdown": {"chat", "ui.maths"},
    "ui.maths": set(),
    "ui.lexing": set(),
    "ui.paper": set(),
    "ui.welcome": {"ui.look"},
    "ui.deeds": {"store", "tree", "ui.talk"},
    "ui.acting": {
        "chat",
        "host",
        "tree",
        "ui.banner",
        "ui.choosing",
        "ui.comparing",
        "ui.composer",
        "ui.deeds",
        "ui.editing",
        "ui.menus",
        "ui.talk",
        "ui.transcript",
    },
    "ui.arrivals": {"ui.turn"},
    "ui.guests": {"ui.scroll", "ui.turn"},
    "ui.edit_box": {"chat", "ui.composer", "ui.elided", "ui.guests", "ui.look"},
    "ui.editing": {
        "chat",
        "ui.composer",
        "ui.deeds",
        "ui.edit_box",
        "ui.talk",
        "ui.transcript",
    },
    "ui.question_bar": {"chat", "ui.small_button"},
    "ui.small_button": {"ui.look"},
    "ui.steps": {"chat", "ui.small_button"},
    "ui.ledger_panel": {"memory", "ui.look", "verdict"},
    "ui.accounting": {
        "chat",
        "host",
        "memory",
        "ui.bridge",
        "ui.gauge",
        "ui.ledger_panel",
        "ui.menus",
        "ui.talk",
        "verdict",
    },
    "ui.resting": {"chat", "ui.composer", "ui.loads", "ui.manners", "ui.talk"},
    "ui.foretelling": {
        "chat",
        "host",
        "ui.bridge",
        "ui.counting",
        "ui.keeper",
        "ui.next_word",
        "ui.resting",
    },
    "ui.next_word": {"chat", "odds", "settings", "ui.knob_row", "ui.look", "ui.token_text"},
    "ui.token_text": {"chat"},
    "ui.seeking": {
        "chat",
        "host",
        "search",
        "store",
        "ui.bridge",
        "ui.menus",
        "ui.panes",
        "ui.reader",
        "ui.sidebar",
        "ui.talk",
    },
    "ui.hits": {"search", "ui.look"},
    "ui.search_box": {"ui.composing", "ui.help", "ui.look"},
    "ui.candidates": {"chat", "ui.guests", "ui.phrases", "ui.transcript"},
    "ui.comparing": {
        "chat",
        "host",
        "ui.bridge",
        "ui.candidates",
        "ui.deeds",
        "ui.menus",
        "ui.talk",
        "ui.transcript",
    },
    "ui.offers": {"ui.pointer", "ui.scroll", "ui.selection", "ui.spot_menu"},
}
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
