"""Everything a person has in one ZIP: the chats and the settings; no models, no keys.

The chats are a copy that SQLite makes while chats go on. The file is written beside and renamed.
Read back, a ZIP may be a stranger's: one member by its name, within a limit, into a folder of our
own. Knows nothing about what a chat or a setting is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from chatapp import backups, database, foreign
from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHATS, SETTINGS = "chats.sqlite3", "settings.json"
LARGEST_SETTINGS = 1_000_000  # bytes
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)


def write(chats: Path, settings: Path, target: Path) -> None:
    """Raises UserError when the disk is full or the chat file cannot be read."""
    beside = target.with_name(f".{target.name}.new")
    try:
        with tempfile.TemporaryDirectory(prefix="chatapp-") as place:
            copy = Path(place) / CHATS
            if chats.exists():
                with contextlib.closing(database.visit(chats)) as db:
                    db.isolation_level = None
                    database.copy(db, copy)
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            with (
                os.fdopen(descriptor, "w+b") as file,
                zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
            ):
                for path, name in ((copy, CHATS), (settings, SETTINGS)):
                    if path.exists():
                        archive.write(path, name)
            beside.replace(target)
    except OSError as error:
        raise UserError(
            "{file} cannot be written ({why}).",
            "Choose another place, or free some space.",
            file=target.name,
            why=error.strerror or str(error),
        ) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def is_bundle(path: Path) -> bool:
    """Whether it is a ZIP that holds a chat file of ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            return CHATS in archive.namelist()
    except (OSError, *_DAMAGE):
        return False


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The chat file of a bundle, for as long as it is read. Raises UserError."""
    name = foreign.shown(path.name)
    with tempfile.TemporaryDirectory(prefix="chatapp-") as place:
        chats = Path(place) / CHATS
        try:
            with zipfile.ZipFile(path) as archive:
                size = archive.getinfo(CHATS).file_size
                if size > backups.LARGEST or size > shutil.disk_usage(place).free // 2:
                    raise UserError(
                        "{file} is too large to unpack.", "Free some space on the disk.", file=name
                    )
                with archive.open(CHATS) as packed, chats.open("wb") as file:
                    shutil.copyfileobj(packed, file)  # no more than its size: zipfile holds to it
        except (KeyError, *_DAMAGE) as error:
            raise UserError("{file} is damaged.", "Choose another file.", file=name) from error
        except OSError as error:
            raise foreign.unreadable(name, error.strerror or "") from error
        yield chats


def settings_text(path: Path) -> str:
    """The settings in a bundle, or in a file of their own. Raises UserError."""
    name = foreign.shown(path.name)
    try:
        if not path.is_file():  # also keeps us from opening a pipe for ever
            raise ValueError(name)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive, archive.open(SETTINGS) as packed:
                raw = packed.read(LARGEST_SETTINGS + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(LARGEST_SETTINGS + 1)
        if len(raw) > LARGEST_SETTINGS:
            raise ValueError(len(raw))
        return raw.decode("utf-8")
    except (KeyError, *_DAMAGE) as error:
        raise no_settings(path) from error
    except OSError as error:
        raise foreign.unreadable(name, error.strerror or "") from error


def no_settings(path: Path) -> UserError:
    """The error for a file that is something else."""
    name = foreign.shown(path.name)
    return UserError("{file} holds no settings of ChatApp.", "Choose another file.", file=name)
