"""`Safekeeping`: copies of what a person has, its folders, and what a report about a fault needs.

Everything slow happens on the host's thread for files. What came of it is told on the page of
preferences while that is open, else in the banner. Knows nothing about how a copy is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QStandardPaths, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from chatapp import chores, places
from chatapp.ui.bridge import CALM_MS, Stream, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from chatapp.chat import Failed
    from chatapp.host import Errand, Host
    from chatapp.settings import Settings
    from chatapp.ui.keeper import Keeper
    from chatapp.ui.menus import Menus


class Safekeeping(QObject):
    """Does what the page of preferences and the Help menu ask for."""

    told = Signal(object)  # a function that gives the words, in the language of then
    imported = Signal(object)  # Settings of a file

    def __init__(
        self, chats: Path, host: Host, keeper: Keeper, menus: Menus, window: QWidget
    ) -> None:
        super().__init__(window)
        self._chats, self._host, self._keeper, self._window = chats, host, keeper, window
        self._over: QWidget = window  # what a dialog stands over
        menus["logs"].triggered.connect(self._on_logs_triggered)
        menus["diagnose"].triggered.connect(self.diagnose)

    def folders(self) -> dict[str, str]:
        """Where things are, by the names of `Belongings`."""
        found = {"chats": self._chats.parent, "models": places.models(), "logs": places.logs()}
        return {name: str(path) for name, path in found.items()}

    def open_folder(self, path: str) -> None:
        """In the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(path))

    def do(self, what: str, over: QWidget) -> None:
        """What a button of `Belongings` asks for; dialogs stand over this widget."""
        self._over = over
        deeds: dict[str, Callable[[], None]] = {
            "back_up": self.back_up,
            "bundle": self.choose_bundle,
            "settings": self.choose_settings,
            "diagnose": self.diagnose,
        }
        deeds[what]()

    def back_up(self) -> None:
        """Copy the chats now, though there may be a copy of today."""
        self._do(lambda: chores.back_up(self._chats, again=True), self._on_chats_copied)

    def diagnose(self) -> None:
        """Bring to the clipboard what `chatapp doctor` prints."""
        self.told.emit(lambda: self.tr("Looking at this computer…"))
        self._do(chores.diagnose, self._on_report_found)

    def choose_bundle(self) -> None:
        """Ask where everything is to be saved."""
        dialog = self._dialog(self.tr("Save everything as ZIP"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("zip")
        dialog.setNameFilters(["*.zip"])
        dialog.selectFile("ChatApp.zip")
        dialog.fileSelected.connect(self.bundle)
        dialog.open()

    def bundle(self, path: str) -> None:
        """Save everything in this file."""
        self._keeper.save()  # the settings as they are now
        target = Path(path)
        self._do(lambda: chores.bundle(self._chats, target), self._on_bundle_written)

    def choose_settings(self) -> None:
        """Ask for a file of settings."""
        dialog = self._dialog(self.tr("Import settings"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["*.json *.zip"])
        dialog.fileSelected.connect(self.import_settings)
        dialog.open()

    def import_settings(self, path: str) -> None:
        """Read them; `imported` brings them."""
        file = Path(path)
        self._do(lambda: chores.read_settings(file), self._on_settings_read)

    # -- private --

    def _dialog(self, title: str) -> QFileDialog:
        place = QStandardPaths.StandardLocation.DocumentsLocation
        dialog = QFileDialog(self._over, title, QStandardPaths.writableLocation(place))
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _do(self, errand: Errand, then: Callable[[int, tuple[Any, ...]], object]) -> None:
        stream = Stream(self._host.file(errand), self, CALM_MS)
        stream.found.connect(then)
        stream.failed.connect(self._on_stream_failed)

    # -- slots --

    def _on_logs_triggered(self) -> None:
        self.open_folder(str(places.logs()))

    def _on_chats_copied(self, key: int, copies: tuple[Path, ...]) -> None:
        if copies:
            name = copies[0].name
            self.told.emit(
                lambda: self.tr("The chats were copied to backups/{name}.").format(name=name)
            )
        else:
            self.told.emit(lambda: self.tr("There are no chats to copy yet."))

    def _on_report_found(self, key: int, texts: tuple[str, ...]) -> None:
        QGuiApplication.clipboard().setText(texts[0])
        self.told.emit(lambda: self.tr("The diagnostics are in the clipboard."))

    def _on_bundle_written(self, key: int, names: tuple[str, ...]) -> None:
        self.told.emit(
            lambda: self.tr("Chats and settings were saved in {name}.").format(name=names[0])
        )

    def _on_settings_read(self, key: int, found: tuple[Settings, ...]) -> None:
        self.imported.emit(found[0])
        self.told.emit(
            lambda: self.tr("The settings were taken over; a part of them holds after a restart.")
        )

    def _on_stream_failed(self, key: int, failure: Failed) -> None:
        self.told.emit(lambda: "  ".join(told(failure)))
