"""Adapters of strangers: what passes, and the sentence for what does not."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from chatapp import adapters, lessons, places
from chatapp.adapters import CONFIG, RECORD, WEIGHTS, check, find, fingerprint
from chatapp.chat import UserError

PLAIN = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 4, "bias": "none"}
Q = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"
SHAPES = {Q.format("A"): (2, 8), Q.format("B"): (8, 2)}


def write_weights(path: Path, shapes: dict[str, tuple[int, ...]]) -> None:
    """A safetensors file of zeros, made by hand: this floor knows no torch."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    raw = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw)) + raw + bytes(at))


def make(
    folder: Path,
    config: dict[str, Any] | None = None,
    shapes: dict[str, tuple[int, ...]] | None = None,
    record: dict[str, Any] | None = None,
) -> Path:
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text(json.dumps(PLAIN | (config or {})))
    write_weights(folder / WEIGHTS, SHAPES if shapes is None else shapes)
    if record:
        (folder / RECORD).write_text(json.dumps(record))
    return folder


def test_a_plain_adapter_passes_with_its_numbers(tmp_path: Path) -> None:
    found = check(make(tmp_path / "a", {"base_model_name_or_path": "org/base"}))
    assert (found.name, found.base, found.rank, found.scale) == ("a", "org/base", 2, 2.0)
    assert found.bytes == 2 * 16 * 4


def test_the_scale_of_rslora_divides_by_the_root(tmp_path: Path) -> None:
    assert check(make(tmp_path / "a", {"r": 2, "use_rslora": True})).scale == 4 / 2**0.5


def test_our_record_names_the_base_and_its_weights(tmp_path: Path) -> None:
    found = check(make(tmp_path / "a", record={"base": "Guide", "fingerprint": "ab"}))
    found.require_for("Guide", "ab")
    with pytest.raises(UserError, match=r"This is an adapter for Guide\."):
        found.require_for("Other", "cd")
    with pytest.raises(UserError, match="another version of Guide"):
        found.require_for("Guide", "cd")


@pytest.mark.parametrize(
    "config",
    [
        {"peft_type": "IA3"},
        {"use_dora": True},
        {"bias": "all"},
        {"modules_to_save": ["lm_head"]},
        {"alpha_pattern": {"q_proj": 3}},
        {"init_lora_weights": "pissa"},
        {"layer_replication": [[0, 1]]},
        {"target_parameters": ["x"]},
        {"something_of_tomorrow": 1},
    ],
)
def test_a_kind_that_is_not_computed_here_is_refused(
    tmp_path: Path, config: dict[str, Any]
) -> None:
    with pytest.raises(UserError, match=f"not supported \\({next(iter(config))}"):
        check(make(tmp_path / "a", config))


def test_a_library_named_in_the_file_is_never_looked_at(tmp_path: Path) -> None:
    make(tmp_path / "a", {"auto_mapping": {"parent_library": "evil.library"}})
    check(tmp_path / "a")


@pytest.mark.parametrize(
    ("shapes", "what"),
    [
        ({Q.format("A"): (2, 8)}, "q_proj"),
        ({Q.format("A"): (3, 8), Q.format("B"): (8, 3)}, "q_proj"),
        ({Q.format("A"): (2, 8), Q.format("B"): (2, 8)}, "q_proj"),
        (SHAPES | {"other.weight": (2, 2)}, "other.weight"),
        ({Q.format("A"): (2, 8, 1), Q.format("B"): (8, 2)}, "lora_A"),
    ],
)
def test_matrices_that_do_not_belong_together_are_told(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], what: str
) -> None:
    with pytest.raises(UserError, match=f"not whole .*{what}"):
        check(make(tmp_path / "a", shapes=shapes))


@pytest.mark.parametrize("rank", [0, -1, 5000, "8", None, True])
def test_an_impossible_rank_is_damage(tmp_path: Path, rank: Any) -> None:
    with pytest.raises(UserError, match=r"damaged|not whole"):
        check(make(tmp_path / "a", {"r": rank}))


def test_weights_that_may_hold_a_program_are_refused(tmp_path: Path) -> None:
    make(tmp_path / "a")
    (tmp_path / "a" / WEIGHTS).rename(tmp_path / "a" / "adapter_model.bin")
    with pytest.raises(UserError, match=r"unsafe format \(adapter_model\.bin\)"):
        check(tmp_path / "a")


def test_missing_parts_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no adapter"):
        check(tmp_path / "empty")
    make(tmp_path / "a")
    (tmp_path / "a" / WEIGHTS).unlink()
    with pytest.raises(UserError, match=f"{WEIGHTS} is missing"):
        check(tmp_path / "a")


def test_weights_cut_short_are_told(tmp_path: Path) -> None:
    path = make(tmp_path / "a") / WEIGHTS
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(UserError, match="incomplete"):
        check(tmp_path / "a")


def test_the_adapters_folder_is_listed_with_what_is_wrong(home: Path) -> None:
    make(places.adapters() / "good")
    make(places.adapters() / "odd", {"use_dora": True})
    good, odd = adapters.adapters()
    assert (good.name, good.problem) == ("good", None)
    assert odd.problem is not None


def test_an_adapter_is_found_by_name_or_folder(home: Path, tmp_path: Path) -> None:
    make(places.adapters() / "mine")
    assert find("mine").name == "mine"
    assert find(str(make(tmp_path / "elsewhere"))).name == "elsewhere"
    for wrong in ("none", ""):
        with pytest.raises(UserError, match="no adapter called"):
            find(wrong)


def test_a_fingerprint_changes_with_one_weight_among_those_sampled(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(bytes(5_000_000))
    before = fingerprint(tmp_path, ["a.safetensors"])
    assert before == fingerprint(tmp_path, ["a.safetensors"])
    (tmp_path / "a.safetensors").write_bytes(bytes(4_999_999) + b"\1")
    assert fingerprint(tmp_path, ["a.safetensors"]) != before


def test_an_adapter_from_elsewhere_is_copied_and_never_over_another(tmp_path: Path) -> None:
    source = make(tmp_path / "letters")
    (source / "state.pt").write_bytes(b"not ours")
    names = [found.models[0] for _ in range(2) for found in lessons.bring(source)]  # type: ignore[attr-defined]
    assert names == ["letters", "letters 2"]
    assert [each.name for each in adapters.adapters()] == names
    assert not list(places.adapters().rglob("state.pt"))
    assert not list(places.data().glob("adapter-*"))


def test_what_is_no_adapter_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="holds no adapter"):
        list(lessons.bring(tmp_path / "empty"))
    assert adapters.adapters() == []
