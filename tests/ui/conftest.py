"""What every window test gets: the light look, whatever the machine's scheme is."""

from __future__ import annotations

import gc
from itertools import count
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from chatapp import library
from chatapp.ui import look
from tests.ui.scene import MODELS, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    assert isinstance(qapp, QApplication)
    look.apply(qapp, "light")
    yield qapp
    look.apply(qapp, "light")


EVERY = 25  # tests between two full collections, which take long
tests = count(1)


@pytest.fixture(autouse=True)
def only_this_thread_collects() -> Iterator[None]:
    """As in the window's process: a worker's thread must not be the one that ends a widget."""
    gc.disable()
    yield
    gc.collect(2 if next(tests) % EVERY == 0 else 1)
    gc.enable()


@pytest.fixture
def some_models(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "models", lambda: list(MODELS))


@pytest.fixture
def scene(qapp: QApplication, some_models: None) -> Iterator[Scene]:
    scene = Scene(qapp)
    yield scene
    scene.close()
    qapp.processEvents()


@pytest.fixture
def running(scene: Scene, qtbot: QtBot) -> Scene:
    scene.start(qtbot)
    return scene
