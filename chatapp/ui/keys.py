"""`Keys`: the person's own shortcuts, between the menus, the settings file and the page of them.

Refuses keys that another action has, that text fields or input methods need, and that would stop
somebody from writing. Knows nothing about what an action does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication

from chatapp.ui import habits
from chatapp.ui.menus import FIXED, plain
from chatapp.ui.shortcut_page import KeyRow, ShortcutPage

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from chatapp.ui.keeper import Keeper
    from chatapp.ui.menus import Menus

_KEY = QKeySequence.StandardKey
_WRITING = (
    _KEY.Copy, _KEY.Cut, _KEY.Paste, _KEY.Undo, _KEY.Redo, _KEY.SelectAll, _KEY.MoveToNextWord,
    _KEY.MoveToPreviousWord, _KEY.SelectNextWord, _KEY.SelectPreviousWord,
    _KEY.MoveToStartOfDocument, _KEY.MoveToEndOfDocument, _KEY.DeleteStartOfWord,
    _KEY.DeleteEndOfWord,
)  # fmt: skip
# They switch and steer input methods, or turn the screen.
_SYSTEM = ("Ctrl+Space", "Ctrl+;", "Ctrl+.", "Ctrl+Shift+U", "Ctrl+Alt+Left", "Ctrl+Alt+Right",
           "Ctrl+Alt+Up", "Ctrl+Alt+Down", "Alt+F4")  # fmt: skip
_FUNCTION = range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1)
_HELD = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Keys(QObject):
    """Applies them at the start, and whenever one changes."""

    def __init__(self, menus: Menus, keeper: Keeper, window: QWidget) -> None:
        super().__init__(window)
        self._menus, self._keeper, self._window = menus, keeper, window
        self._page: ShortcutPage | None = None
        menus["shortcuts"].triggered.connect(self.open)
        menus.set_keys(keeper.settings.keys)

    def open(self) -> None:
        """Show all of them."""
        page = self._page = ShortcutPage(self.fault, self._window)
        page.changed.connect(self.change)
        page.all_reset.connect(self.reset_all)
        page.finished.connect(self._on_page_finished)
        page.show_rows(self._rows())
        page.open()

    def fault(self, name: str, keys: QKeySequence) -> str:
        """Why this action cannot have these keys; empty when it can."""
        if keys.isEmpty():
            return ""
        for other, action in self._all().items():
            if other != name and keys in action.shortcuts():
                text = self.tr("{keys} belongs to “{action}”. Give that one other keys first.")
                title = plain(action.text())
                native = keys.toString(QKeySequence.SequenceFormat.NativeText)
                return text.format(keys=native, action=title)
        if any(keys in QKeySequence.keyBindings(each) for each in _WRITING):
            return self.tr("These keys are needed where text is written.")
        if keys.toString() in _SYSTEM:
            return self.tr("These keys belong to the system or to input methods.")
        pressed = keys[0]  # type: ignore[index]
        if not pressed.keyboardModifiers() & _HELD and pressed.key() not in _FUNCTION:
            return self.tr("Hold Ctrl or Alt, or take a function key: others write letters.")
        return ""

    def change(self, name: str, keys: QKeySequence) -> None:
        """Give this action these keys; those that it began with are no change."""
        own = dict(self._keeper.settings.keys)
        own.pop(name, None)
        if keys != self._menus.usual(name):
            own[name] = keys.toString()
        self._keep(own)

    def reset_all(self) -> None:
        """Give every action the keys that it began with."""
        self._keep({})

    # -- private --

    def _keep(self, own: dict[str, str]) -> None:
        self._keeper.keep(keys=own)
        self._menus.set_keys(own)
        # Every widget that tells keys beside its text sets its texts again on this.
        QApplication.sendEvent(self._window, QEvent(QEvent.Type.LanguageChange))
        if self._page:
            self._page.show_rows(self._rows())

    def _all(self) -> dict[str, QAction]:
        return {**self._menus.changeable(), **{name: self._menus[name] for name in FIXED}}

    def _rows(self) -> list[KeyRow]:
        sends = QKeySequence(habits.sending_keys())
        breaks = QKeySequence("Shift+Return" if habits.enter_sends() else "Return")
        writing = [
            KeyRow(self.tr("Send the message"), sends, sends),
            KeyRow(self.tr("New line in the message"), breaks, breaks),
        ]
        rows = [
            KeyRow(plain(action.text()), action.shortcut(), self._menus.usual(name), name)
            for name, action in self._menus.changeable().items()
        ]
        fixed = [
            KeyRow(plain(action.text()), action.shortcut(), action.shortcut())
            for action in (self._menus[name] for name in FIXED)
        ]
        return [*rows, *writing, *fixed]

    # -- slots --

    def _on_page_finished(self) -> None:
        self._page = None
