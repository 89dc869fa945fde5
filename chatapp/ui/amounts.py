"""Amounts as people read them, in the window's language: bytes, tokens, parameters, times."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale

from chatapp.cards import GIB, MIB

LEAST_SPEED = 1000  # bytes a second; below, a time that is left would be a guess


def size(count: int) -> str:
    """Bytes, as disks are sold: 8.0 GB, 11 MB."""
    if count >= 999.5e6:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def speed(rate: float) -> str:
    """Bytes a second, as a network's is told."""
    return f"{rate / 1e6:.1f} MB/s" if rate >= 1e5 else f"{rate / 1e3:.0f} kB/s"


def memory(count: int) -> str:
    """Bytes, as cards are sold and the strip counts: a GB has 2^30."""
    if count >= 0.1 * GIB:
        return f"{count / GIB:,.1f} GB"
    return f"{count / MIB:.0f} MB" if count >= MIB else f"{count / 1024:.0f} kB"


def tokens(count: int) -> str:
    """4k, 128k; short ones in full."""
    return str(count) if count < 1024 else f"{count / 1024:.0f}k"


def parameters(count: int) -> str:
    """8.2 billion, 494 million."""
    if count >= 1e9:
        return QCoreApplication.translate("Amounts", "{count} billion").format(
            count=f"{count / 1e9:.1f}"
        )
    return QCoreApplication.translate("Amounts", "{count} million").format(
        count=f"{count / 1e6:.0f}" if count >= 1e7 else f"{count / 1e6:.1f}"
    )


def day(seconds: float) -> str:
    """When something was; the last two days by name."""
    date = QDateTime.fromSecsSinceEpoch(int(seconds)).date()
    ago = date.daysTo(QDate.currentDate())
    if ago == 0:
        return QCoreApplication.translate("Amounts", "today")
    if ago == 1:
        return QCoreApplication.translate("Amounts", "yesterday")
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def moment(seconds: float) -> str:
    """When something was: today's by the clock, what is older by its day."""
    when = QDateTime.fromSecsSinceEpoch(int(seconds))
    today = when.date() == QDate.currentDate()
    return QLocale().toString(when.time() if today else when.date(), QLocale.FormatType.ShortFormat)


def left(seconds: float) -> str:
    """How long it will take."""
    if seconds < 60:
        return QCoreApplication.translate("Amounts", "less than a minute left")
    if seconds < 3600:
        return QCoreApplication.translate("Amounts", "{count} min left").format(
            count=round(seconds / 60)
        )
    return QCoreApplication.translate("Amounts", "{count} h left").format(
        count=f"{seconds / 3600:.1f}"
    )
