"""Trainings that were paused are found again, and go on with the data that they began with."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from chatapp import examples, lessons, ongoing, places
from chatapp.adapters import CONFIG, RECORD, WEIGHTS, Adapter
from chatapp.chat import Found, UserError
from chatapp.course import Course
from chatapp.tuning import Tuning


def course_of(name: str, data: Path) -> Course:
    return Course(data, places.adapters() / name, Tuning(), None, ("q", "a"), "cpu")


def leave(folder: Path, step: int = 7) -> None:
    """What a training that can go on has on the disk."""
    folder.mkdir(exist_ok=True)
    record = {"base": "Built-in guide", "tuning": {"rank": 5}, "steps": step}
    (folder / RECORD).write_text(json.dumps(record))
    (folder / ongoing.STATE).write_bytes(b"x")


def test_what_was_paused_goes_on_with_its_own_data_and_knobs(tmp_path: Path) -> None:
    asked = course_of("letters", tmp_path / "letters.csv")
    ongoing.remember(asked)
    leave(asked.folder)
    (paused,) = ongoing.paused()
    assert (paused.name, paused.step, paused.base) == ("letters", 7, "Built-in guide")
    again = paused.again()
    assert again.resume
    assert (again.data, again.folder, again.columns) == (asked.data, asked.folder, ("q", "a"))
    assert again.tuning.rank == 5


def test_the_newest_is_first_and_one_that_has_ended_is_gone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ongoing.remember(course_of(name, tmp_path / "a.txt"))
        leave(places.adapters() / name)
    assert [paused.name for paused in ongoing.paused()] == ["two", "one"]
    ongoing.forget(str(places.adapters() / "two"))
    assert [paused.name for paused in ongoing.paused()] == ["one"]


def test_what_left_nothing_or_was_deleted_is_not_offered(tmp_path: Path) -> None:
    ongoing.remember(course_of("never", tmp_path / "a.txt"))
    asked = course_of("cut", tmp_path / "a.txt")
    ongoing.remember(asked)
    leave(asked.folder)
    (asked.folder / ongoing.STATE).unlink()
    assert ongoing.paused() == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a": {}}'])
def test_a_damaged_note_offers_nothing(text: str) -> None:
    (places.data() / "trainings.json").write_text(text)
    assert ongoing.paused() == []


def test_only_its_owner_reads_where_the_data_is(tmp_path: Path) -> None:
    ongoing.remember(course_of("letters", tmp_path / "a.txt"))
    assert stat.S_IMODE((places.data() / "trainings.json").stat().st_mode) == 0o600


# -- errands --------------------------------------------------------------------------------------


def test_a_folder_that_holds_something_is_not_trained_into(tmp_path: Path) -> None:
    asked = course_of("letters", tmp_path / "a.txt")
    leave(asked.folder)
    with pytest.raises(UserError, match="already something called letters"):
        list(lessons.begin(asked))
    assert ongoing.paused() == []


def test_an_export_has_what_others_need_and_no_state(tmp_path: Path) -> None:
    folder = places.adapters() / "letters"
    leave(folder)
    for name in (CONFIG, WEIGHTS, "README.md"):
        (folder / name).write_text(name)
    adapter = Adapter("letters", str(folder))
    (found,) = lessons.export(adapter, tmp_path)
    assert isinstance(found, Found)
    made = {path.name for path in (tmp_path / "letters").iterdir()}
    assert made == {CONFIG, WEIGHTS, RECORD, "README.md"}
    with pytest.raises(UserError, match="already there"):
        list(lessons.export(adapter, tmp_path))


def test_an_adapter_elsewhere_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UserError, match="not ours"):
        list(lessons.delete(Adapter("mine", str(tmp_path / "mine"))))
    assert (tmp_path / "mine").is_dir()


def test_deleting_an_adapter_takes_its_folder_and_its_pause(tmp_path: Path) -> None:
    asked = course_of("letters", tmp_path / "a.txt")
    ongoing.remember(asked)
    leave(asked.folder)
    list(lessons.delete(Adapter("letters", str(asked.folder))))
    assert not asked.folder.exists()
    assert json.loads((places.data() / "trainings.json").read_text()) == {}


def test_an_adapter_beside_the_loaded_model_needs_no_second_copy() -> None:
    from chatapp import library

    guide = library.built_in()
    alone, beside = (
        next(iter(lessons.forecast(guide, Tuning(), resident))) for resident in (False, True)
    )
    assert isinstance(alone, Found)
    assert isinstance(beside, Found)
    first, second = alone.models[0].parts, beside.models[0].parts
    assert set(first) - set(second) == {"weights", "runtime"}
    assert first["activations"] == second["activations"]


def test_lower_knobs_need_less() -> None:
    from chatapp import library

    guide = library.built_in()

    def need(**knobs: object) -> int:
        found = next(iter(lessons.forecast(guide, Tuning(**knobs), False)))  # type: ignore[arg-type]
        assert isinstance(found, Found)
        return sum(found.models[0].parts.values())

    assert need(rank=4) < need(rank=8)
    assert need(at_once=1) < need(at_once=2)
    assert need(longest=256) < need(longest=512)
    assert need(save_memory="on") < need(save_memory="off")


def test_the_example_set_is_enough_to_learn_from_and_has_no_fault() -> None:
    data = examples.read(places.example_set())
    assert len(data.rows) >= 50
    assert not data.bad_rows
    assert not data.duplicates
