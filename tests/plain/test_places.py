"""Where files are: one folder when asked, the system's places otherwise, private either way."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chatapp import places
from chatapp.chat import UserError


def test_one_folder_holds_everything_a_person_owns(home: Path) -> None:
    owned = [places.data(), places.settings_file(), places.logs(), places.models()]
    assert all(path == home or home in path.parents for path in [*owned, places.store_file()])


def test_a_home_that_begins_with_a_tilde_is_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("CHATAPP_HOME", "~/mine")
    assert places.data() == tmp_path / "mine"


def test_without_a_home_the_system_s_places_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATAPP_HOME", "")
    usual = str(tmp_path / "usual")
    monkeypatch.setattr(places.platformdirs, "user_data_dir", lambda *_, **__: usual)
    assert places.home() is None
    assert places.data() == Path(usual)
    assert places.models() == Path(usual) / "models"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_folders_are_made_for_the_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHATAPP_HOME", str(tmp_path / "new"))
    mask = os.umask(0)
    try:
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (places.data(), places.models())}
    finally:
        os.umask(mask)
    assert modes == {0o700}


@pytest.mark.parametrize("place", [places.data, places.models, places.logs, places.settings_file])
def test_a_folder_that_cannot_be_made_is_told(
    place: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHATAPP_HOME", str(tmp_path / "file" / "inside"))
    with pytest.raises(UserError, match="cannot be used"):
        place()


def test_the_resources_of_this_checkout_are_beside_the_package() -> None:
    assert places.resources() == Path(places.__file__).resolve().parent.parent / "resources"


def test_the_resources_of_an_installed_package_are_inside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "chatapp" / "resources"
    inside.mkdir(parents=True)
    monkeypatch.setattr(places, "__file__", str(tmp_path / "chatapp" / "places.py"))
    assert places.starter() == inside / "starter"
