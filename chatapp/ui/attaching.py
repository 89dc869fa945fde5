"""`Attaching`: files into the composer, by button or drop, with what each costs in tokens.

Between the composer, the reader of files and the host that can count. Knows nothing about how a
message is sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from chatapp import attachments
from chatapp.chat import Message, Request, UserError
from chatapp.ui.bridge import Stream
from chatapp.ui.file_chips import MOST

if TYPE_CHECKING:
    from chatapp.chat import Rendered
    from chatapp.host import Host
    from chatapp.ui.composer import Composer
    from chatapp.ui.file_chips import FileChip
    from chatapp.ui.loads import Loads
    from chatapp.ui.talk import Talk


class Attaching(QObject):
    """Reads what is dropped or chosen, and has it counted."""

    refused = Signal(object)  # UserError

    def __init__(self, host: Host, talk: Talk, composer: Composer, loads: Loads) -> None:
        super().__init__(composer)
        self._host = host
        self._talk = talk
        self._composer = composer
        self._counted: dict[int, FileChip] = {}  # question -> whose answer it will be
        self._asked = 0
        composer.attach_requested.connect(self.choose)
        composer.files.changed.connect(self._count)
        loads.loaded.connect(self._recount)

    def choose(self) -> None:
        """Ask for files."""
        title = self.tr("Attach text files")
        files, _ = QFileDialog.getOpenFileNames(self._composer, title)
        self.add(files)

    def add(self, files: list[str]) -> None:
        """These go with the next message; the first that cannot is told, the others still do."""
        refused: UserError | None = None
        for file in files:
            try:
                if len(self._composer.files.chips) >= MOST:
                    raise UserError(
                        "A message can hold {most} files.", "Send these first.", most=MOST
                    )
                self._composer.files.add(attachments.read(Path(file)))
            except UserError as error:
                refused = refused or error
        if refused:
            self.refused.emit(refused)
        self._composer.setFocus()

    # -- private --

    def _recount(self, *_: object) -> None:
        for chip in self._composer.files.chips:
            chip.show_tokens(None)
        self._count()

    def _count(self) -> None:
        """Have each file counted that was not yet."""
        if self._host.info is None:
            return
        waiting = set(map(id, self._counted.values()))
        for chip in self._composer.files.chips:
            if chip.tokens is None and id(chip) not in waiting:
                self._asked += 1
                self._counted[self._asked] = chip
                message = Message("user", chip.attachment.fenced())
                request = Request((message,), self._talk.sampling)
                stream = Stream(self._host.render(request), self, key=self._asked)
                stream.rendered.connect(self._on_stream_rendered)
                stream.done.connect(self._on_stream_ended)
                stream.failed.connect(self._on_stream_ended)

    def _on_stream_rendered(self, key: int, rendered: Rendered) -> None:
        chip = self._counted[key]
        if chip in self._composer.files.chips:
            chip.show_tokens(rendered.counts[0])

    def _on_stream_ended(self, key: int, *_: object) -> None:
        self._counted.pop(key, None)
