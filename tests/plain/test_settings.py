"""The knobs and their file: whatever the file holds, the program starts."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import random
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from chatapp import settings
from chatapp.settings import App, Loading, Sampling, Settings, check, knobs, load, save
from chatapp.tuning import Tuning

GROUPS = [Sampling, Loading, App, Tuning]
NUMBERS = [
    (group, name) for group in GROUPS for name, knob in knobs(group).items() if knob.low is not None
]
OTHERS = Settings(
    Sampling(temperature=1.25, seed=7),
    Loading(device="cpu", context_length=4096),
    App(language="ja", model="/models/森"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


# -- the declarations -----------------------------------------------------------------------------


@pytest.mark.parametrize("group", GROUPS)
def test_every_field_is_a_knob_with_label_and_help(group: type[Any]) -> None:
    for field in dataclasses.fields(group):
        knob = field.metadata["knob"]
        assert knob.label, field.name
        assert knob.help.endswith("."), field.name


@pytest.mark.parametrize(("group", "name"), NUMBERS)
def test_every_number_has_bounds_that_hold_its_default(group: type[Any], name: str) -> None:
    knob = knobs(group)[name]
    assert knob.low is not None
    assert knob.high is not None
    assert knob.low <= getattr(group(), name) <= knob.high
    assert knob.slider_high is None or knob.low < knob.slider_high <= knob.high


@pytest.mark.parametrize("group", GROUPS)
def test_every_default_passes_its_own_check(group: type[Any]) -> None:
    for name in knobs(group):
        default = getattr(group(), name)
        assert check(group, name, default) == default


# -- one value ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("group", "name"), NUMBERS)
def test_a_number_beyond_its_bounds_is_refused_with_the_bounds(group: type[Any], name: str) -> None:
    knob = knobs(group)[name]
    assert knob.low is not None
    assert knob.high is not None
    for value in (knob.low - 1, knob.high + 1):
        with pytest.raises(ValueError, match=rf"{name} must be between .* and .*"):
            check(group, name, value)
    with pytest.raises(ValueError, match=rf"{name} must be "):
        check(group, name, 10**400)  # which no float holds


@pytest.mark.parametrize(
    "value", [None, True, "many", "", [], {}, math.nan, math.inf, "NaN", 10**400]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="temperature must be"):
        check(Sampling, "temperature", value)


def test_a_number_gets_the_field_s_own_type() -> None:
    assert check(Sampling, "top_k", "12") == 12
    assert isinstance(check(Sampling, "temperature", 1), float)


@pytest.mark.parametrize("strings", [["\n"], ["\n\n", "a\tb"], ["\\n", "\\\\", "C:\\new"], ["\r"]])
def test_stop_strings_keep_their_line_breaks(strings: list[str]) -> None:
    assert settings.stops(settings.stop_lines(strings)) == tuple(strings)


def test_a_line_break_among_stop_strings_is_written_with_a_backslash() -> None:
    assert settings.stops("\\n\nEND\n\n\\x") == ("\n", "END", "\\x")


@pytest.mark.parametrize("value", ["gpu", "", 5, None, "cuda:", "cuda:-1", "cuda:1;", "cuda:999"])
def test_a_choice_that_is_not_offered_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="device must be"):
        check(Loading, "device", value)


def test_one_card_of_several_can_be_named() -> None:
    assert check(Loading, "device", "cuda:1") == "cuda:1"


def test_free_text_is_taken_as_it_is() -> None:
    assert check(App, "model", "anything") == "anything"


# -- the file -------------------------------------------------------------------------------------


def test_what_was_saved_is_loaded(path: Path) -> None:
    save(OTHERS, path)
    assert load(path) == (OTHERS, None)


def test_the_usual_place_is_the_default(home: Path) -> None:
    save(OTHERS)
    assert (home / "settings.json").is_file()
    assert load()[0] == OTHERS


def test_no_file_means_the_defaults(path: Path) -> None:
    assert load(path) == (Settings(), None)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_file(path: Path) -> None:
    save(OTHERS, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_half_a_character_keeps_nothing_from_being_saved(path: Path) -> None:
    save(dataclasses.replace(OTHERS, presets={"a\ud83d": {}}, keys={"send": "\udc00"}), path)
    (again, kept) = load(path)
    assert (again.sampling, again.presets, kept) == (OTHERS.sampling, {"a\ufffd": {}}, None)


def test_a_bad_value_keeps_its_default_and_the_others_stay(path: Path) -> None:
    path.write_text(
        json.dumps({"sampling": {"temperature": 99, "top_k": 3, "zorg": 1}, "loading": [], "x": 1})
    )
    assert load(path) == (Settings(sampling=Sampling(top_k=3)), None)


SAVED = json.dumps(dataclasses.asdict(OTHERS), indent=2).encode()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(64560), id="NULs"),
        pytest.param(b"\xef\xbb\xbf" + SAVED, id="byte order mark"),
        pytest.param(SAVED.decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep and closed"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(b'{"sampling": {"seed": ' + b"9" * 5000 + b"}}", id="endless number"),
        *(pytest.param(SAVED[:cut], id=f"cut at {cut}") for cut in (1, 20, 200, len(SAVED) - 1)),
    ],
)
def test_an_unreadable_file_is_kept_and_the_defaults_are_used(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)
    loaded, kept = load(path)
    assert loaded == Settings()
    assert kept is not None
    assert kept.name.startswith("settings.json.invalid-")
    assert kept.read_bytes() == raw


def test_a_file_of_100_megabytes_is_not_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100_000_000)
    assert load(path)[1] is not None


def test_a_folder_in_the_way_is_kept(path: Path) -> None:
    path.mkdir()
    loaded, kept = load(path)
    assert loaded == Settings()
    assert kept is not None
    assert kept.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
def test_a_pipe_in_the_way_does_not_hang(path: Path) -> None:
    os.mkfifo(path)
    assert load(path)[0] == Settings()


def test_a_link_in_a_circle_gives_the_defaults(path: Path) -> None:
    path.symlink_to(path.name)
    assert load(path)[0] == Settings()


def test_a_file_that_may_not_be_read_gives_the_defaults(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(OTHERS, path)

    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refused)
    assert load(path)[0] == Settings()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sampling", "loading", "app", *knobs(Sampling), *knobs(Loading)]),
            inner,
        )
    ),
    max_leaves=15,
)


@examples(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=json_values)
def test_whatever_the_file_holds_every_setting_is_within_its_bounds(
    path: Path, values: object
) -> None:
    path.write_text(json.dumps(values))
    loaded, _ = load(path)
    for group in (loaded.sampling, loaded.loading, loaded.app):
        for name in knobs(group):
            assert check(type(group), name, getattr(group, name)) == getattr(group, name)


# -- a crash while saving -------------------------------------------------------------------------

SAVER = """
import sys
from pathlib import Path
from chatapp.settings import App, Settings, save
number = 0
while True:
    number += 1
    save(Settings(app=App(model=str(number) * 2000)), Path(sys.argv[1]))
    if number == 1:
        print("saving", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("kills", [5, pytest.param(500, marks=pytest.mark.full)])
def test_after_a_kill_the_file_is_the_old_one_or_the_new_one(path: Path, kills: int) -> None:
    chance = random.Random(11)
    for _ in range(kills):
        saver = subprocess.Popen(
            [sys.executable, "-c", SAVER, str(path)],
            stdout=subprocess.PIPE,
            cwd=Path(settings.__file__).parent.parent,
        )
        assert saver.stdout is not None
        assert saver.stdout.readline() == b"saving\n"
        threading.Event().wait(chance.uniform(0.0, 0.05))
        saver.send_signal(signal.SIGKILL)
        saver.communicate()
        loaded, kept = load(path)
        assert kept is None
        number = loaded.app.model[: len(loaded.app.model) // 2000]
        assert loaded.app.model == number * 2000
        assert number


def test_knobs_of_training_that_an_earlier_version_wrote_are_those_the_person_set() -> None:
    """It wrote every knob; what stood at its default was not set by anybody."""
    old = dataclasses.asdict(Tuning(rank=16))
    assert settings.whole({"tuning": old}).tuning == {"rank": 16}
    assert settings.whole({"tuning": {"rank": Tuning().rank}}).tuning == {"rank": Tuning().rank}
    assert settings.whole({"tuning": {"rank": "many", "epochs": 7}}).tuning == {"epochs": 7}
