"""Importing torch step by step."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

from chatapp import preload
from tests.conftest import ROOT


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout


def test_it_brings_torch_and_tells_each_step() -> None:
    told = run(
        "import sys, gc\n"
        "from chatapp.preload import preload\n"
        "steps = list(preload())\n"
        "print('torch' in sys.modules, 'transformers.modeling_utils' in sys.modules,\n"
        "      steps[-1].done == steps[-1].total, gc.isenabled(), gc.get_freeze_count() > 0,\n"
        "      list(preload()) == [])"
    )
    assert told.split() == ["True"] * 6


@pytest.mark.skipif(sys.platform != "linux", reason="torch has libgomp on Linux only")
@pytest.mark.parametrize(("own", "told"), [(None, "10000"), ("77", "77")])
def test_torch_spins_shortly_and_as_the_person_says(own: str | None, told: str) -> None:
    """What the library itself reports when it is mapped."""
    environment = (
        os.environ | {"OMP_DISPLAY_ENV": "VERBOSE"} | ({"GOMP_SPINCOUNT": own} if own else {})
    )
    code = "from chatapp.preload import preload\nsteps = preload()\nnext(steps), next(steps)"
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=environment
    ).stderr
    assert f"GOMP_SPINCOUNT = '{told}'" in shown


def test_stopping_half_way_leaves_the_collector_on() -> None:
    steps = preload.preload()
    if next(steps, None) is not None:
        steps.close()
    assert gc.isenabled()


def test_no_telemetry_is_asked_for_before_the_import() -> None:
    told = run(
        "import os\n"
        "from chatapp.preload import preload\n"
        "next(preload())\n"
        "print(os.environ['HF_HUB_DISABLE_TELEMETRY'], os.environ['HF_HUB_DISABLE_XET'])"
    )
    assert told.split() == ["1", "1"]
