"""The menu bar: every action of the window with its shortcut, in one table.

Knows what can be asked for, not how it is done: the window connects the actions.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from chatapp import settings
from chatapp.ui import keymap

if TYPE_CHECKING:
    from collections.abc import Mapping

BACK, FORWARD = ("Ctrl+[", "Ctrl+]") if sys.platform == "darwin" else ("Alt+Left", "Alt+Right")
# menu -> (action, shortcuts); an empty name is a separator. Languages and colours are groups.
ACTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "file": (("new", "Ctrl+N"), ("temporary", "Ctrl+Shift+N"), ("", ""),
             ("import", "Ctrl+O"), ("export", "Ctrl+Shift+S"), ("folder", ""), ("", ""),
             ("preferences", "Ctrl+,"), ("quit", "Ctrl+Q")),
    "view": (("palette", "Ctrl+K"), ("search", "Ctrl+Shift+F"), ("find", "Ctrl+F"),
             ("find_next", "F3"), ("find_back", "Shift+F3"), ("", ""),
             ("larger", "Ctrl++"), ("smaller", "Ctrl+-"), ("usual", "Ctrl+0"), ("", ""),
             ("sidebar", "Ctrl+B"), ("panel", "Ctrl+Shift+B"),
             ("inspect", "Ctrl+I"), ("ledger", "Ctrl+G"), ("plain", ""), ("full", "F11"), ("", ""),
             ("language", ""), ("scheme", ""), ("notify", "")),
    "chat": (("stop", "Esc"), ("", ""), ("rename", "F2"), ("pin", ""), ("archive", ""),
             ("keep", ""), ("", ""),
             ("delete", "Ctrl+Shift+Backspace"), ("trash", ""), ("archived", "")),
    "message": (("attach", "Ctrl+Shift+A"), ("opening", ""), ("edit", "Up"),
                ("regenerate", "Ctrl+R"),
                ("contrast", "Ctrl+Shift+R"),
                ("resume", "Alt+Return"),
                ("copy_last", "Ctrl+Shift+C"), ("copy_code", "Ctrl+Shift+K"), ("", ""),
                ("message_up", "Alt+Up"), ("message_down", "Alt+Down"),
                ("version_back", BACK), ("version_on", FORWARD),
                *((f"use_{number}", f"Ctrl+{number}") for number in range(1, 9)), ("", ""),
                ("good", ""), ("bad", ""), ("", ""), ("details", ""), ("script", ""),
                ("fork", ""), ("remove", "")),
    "model": (("pick", "Ctrl+L"), ("reload", ""), ("unload", "")),
    "help": (("shortcuts", "Ctrl+/"), ("", ""), ("logs", ""), ("diagnose", ""), ("", ""),
             ("about", "")),
}  # fmt: skip
_KEY = QKeySequence.StandardKey
CHOICES = ("language", "scheme")
# What is done to the open conversation; where it cannot be seen, no key may do it.
OF_CHAT = ("search", "find", "find_next", "find_back", "sidebar", "panel", "inspect", "plain",
           "rename", "pin", "archive", "keep", "delete", "pick",
           *(name for name, _ in ACTIONS["message"] if name))  # fmt: skip


# Where macOS has them in the menu of the application.
_ROLES = {
    "preferences": QAction.MenuRole.PreferencesRole,
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
}
# Their keys are another widget's own, or stand for a number.
FIXED = ("stop", "edit", *(f"use_{number}" for number in range(1, 9)))


class Menus(QMenuBar):
    """Holds the actions by name: `menus["new"].triggered.connect(...)`."""

    def __init__(self) -> None:
        super().__init__()
        self._menus: dict[str, QMenu] = {}
        self._actions: dict[str, QAction] = {}
        self._usual: dict[str, list[QKeySequence]] = {}  # the keys that each begins with
        self.groups: dict[str, QActionGroup] = {}
        for name, rows in ACTIONS.items():
            menu = self._menus[name] = self.addMenu("")
            for action, shortcut in rows:
                self._add(menu, action, shortcut)
        for name in ("sidebar", "panel"):
            self[name].setCheckable(True)
            self[name].setChecked(True)
        self._of_chat = QActionGroup(self)
        self._of_chat.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        for name in OF_CHAT:
            self._of_chat.addAction(self[name])
        self._pages = self._menus["view"].insertSeparator(self["palette"])
        # Which keys these are depends on the keyboard: on some, + is typed with Shift.
        self["larger"].setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+="),
                                     *QKeySequence.keyBindings(_KEY.ZoomIn)])  # fmt: skip
        self["shortcuts"].setShortcuts([QKeySequence("Ctrl+/"), QKeySequence("F1")])
        # Esc belongs to the composer first (an input method, a popup): it is shown here only.
        self["stop"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self["edit"].setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # in an empty box only
        for name, each in self._actions.items():
            self._usual[name] = each.shortcuts()
            keymap.wear(name, each.shortcut().toString())
        for name, role in _ROLES.items():
            self[name].setMenuRole(role)
        self.retranslate()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def check(self, group: str, value: str) -> None:
        """Tick the present language or colour scheme."""
        for action in self.groups[group].actions():
            action.setChecked(action.data() == value)

    def choose(self, group: str, value: str) -> None:
        """As if the person had taken this language or colour scheme here."""
        for action in self.groups[group].actions():
            if action.data() == value:
                action.trigger()

    def add_page(self, name: str, action: QAction) -> None:
        """A page of the window, in the order in which they come."""
        self._actions[f"page_{name}"] = action
        self._usual[f"page_{name}"] = action.shortcuts()
        self._menus["view"].insertAction(self._pages, action)

    def show_page(self, name: str) -> None:
        """What belongs to the conversation is there only while it is seen."""
        self._of_chat.setEnabled(name == "chat")

    def offered(self) -> list[tuple[str, QAction]]:
        """Menu and action of everything that can be done now."""
        return [
            (plain(menu.title()), action)
            for menu in self._menus.values()
            for action in menu.actions()
            if not action.isSeparator() and action.text() and action.menu() is None
            and action.isVisible() and action.isEnabled()
        ]  # fmt: skip

    def changeable(self) -> dict[str, QAction]:
        """The actions whose keys may be others, by name, in the order of the menus."""
        return {name: each for name, each in self._actions.items() if name not in FIXED}

    def set_keys(self, own: Mapping[str, str]) -> None:
        """Give each action the person's own keys, or those that it begins with."""
        for name, action in self.changeable().items():
            keys = [QKeySequence(own[name])] if name in own else self._usual[name]
            if action.shortcuts() != keys:
                action.setShortcuts(keys)
            keymap.wear(name, action.shortcut().toString())

    def usual(self, name: str) -> QKeySequence:
        """The keys that an action begins with."""
        return next(iter(self._usual[name]), QKeySequence())

    def retranslate(self) -> None:
        """All texts in the present language."""
        for name, text in self._menu_texts().items():
            self._menus[name].setTitle(text)
        for name, text in self._action_texts().items():
            self._actions[name].setText(text)
        for actions in self.groups.values():
            for action in actions.actions():
                action.setText(self._choice_texts()[action.data()])

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _add(self, menu: QMenu, name: str, shortcut: str) -> None:
        if not name:
            menu.addSeparator()
        elif name in CHOICES:
            self._menus[name] = menu.addMenu("")
            group = self.groups[name] = QActionGroup(self)
            for choice in settings.knobs(settings.App)[name].choices:
                action = QAction(group, checkable=True)
                action.setData(choice)
                self._menus[name].addAction(action)
        else:
            action = self._actions[name] = QAction(self)
            action.setObjectName(name)
            if shortcut:
                action.setShortcut(QKeySequence(shortcut))
            menu.addAction(action)

    def _menu_texts(self) -> dict[str, str]:
        return {
            "file": self.tr("&File"),
            "view": self.tr("&View"),
            "chat": self.tr("&Chat"),
            "message": self.tr("M&essage"),
            "model": self.tr("&Model"),
            "help": self.tr("&Help"),
            "language": self.tr("Language"),
            "scheme": self.tr("Colours"),
        }

    def _action_texts(self) -> dict[str, str]:
        return {
            "new": self.tr("New chat"),
            "temporary": self.tr("New temporary chat"),
            "import": self.tr("Import"),
            "export": self.tr("Export"),
            "folder": self.tr("Open models folder"),
            "preferences": self.tr("Preferences"),
            "quit": self.tr("Quit"),
            "palette": self.tr("Commands and chats"),
            "search": self.tr("Search all chats"),
            "find": self.tr("Find in this chat"),
            "find_next": self.tr("Find the next one"),
            "find_back": self.tr("Find the one before"),
            "larger": self.tr("Larger text"),
            "smaller": self.tr("Smaller text"),
            "usual": self.tr("Usual text size"),
            "sidebar": self.tr("Conversations"),
            "panel": self.tr("Settings panel"),
            "inspect": self.tr("Tokens of an answer"),
            "ledger": self.tr("Where the memory is"),
            "plain": self.tr("Plain reading view"),
            "full": self.tr("Full screen"),
            "notify": self.tr("Notify when something long is finished"),
            "stop": self.tr("Stop"),
            "attach": self.tr("Attach files"),
            "opening": self.tr("Start reply with…"),
            "edit": self.tr("Edit the last message"),
            "regenerate": self.tr("Regenerate the last answer"),
            "contrast": self.tr("Answer with and without the adapter"),
            "resume": self.tr("Continue the last answer"),
            "copy_last": self.tr("Copy the last answer"),
            "copy_code": self.tr("Copy the last code"),
            "message_up": self.tr("Go to the message before"),
            "message_down": self.tr("Go to the next message"),
            "version_back": self.tr("Version before"),
            "version_on": self.tr("Next version"),
            **self._use_texts(),
            "good": self.tr("Good answer"),
            "bad": self.tr("Bad answer"),
            "details": self.tr("Details of the last answer"),
            "script": self.tr("Copy the last answer as script"),
            "fork": self.tr("New chat from here"),
            "remove": self.tr("Delete the last message"),
            "rename": self.tr("Rename this chat"),
            "pin": self.tr("Pin or unpin this chat"),
            "keep": self.tr("Keep this temporary chat"),
            "archive": self.tr("Archive this chat, or take it back"),
            "archived": self.tr("Archived chats"),
            "trash": self.tr("Trash"),
            "delete": self.tr("Delete this chat"),
            "pick": self.tr("Choose a model"),
            "reload": self.tr("Reload the model"),
            "unload": self.tr("Unload the model"),
            "shortcuts": self.tr("Shortcuts"),
            "logs": self.tr("Open log folder"),
            "diagnose": self.tr("Copy diagnostics"),
            "about": self.tr("About ChatApp"),
        }

    def _use_texts(self) -> dict[str, str]:
        use = self.tr("Use answer {letter}")
        return {f"use_{place + 1}": use.format(letter="ABCDEFGH"[place]) for place in range(8)}

    def _choice_texts(self) -> dict[str, str]:
        return {
            "system": self.tr("As the system"),
            "en": "English",
            "ja": "日本語",
            "light": self.tr("Light"),
            "dark": self.tr("Dark"),
        }


def plain(text: str) -> str:
    """A menu's text without the mark of its key: "&File" and "ファイル(&F)" alike."""
    return re.sub(r"\(&\w\)", "", text).replace("&", "")
