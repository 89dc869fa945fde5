"""One window for each data folder: a second start raises the first and leaves.

A lock file says who is first; it is cleared when its process is gone. A local socket, named after
the folder, is the bell: whoever connects wants the window. Knows nothing about the window.
"""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, Signal

from chatapp import places

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

LOCK = "window.lock"
RING_S = 5.0  # how long a second start tries: the first listens only after its first paint
_RETRY_S = 0.05
_ANSWER_MS = 1000


class Instance(QObject):
    """This process's claim to be the window of the data folder."""

    raised = Signal()  # another start wants the window to be seen

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = QLockFile(str(places.data() / LOCK))
        self._lock.setStaleLockTime(0)  # only the death of its process makes it stale
        self._server: QLocalServer | None = None
        self._taken = self._lock.tryLock(0)

    @property
    def first(self) -> bool:
        """Nobody else holds the folder; also where no lock can be made, as on a full disk."""
        return self._taken or self._lock.error() != QLockFile.LockError.LockFailedError

    def listen(self) -> None:
        """Hear later starts. Imports Qt's network library, which a first paint need not wait for.

        Tells nobody when it cannot: then a later start says that the chats are in use.
        """
        from PySide6.QtNetwork import QLocalServer

        name = _name()
        if self._taken:
            QLocalServer.removeServer(name)  # what a killed process left
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_server_connected)
        self._server.listen(name)

    def ring(self) -> bool:
        """Ask the first window to show itself; False when it does not answer in time."""
        from PySide6.QtNetwork import QLocalSocket

        deadline = time.monotonic() + RING_S
        while time.monotonic() < deadline:
            socket = QLocalSocket()
            socket.connectToServer(_name())
            if socket.waitForConnected(_ANSWER_MS) and _hung_up(socket):
                return True
            time.sleep(_RETRY_S)
        return False

    def close(self) -> None:
        """Let another start be the first."""
        if self._server:
            self._server.close()
        if self._taken:
            self._lock.unlock()

    def _on_server_connected(self) -> None:
        assert self._server is not None
        while socket := self._server.nextPendingConnection():
            socket.disconnectFromServer()
            socket.deleteLater()
        self.raised.emit()


def _hung_up(socket: QLocalSocket) -> bool:
    """The answer of a window that lives; a stopped one keeps the line open."""
    gone = socket.LocalSocketState.UnconnectedState
    return socket.state() == gone or socket.waitForDisconnected(_ANSWER_MS)


def _name() -> str:
    """Short, because a socket's path may have 100 characters, and the folder's own."""
    folder = str(places.data().resolve())
    # Not hashlib, whose import the first paint would wait for: this tells folders apart, no more.
    return f"chatapp-{zlib.crc32(folder.encode('utf-8', 'surrogatepass')):08x}"
