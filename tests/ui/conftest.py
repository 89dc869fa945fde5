"""What every window test gets: the light look, whatever the machine's scheme is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication

from chatapp.ui import look

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    assert isinstance(qapp, QApplication)
    look.apply(qapp, "light")
    yield qapp
    look.apply(qapp, "light")
