"""Everything in one ZIP, back from one, and the switch that asks nobody."""

from __future__ import annotations

import datetime
import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatapp import backups, bundle, chores, exchange, offline, settings, transfer, web
from chatapp.chat import Found, UserError
from chatapp.settings import App, Settings
from chatapp.store import Store

DAY = datetime.date(2026, 11, 26)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "chats.sqlite3")
    store.add(store.new("A").id, "user", "hello", None)
    yield store
    store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A file of settings."""
    settings.save(Settings(app=App(idle_minutes=7)), tmp_path / "settings.json")
    return tmp_path / "settings.json"


@pytest.fixture
def switched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    offline.switch(True)
    yield
    offline.switch(False)


def found(events: Iterator[object]) -> object:
    [last] = [each for each in events if isinstance(each, Found)]
    return last.models[0]


def test_the_zip_has_chats_and_settings_and_gives_them_back(
    store: Store, kept: Path, tmp_path: Path
) -> None:
    target = tmp_path / "all.zip"
    bundle.write(store.path, kept, target)
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist()) == ["chats.sqlite3", "settings.json"]
    [record] = exchange.offer(exchange.read(target)).records
    assert record.nodes[0].text == "hello"
    read = found(chores.read_settings(target))
    assert isinstance(read, Settings)
    assert read.app.idle_minutes == 7


def test_a_failed_write_leaves_the_old_zip(
    store: Store, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "all.zip"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(UserError, match="No space left"):
        bundle.write(store.path, kept, target)
    assert target.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"app": 3}', "\x00"])
def test_what_holds_no_settings_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "file.json"
    file.write_text(text)
    with pytest.raises(UserError, match="holds no settings"):
        found(chores.read_settings(file))


def test_a_bad_value_of_a_stranger_keeps_its_default(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps({"app": {"idle_minutes": -3, "send": "ctrl+enter"}}))
    read = found(chores.read_settings(file))
    assert isinstance(read, Settings)
    assert (read.app.idle_minutes, read.app.send) == (60, "ctrl+enter")


def test_a_damaged_chat_file_in_a_zip_is_told(tmp_path: Path) -> None:
    target = tmp_path / "all.zip"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(bundle.CHATS, b"SQLite format 3\x00 but no more")
    with pytest.raises(UserError, match="damaged"):
        list(exchange.read(target))


def test_a_copy_that_is_asked_for_takes_the_place_of_the_one_of_today(store: Store) -> None:
    first = backups.make(store.path, DAY)
    assert first is not None
    store.add(store.new("B").id, "user", "later", None)
    assert backups.make(store.path, DAY) is None
    assert backups.make(store.path, DAY, again=True) == first
    assert len(list(backups.records(first))) == 2


def test_the_diagnostics_are_what_the_doctor_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = tmp_path / "doctor"
    doctor.write_text('#!/bin/sh\necho versions; echo "$*"; exit ${FAULT:-0}\n')
    doctor.chmod(0o700)
    if sys.platform == "win32":
        pytest.skip("no shell")
    monkeypatch.setattr(sys, "executable", str(doctor))
    assert found(chores.diagnose()) == "versions\n-m chatapp doctor\n"
    monkeypatch.setenv("FAULT", "3")
    with pytest.raises(UserError, match="could not be made"):
        found(chores.diagnose())


@pytest.mark.usefixtures("switched")
def test_nobody_is_asked_while_the_switch_is_on() -> None:
    with pytest.raises(UserError, match="offline") as refused:
        list(web.ask("https://192.0.2.1", web.Pace()))
    assert "preferences" in refused.value.remedy
    assert offline.sign() == ""


@pytest.mark.usefixtures("switched")
def test_a_download_under_way_stops_at_the_switch() -> None:
    class Half:
        done, part = 0, transfer.Part("x", 10, "")

    with pytest.raises(UserError, match="offline"):
        next(transfer._body(None, Half(), 0, web.Pace()))  # type: ignore[arg-type]
