"""`Exchanging`: File > Import and Export, and files dropped on the list of chats.

Reading and writing happen on the host's thread for files. What a file holds is shown before
anything is added, and an import can be undone. Knows nothing about a format.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QLocale, QObject, QStandardPaths, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from chatapp import chores
from chatapp.ui.bridge import CALM_MS, Stream, told
from chatapp.ui.export_choice import ExportChoice
from chatapp.ui.import_summary import ImportSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed, Progress
    from chatapp.chores import Look
    from chatapp.host import Errand, Host
    from chatapp.record import Record
    from chatapp.record_rows import Adopted
    from chatapp.store import Store
    from chatapp.ui.banner import Banner
    from chatapp.ui.menus import Menus
    from chatapp.ui.talk import Talk

_LONGEST_NAME = 60  # characters of a suggested file name


class Exchanging(QObject):
    """Between the menus, the files and the store."""

    declined = Signal(str)  # a file that was offered holds no chats

    def __init__(
        self, store: Store, host: Host, talk: Talk, menus: Menus, banner: Banner, window: QWidget
    ) -> None:
        super().__init__(window)
        self._store = store
        self._host = host
        self._talk = talk
        self._banner = banner
        self._window = window
        self._offers: list[str] = []  # the files that were offered, by key
        self._chosen = (False, "markdown", False)  # what the next export is to be
        menus["import"].triggered.connect(self.choose_file)
        menus["export"].triggered.connect(self.choose_form)

    def offer(self, path: str) -> None:
        """Show what the file would add; one that holds no chats is `declined`."""
        self._offers.append(path)
        file = Path(path)
        ticket = self._host.file(lambda: chores.look(self._store, file))
        stream = Stream(ticket, self, CALM_MS, key=len(self._offers) - 1)
        stream.found.connect(self._on_file_read)
        stream.failed.connect(self._on_offer_failed)

    def accept_drops(self, widget: QWidget) -> None:
        """A file dropped here is looked at as if it had been chosen."""
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def choose_file(self) -> None:
        """Ask for a file to import."""
        dialog = QFileDialog(self._window, self.tr("Import"), _folder())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = "*.json *.jsonl *.ndjson *.md *.markdown *.zip *.sqlite3"
        kinds = self.tr("Conversations ({patterns})").format(patterns=patterns)
        dialog.setNameFilters([kinds, self.tr("All files (*)")])
        dialog.fileSelected.connect(self.look_into)
        self._open(dialog)

    def look_into(self, path: str) -> None:
        """Read the file and show what it would add."""
        file = Path(path)
        self._do(lambda: chores.look(self._store, file), self._on_file_read)

    def choose_form(self) -> None:
        """Ask what to export, then where to."""
        choice = ExportChoice(bool(self._talk.conversation), self._window)
        choice.chosen.connect(self._on_choice_chosen)
        choice.open()

    def export(self, path: str, every: bool, form: str, thoughts: bool) -> None:
        """Write the open chat, or all."""
        file, wanted = Path(path), None if every else self._talk.conversation
        self._do(
            lambda: chores.write(self._store, file, wanted, form, thoughts),
            self._on_file_written,
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files, over or dropped on a widget of `accept_drops`."""
        kinds = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
        if event.type() not in kinds or not isinstance(event, QDropEvent):
            return False
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if len(files) != 1 or Path(files[0]).is_dir():
            return False
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.look_into(files[0])
        return True

    # -- private --

    def _open(self, dialog: QFileDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _do(self, errand: Errand, then: Callable[[int, tuple[Any, ...]], object]) -> None:
        stream = Stream(self._host.file(errand), self, CALM_MS)
        stream.found.connect(then)
        stream.progressed.connect(self._on_stream_progressed)
        stream.failed.connect(self._on_stream_failed)

    def _add(self, records: list[Record]) -> None:
        self._do(lambda: chores.adopt(self._store, records), self._on_records_adopted)

    def _take_back(self, added: Sequence[Adopted]) -> None:
        self._do(lambda: chores.discard(self._store, added), self._on_records_discarded)

    def _title(self) -> str:
        listed = self._store.conversations() + self._store.conversations(archived=True)
        return next((each.title for each in listed if each.id == self._talk.conversation), "")

    # -- slots --

    def _on_choice_chosen(self, every: bool, form: str, thoughts: bool) -> None:
        ending = chores.ENDINGS[form]
        dialog = QFileDialog(self._window, self.tr("Export"), _folder())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(ending.lstrip("."))
        dialog.setNameFilters([f"*{ending}", self.tr("All files (*)")])
        title = self.tr("All chats") if every else self._title()
        dialog.selectFile(_file_name(title) + ending)
        self._chosen = (every, form, thoughts)
        dialog.fileSelected.connect(self._on_file_chosen)
        self._open(dialog)

    def _on_file_chosen(self, path: str) -> None:
        self.export(path, *self._chosen)

    def _on_file_read(self, key: int, looks: tuple[Look, ...]) -> None:
        summary = ImportSummary(looks[0], self._window)
        summary.chosen.connect(self._add)
        summary.open()

    def _on_records_adopted(self, key: int, added: tuple[Adopted, ...]) -> None:
        self._talk.tell_list()
        if added:
            self._talk.open(added[0].conversation)
        count = QLocale().toString(len(added))
        self._banner.tell(
            lambda: self.tr("Imported chats: {count}.").format(count=count),
            lambda: self.tr("Undo"),
            lambda: self._take_back(added),
        )

    def _on_records_discarded(self, key: int, kept: tuple[Adopted, ...]) -> None:
        listed = self._store.conversations() + self._store.conversations(archived=True)
        if self._talk.conversation not in {each.id for each in listed}:
            self._talk.open(0)
        self._talk.tell_list()
        if kept:
            count = QLocale().toString(len(kept))
            self._banner.tell(
                lambda: self.tr("Kept, because you went on with them: {count}.").format(count=count)
            )

    def _on_file_written(self, key: int, names: tuple[str, ...]) -> None:
        self._banner.tell(lambda: self.tr("Exported to {name}.").format(name=names[0]))

    def _on_offer_failed(self, key: int, failure: Failed) -> None:
        self.declined.emit(self._offers[key])

    def _on_stream_progressed(self, key: int, progress: Progress) -> None:
        if progress.total:
            done, total = map(QLocale().toString, (progress.done, progress.total))
            self._banner.tell(
                lambda: self.tr("Importing, {done} of {total} chats").format(done=done, total=total)
            )

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        self._banner.tell(lambda: "  ".join(told(failure)))


def _folder() -> str:
    """Where a person keeps documents."""
    return QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)


def _file_name(title: str) -> str:
    """A title as a name that every system takes."""
    plain = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in title)
    return " ".join(plain.split())[:_LONGEST_NAME] or "ChatApp"
