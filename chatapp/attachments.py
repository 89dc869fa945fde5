"""Text files that go into a message: read, recognised, and fenced with their name.

Knows nothing about windows or tokens. UTF-8, UTF-16 with its mark, and the two older encodings
that Japanese files still come in; what is not text is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from chatapp.chat import UserError, clean
from chatapp.foreign import shown

LARGEST = 2_000_000  # bytes; a context of 128k tokens holds about half of it
_OLD = ("cp932", "euc_jp")
_KANA = re.compile("[\u3041-\u30fe\u3001\u3002]")
_HALF = re.compile("[\uff61-\uff9f]")  # half-width kana: what EUC-JP looks like when read wrongly
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file's text."""

    name: str
    text: str

    def fenced(self) -> str:
        """As it stands in a message: the name, and the text in a fence it cannot close."""
        longest = max(map(len, re.findall("`{3,}", self.text)), default=2)
        fence = "`" * (longest + 1)
        kind = re.sub(r"[^a-z0-9+#-]", "", Path(self.name).suffix.lower())
        return f"{self.name}\n{fence}{kind}\n{self.text.rstrip()}\n{fence}"


def read(path: Path) -> Attachment:
    """The text of a file. Raises UserError."""
    name = shown(path.name)
    try:
        if not path.is_file():  # also keeps us from opening a pipe for ever
            raise UserError("{file} is not a file.", "Choose text files.", file=name)
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(
            "{file} cannot be read ({why}).",
            "Check the drive and its permissions.",
            file=name,
            why=error.strerror or type(error).__name__,
        ) from None
    if len(raw) > LARGEST:
        raise UserError(
            "{file} is larger than {limit} MB.",
            "Attach a part of it.",
            file=name,
            limit=LARGEST // 1_000_000,
        )
    text = decode(raw)
    if text is None:
        raise UserError(
            "{file} is not a text file.", "Attach text, Markdown, code, CSV or JSON.", file=name
        )
    return Attachment(name, clean(text.replace("\r\n", "\n").replace("\r", "\n")))


def decode(raw: bytes) -> str | None:
    """The text of these bytes; None when they are none."""
    if mark := _MARKS.get(raw[:2]):
        return _strictly(raw, mark)
    if b"\x00" in raw:
        return None
    if (text := _strictly(raw, "utf-8-sig")) is not None:
        return text
    read_as = [text for encoding in _OLD if (text := _strictly(raw, encoding)) is not None]
    best = max(read_as, key=_japanese, default="")
    return best if _japanese(best) > 0 else None


def _strictly(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _japanese(text: str) -> float:
    """How much this looks like Japanese; any two bytes are some character to an old encoding."""
    wide = sum(letter > "\u007f" for letter in text)
    return (len(_KANA.findall(text)) - len(_HALF.findall(text))) / wide if wide else 0.0
