"""The library: what is listed, under which name, and how a name is found."""

from __future__ import annotations

import json
import os
import shutil
import struct
from pathlib import Path

import pytest

from chatapp import library, places, register
from chatapp.chat import UserError
from chatapp.foreign import shown


def model_in(folder: Path, complete: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "tokenizer.json").write_text("{}")
    header = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    data = bytes(8 if complete else 3)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + data)
    return folder


def cached(cache: Path, repository: str, commit: str = "c0ffee") -> Path:
    """A model in the layout of the shared cache: links into blobs."""
    root = cache / f"models--{repository.replace('/', '--')}"
    snapshot = root / "snapshots" / commit
    blobs = root / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir(exist_ok=True)
    for file in sorted(model_in(root / "made").iterdir()):
        file.replace(blobs / file.name)
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", file.name))
    (root / "made").rmdir()
    (root / "refs").mkdir(exist_ok=True)
    (root / "refs" / "main").write_text(commit)
    return snapshot


@pytest.fixture(autouse=True)
def starter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = model_in(tmp_path / "resources" / "starter")
    monkeypatch.setattr(places, "starter", lambda: folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where HF_HOME of the tests leads."""
    folder = tmp_path / "hf" / "hub"
    folder.mkdir(parents=True)
    return folder


def names() -> list[str]:
    return [model.name for model in library.models()]


def test_the_built_in_model_comes_first() -> None:
    model_in(places.models() / "aaa")
    assert names() == ["Built-in guide", "aaa"]


def test_a_model_tells_its_size_and_facts(starter: Path) -> None:
    model = library.built_in()
    assert (model.source, model.path, model.usable) == ("built-in", str(starter), True)
    assert model.bytes == sum(file.stat().st_size for file in starter.iterdir())
    assert model.facts is not None
    assert model.facts.parameters == 2


def test_a_missing_built_in_model_is_not_listed_and_not_usable(starter: Path) -> None:
    shutil.rmtree(starter)
    assert names() == []
    assert not library.built_in().usable


def test_an_author_s_folder_holds_models(home: Path) -> None:
    model_in(places.models() / "org" / "one")
    model_in(places.models() / "org" / "two")
    assert names()[1:] == ["org/one", "org/two"]


def test_a_model_with_a_folder_inside_is_one_model() -> None:
    (model_in(places.models() / "one") / "onnx").mkdir()
    assert names()[1:] == ["one"]


def test_hidden_folders_and_loose_files_are_no_models() -> None:
    model_in(places.models() / ".part")
    (places.models() / "note.txt").write_text("mine")
    assert names()[1:] == []


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_that_lead_in_a_circle_are_no_models(home: Path) -> None:
    real = model_in(home / "models" / "real")
    for folder in (home / "models", real, home / "models" / "author"):
        folder.mkdir(exist_ok=True)
        (folder / "loop1").symlink_to(folder / "loop2")
        (folder / "loop2").symlink_to(folder / "loop1")
    register.add_folder(str(home / "models" / "author"))
    assert [name for name in names() if name != "author"] == ["Built-in guide", "real"]


def test_half_a_model_is_listed_with_its_reason() -> None:
    model_in(places.models() / "half", complete=False)
    model = library.find("half")
    assert (model.usable, model.facts) == (False, None)
    assert "model.safetensors is incomplete" in str(model.problem)


def test_the_shared_cache_is_listed_by_repository(cache: Path) -> None:
    snapshot = cached(cache, "org/name")
    model = library.models()[-1]
    assert (model.name, model.source, model.path) == ("org/name", "cache", str(snapshot))
    assert model.usable, str(model.problem)


def test_the_main_branch_of_the_cache_is_taken(cache: Path) -> None:
    snapshot = cached(cache, "org/name", "old")
    other = snapshot.parent / "other"
    shutil.copytree(snapshot, other, symlinks=True)
    (snapshot.parent.parent / "refs" / "main").write_text("other")
    assert library.models()[-1].path == str(other)


@pytest.mark.parametrize("commit", ["", "../../..", "gone", "\xff"])
def test_a_cache_without_a_sound_branch_takes_what_is_there(cache: Path, commit: str) -> None:
    snapshot = cached(cache, "org/name")
    (snapshot.parent.parent / "refs" / "main").write_bytes(commit.encode("latin-1"))
    assert library.models()[-1].path == str(snapshot)


def test_an_unfinished_download_in_the_cache_is_not_usable(cache: Path) -> None:
    (cached(cache, "org/name") / "model.safetensors").unlink()
    model = library.models()[-1]
    assert "model.safetensors, which is missing. Resume download." in str(model.problem)


def test_a_download_that_never_began_is_not_usable(cache: Path) -> None:
    (cache / "models--org--name" / "blobs").mkdir(parents=True)
    model = library.models()[-1]
    assert (model.name, model.usable) == ("org/name", False)


def test_data_sets_in_the_cache_are_no_models(cache: Path) -> None:
    (cache / "datasets--org--name").mkdir()
    assert names() == ["Built-in guide"]


@pytest.mark.parametrize(
    ("variable", "below"),
    [("HF_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")],
)
def test_the_cache_is_found_as_its_owner_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path / "moved"))
    cached(tmp_path / "moved" / below, "org/moved")
    assert names()[1:] == ["org/moved"]


def test_two_models_of_one_name_stay_two(cache: Path) -> None:
    model_in(places.models() / "org" / "name")
    cached(cache, "org/name")
    assert names()[1:] == ["org/name", "org/name (2)"]


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: apache-2.0\n---\n# Model", "apache-2.0"),
        ("---\r\nlanguage: en\r\nlicense: 'mit'\r\n---\r\n", "mit"),
        ("---\nlicense: other\nlicense_name: gemma\n---\n", "gemma"),
        ("---\nlanguage: en\n---\nlicense: mit", ""),
        ("license: mit", ""),
        ("---\nlicense:\n- mit\n---\n", ""),
    ],
)
def test_the_licence_is_what_the_card_s_front_matter_says(card: str, licence: str) -> None:
    (model_in(places.models() / "one") / "README.md").write_bytes(card.encode())
    assert library.find("one").licence == licence


# -- finding --------------------------------------------------------------------------------------


def test_an_exact_name_wins_over_an_ending() -> None:
    model_in(places.models() / "llama")
    model_in(places.models() / "org" / "llama")
    assert library.find("llama").name == "llama"


def test_the_end_of_a_name_is_enough_in_any_case() -> None:
    model_in(places.models() / "Org" / "Qwen3-0.6B")
    assert library.find("qwen3-0.6b").name == "Org/Qwen3-0.6B"


def test_an_ending_of_two_names_is_refused() -> None:
    model_in(places.models() / "one" / "tiny")
    model_in(places.models() / "two" / "tiny")
    with pytest.raises(UserError, match=r"More than one model is called tiny\."):
        library.find("tiny")


def test_a_folder_is_found_by_its_path(tmp_path: Path) -> None:
    folder = model_in(tmp_path / "elsewhere")
    model = library.find(str(folder))
    assert (model.name, model.source, model.usable) == ("elsewhere", "folder", True)


def test_a_folder_is_found_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(model_in(tmp_path / "elsewhere"))
    assert library.find(".").name == "elsewhere"


@pytest.mark.parametrize("name", ["nothing", "", "a\x00b"])
def test_an_unknown_name_is_told(name: str) -> None:
    with pytest.raises(UserError) as caught:
        library.find(name)
    assert str(caught.value) == (
        f"There is no model called {shown(name)}. Run 'chatapp models' to see what is here."
    )


def test_only_the_model_that_is_asked_for_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    model_in(places.models() / "one")
    model_in(places.models() / "two")
    opened: list[str] = []
    check = library.gate.check
    monkeypatch.setattr(
        library.gate, "check", lambda path: (opened.append(path.name), check(path))[1]
    )
    library.find("two")
    assert opened == ["two"]


def test_a_folder_without_a_model_is_not_put_on_the_list(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(UserError, match="nothing holds no model"):
        library.open_folder(str(tmp_path / "nothing"))
    assert register.read().folders == ()


def test_a_folder_whose_model_is_refused_is_not_put_on_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_text("{}", "utf-8")
    (folder / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(UserError):
        library.open_folder(str(folder))
    assert register.read().folders == ()


# -- what a stranger's folder may hold ------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_a_branch_of_the_cache_that_is_no_file_keeps_nobody_waiting(cache: Path) -> None:
    cached(cache, "org/tiny")
    branch = cache / "models--org--tiny" / "refs" / "main"
    branch.unlink()
    os.mkfifo(branch)
    assert "org/tiny" in names()


def test_of_a_huge_branch_only_its_beginning_is_read(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(cache, "org/tiny")
    (cache / "models--org--tiny" / "refs" / "main").write_text("c0ffee" * 10_000)
    asked = []
    opened = library.Folder.open

    def told(self: library.Folder, name: str) -> object:
        file = opened(self, name)
        if name == "main":
            read = file.read
            monkeypatch.setattr(file, "read", lambda count: asked.append(count) or read(count))
        return file

    monkeypatch.setattr(library.Folder, "open", told)
    assert "org/tiny" in names()
    assert asked == [library.COMMIT_BYTES]


def test_the_older_word_for_the_cache_is_known_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(tmp_path / "older", "org/tiny")
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    monkeypatch.setenv("HUGGINGFACE_HUB_CACHE", str(tmp_path / "older"))
    assert "org/tiny" in names()


@pytest.mark.parametrize("variable", ["HF_HOME", "HF_HUB_CACHE", "XDG_CACHE_HOME"])
def test_a_home_that_nobody_has_is_a_folder_that_is_not_there(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "~nobody-of-this-name/x")
    assert names() == ["Built-in guide"]
    with pytest.raises(UserError, match="There is no model called ~nobody-of-this-name/y"):
        library.find("~nobody-of-this-name/y")


def test_the_end_of_a_word_is_no_end_of_a_name() -> None:
    model_in(places.models() / "tiny-0.5B")
    assert library.find("0.5b").name == "tiny-0.5B"
    for part in ("5B0", "e", "uide", "iny-0.5b"):
        with pytest.raises(UserError, match="There is no model"):
            library.find(part)


def test_a_name_that_is_no_line_is_told_in_one() -> None:
    with pytest.raises(UserError) as told:
        library.find("x\ny\x1b[31m")
    assert str(told.value).isprintable()
