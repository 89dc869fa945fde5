"""Whole models from a Hub of this machine: kept, gone on with, and never listed half done."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatapp import __main__, downloads, hub, library, places, transfer, web
from chatapp.chat import Fetched, UserError
from chatapp.downloads import Download
from chatapp.hub import Offer
from chatapp.web import Pace
from tests.conftest import ROOT
from tests.plain import faulty_hub
from tests.plain.faulty_hub import COMMIT, Handler, Hub
from tests.plain.test_cli import no_handlers
from tests.plain.test_hub import CASES, REFUSALS, config, files

__all__ = ["no_handlers"]  # a fixture

CHUNK = 8_000
PACE = Pace(chunk_bytes=CHUNK, stall_s=0.3, wait_s=0.001, longest_s=0.4, tell_s=0.0)
SEED = int(os.environ.get("CHATAPP_SEED", "7"))
CHUNK_OF_COMMAND = Pace().chunk_bytes
IN_FLIGHT = 4_000_000  # bytes that may lie in the system's buffers between both ends


def weights_file(numbers: int, seed: int = 5) -> bytes:
    header = json.dumps(
        {"a": {"dtype": "U8", "shape": [numbers], "data_offsets": [0, numbers]}}
    ).encode()
    return struct.pack("<Q", len(header)) + header + random.Random(seed).randbytes(numbers)


WEIGHTS = weights_file(5 * CHUNK)
FILES = {"config.json": config(), "tokenizer.json": b"{}", "model.safetensors": WEIGHTS}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN",
                 "http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(places, "starter", lambda: tmp_path / "no-starter")


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with faulty_hub.serving(Hub(dict(FILES))) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made


def look() -> Offer:
    return web.finished(hub.look("org/tiny", "main", PACE))


def began() -> Download:
    return downloads.begin(look())


def run(download: Download) -> list[Fetched]:
    return list(downloads.run(download, PACE))


def listed() -> list[str]:
    return [model.name for model in library.models()]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES}


def home() -> Path:
    return places.models() / "org" / "tiny"


def test_a_model_comes_whole_and_the_library_lists_it(served: Hub) -> None:
    events = run(began())
    assert bytes_of(home()) == FILES
    assert listed() == ["org/tiny"]
    assert library.models()[0].usable
    assert not downloads.under_way()
    assert not list(places.models().glob(".downloads/*"))
    last = events[-1]
    assert (last.done, last.total, last.number, last.files) == (
        sum(map(len, FILES.values())), sum(map(len, FILES.values())), 3, 3,
    )  # fmt: skip
    assert [e.done for e in events] == sorted(e.done for e in events)


def test_at_no_moment_half_a_model_is_listed(served: Hub) -> None:
    served.faults = [faulty_hub.cut(10)] * 2
    seen = set()
    for _ in downloads.run(began(), PACE):
        seen.add(tuple(listed()))
    assert seen == {()}
    assert listed() == ["org/tiny"]


def test_a_pause_survives_a_restart_and_goes_on_where_it_was(served: Hub) -> None:
    served.slow_s = 0.001
    steps = downloads.run(began(), PACE)
    for event in steps:
        if event.number == 3 and event.done > 2 * CHUNK:
            break
    steps.close()
    (waiting,) = downloads.under_way()
    assert waiting.entry.name == "org/tiny"
    assert waiting.kept == event.done
    served.slow_s, before = 0.0, len(served.of("model.safetensors"))
    events = run(waiting)
    assert events[-1].done == waiting.bytes
    assert bytes_of(home()) == FILES
    (again,) = served.of("model.safetensors")[before:]
    assert again.start == event.done - len(FILES["config.json"]) - len(FILES["tokenizer.json"])


def test_what_was_kept_does_not_count_as_speed(served: Hub) -> None:
    download = began()
    shutil.copy(ROOT / "LICENSE", Path(download.folder) / "other")
    (Path(download.folder) / "model.safetensors").write_bytes(WEIGHTS)
    served.files = {"config.json": FILES["config.json"], "tokenizer.json": b"{}"}
    events = [e for e in run(download) if e.file == "model.safetensors"]
    assert events[-1].bytes_per_s < len(WEIGHTS)


def test_the_same_commit_is_not_brought_twice(served: Hub) -> None:
    facts = downloads.get("org/tiny", "main", lambda event: None)
    asked = len(served.of("model.safetensors"))
    again = downloads.get("org/tiny", "main", lambda event: None)
    assert (facts["path"], again["path"]) == (str(home()), str(home()))
    assert (facts["fetched_bytes"], again["fetched_bytes"]) == (facts["bytes"], 0)
    assert len(served.of("model.safetensors")) == asked == 1


def test_a_file_that_was_taken_away_is_brought_again(served: Hub) -> None:
    downloads.get("org/tiny", "main", lambda event: None)
    (home() / "model.safetensors").unlink()
    downloads.get("org/tiny", "main", lambda event: None)
    assert bytes_of(home()) == FILES


def test_another_commit_takes_the_place_of_the_older_one(served: Hub) -> None:
    downloads.get("org/tiny", "main", lambda event: None)
    served.about = {"sha": COMMIT[::-1]}
    served.files["model.safetensors"] = weights_file(5 * CHUNK, 6)
    downloads.get("org/tiny", "main", lambda event: None)
    assert (home() / "model.safetensors").read_bytes() == weights_file(5 * CHUNK, 6)
    assert listed() == ["org/tiny"]
    assert not list(places.models().glob(".downloads/*"))


def test_a_folder_that_a_person_made_is_left_alone(served: Hub) -> None:
    home().mkdir(parents=True)
    (home() / "mine.txt").write_text("mine")
    facts = downloads.get("org/tiny", "main", lambda event: None)
    assert facts["path"] == f"{home()} {COMMIT[:7]}"
    assert (home() / "mine.txt").read_text() == "mine"
    assert downloads.get("org/tiny", "main", lambda event: None)["fetched_bytes"] == 0


def test_an_author_s_name_that_is_a_model_s_hides_nothing(served: Hub) -> None:
    (places.models() / "org").mkdir()
    (places.models() / "org" / "config.json").write_text("{}")
    assert downloads.get("org/tiny", "main", lambda event: None)["path"].endswith("org--tiny")
    assert "org--tiny" in listed()


def test_a_full_disk_is_told_before_the_first_byte(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = look()
    served.asked.clear()
    usage = shutil.disk_usage(places.models())._replace(free=transfer.RESERVE + 100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(UserError, match="The disk is full"):
        downloads.begin(offer)
    assert not served.asked
    assert not downloads.under_way()


@pytest.mark.parametrize("when", ["begin", "_give_name"])
def test_a_disk_that_takes_nothing_is_told_in_a_sentence(
    served: Hub, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, values: object) -> None:
        if path.name == (downloads.NOTE if when == "begin" else downloads.SOURCE):
            raise OSError(errno.EROFS, "Read-only file system")
        written(path, values)  # type: ignore[arg-type]

    written = transfer.write_json
    monkeypatch.setattr(transfer, "write_json", refuse)
    with pytest.raises(UserError, match=r"cannot be written \(Read-only file system\)"):
        web.finished(downloads.run(began(), PACE))
    monkeypatch.setattr(transfer, "write_json", written)
    assert web.finished(downloads.run(began(), PACE)).is_dir()


def test_a_model_that_cannot_be_used_is_not_begun(served: Hub) -> None:
    served.files["config.json"] = config(auto_map={"AutoModel": "m.M"})
    with pytest.raises(UserError, match="its own code"):
        began()


def test_only_the_file_with_a_wrong_checksum_is_brought_again(served: Hub) -> None:
    download = began()
    served.faults = [lambda *_: False] * 2 + [faulty_hub.spoilt] * 2
    with pytest.raises(UserError, match=r"model\.safetensors does not match its checksum"):
        run(download)
    (waiting,) = downloads.under_way()
    assert waiting.kept == len(FILES["config.json"]) + len(FILES["tokenizer.json"])
    before = len(served.asked)
    run(waiting)
    assert [asked.path.rpartition("/")[2] for asked in served.asked[before:]] == [
        "model.safetensors"
    ]


def test_waiting_for_another_try_is_told(served: Hub) -> None:
    download = began()
    served.faults = [faulty_hub.status(503)] * 2
    told = {(e.faults, e.why) for e in run(download) if e.doing == "wait"}
    assert told == {
        (1, "the server has trouble, error 503"),
        (2, "the server has trouble, error 503"),
    }


def test_a_removed_download_leaves_nothing(served: Hub) -> None:
    download = began()
    steps = downloads.run(download, PACE)
    next(steps)
    with pytest.raises(UserError, match="another window or command"):
        downloads.remove(download)
    steps.close()
    downloads.remove(download)
    assert not downloads.under_way()
    assert not list((places.models() / ".downloads").iterdir())


def test_one_download_is_worked_on_once(served: Hub) -> None:
    download = began()
    steps = downloads.run(download, PACE)
    next(steps)
    with pytest.raises(UserError, match="another window or command"):
        next(downloads.run(download, PACE))
    steps.close()


@pytest.mark.parametrize(
    "note",
    ["", "{}", "[]", '{"entry": {"name": "../x"}, "parts": []}', '{"entry": 5, "parts": 7}',
     '{"entry": {"name": "a/b"}, "parts": [{"name": "../x", "size": 1}]}',
     '{"entry": {"name": "a/b", "evil": 1}, "parts": []}'],
)  # fmt: skip
def test_a_note_that_is_not_ours_is_not_followed(note: str) -> None:
    folder = places.models() / ".downloads" / "x"
    folder.mkdir(parents=True)
    (folder / "download.json").write_text(note)
    assert downloads.under_way() == []


# -- the command, killed --


def command(served: Hub, home: Path, *more: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "HF_ENDPOINT": served.url, "HF_TOKEN": "hf_canary",
        "CHATAPP_HOME": str(home), "HF_HUB_OFFLINE": "",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "chatapp", "download", "org/tiny", "--json", *more],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def logged(home: Path) -> str:
    return "".join(path.read_text("utf-8") for path in (home / "logs").glob("*.log"))


def test_the_command_tells_facts_and_the_way(served: Hub, home: Path) -> None:
    process = command(served, home)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    facts = json.loads(out)
    assert (facts["model"], facts["commit"]) == ("org/tiny", COMMIT)
    assert facts["bytes"] == facts["fetched_bytes"] == sum(map(len, FILES.values()))
    assert "100 %" in err
    assert "hf_canary" not in out + err + logged(home)
    assert {asked.headers["Authorization"] for asked in served.asked} == {"Bearer hf_canary"}


@pytest.mark.parametrize(
    ("headers", "remedy"),
    [
        ({}, "Accept the terms on the model's page and set HF_TOKEN"),
        ({"X_Error_Message": "Invalid username or password."}, "Make a new one on"),
    ],
)
def test_the_terminal_takes_a_token_from_the_environment(
    served: Hub, headers: dict[str, str], remedy: str
) -> None:
    served.faults = [lambda *_: False] * 2 + [faulty_hub.status(401, **headers)]
    with pytest.raises(UserError, match=remedy) as error:
        downloads.get("org/tiny", "main", lambda news: None)
    assert "HF_TOKEN" in str(error.value)


def test_the_terminal_s_line_tells_why_it_waits_and_how_long() -> None:
    news = Fetched("org/tiny", 5, 100, 0.0, "f", 2, 3, "wait", 1, 5, "no data for 30 s", 36.3)
    assert downloads.words(news) == (
        "org/tiny 5 %: no data for 30 s; trying again in 37 s (2 of 5)"
    )
    news = replace(news, doing="fetch", bytes_per_s=2e6)
    assert downloads.words(news) == "org/tiny 5 %, 2.0 MB/s, file 2 of 3"


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_an_error_of_the_command_is_one_line(served: Hub, home: Path, status: int) -> None:
    served.faults = [faulty_hub.status(status, Retry_After="9999")]
    process = command(served, home)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "hf_canary" not in err


def sent_on(handler: Handler, raw: bytes, start: int) -> bool:
    """Weights lie on another host, as the Hub's do."""
    if handler.path.endswith(".safetensors"):
        handler.plain(302, Location=f"{handler.hub.other}{handler.path}")
        return True
    return False


@pytest.mark.parametrize("case", CASES)
def test_a_model_that_cannot_be_used_ends_the_command_with_one_sentence(
    served: Hub, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    more, sentence = CASES[case]
    served.files = {n: raw for n, raw in {**files(), **more}.items() if raw is not None}
    assert __main__.main(["download", "org/tiny", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert re.search(sentence, err)
    assert listed() == []


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_ends_the_command_with_one_sentence(
    served: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    case: str,
) -> None:
    status, headers, sentence = REFUSALS[case]
    monkeypatch.setattr(Handler, "_answer", lambda self: self.plain(status, **headers))
    monkeypatch.setattr(downloads, "Pace", lambda: PACE)
    assert __main__.main(["download", "org/tiny", "--revision", "v9"]) == 1
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert re.search(sentence, err)


def test_offline_the_command_asks_nobody(
    served: Hub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert __main__.main(["download", "org/tiny"]) == 1
    assert "ChatApp is offline" in capsys.readouterr().err
    assert not served.asked


def test_a_host_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with faulty_hub.serving(Hub()) as gone:
        monkeypatch.setenv("HF_ENDPOINT", gone.url)
    monkeypatch.setattr(downloads, "Pace", lambda: PACE)
    assert __main__.main(["download", "org/tiny"]) == 1
    assert "127.0.0.1 does not answer as it should" in capsys.readouterr().err


def kill_until_whole(served: Hub, store: Hub, home: Path, times: int) -> None:
    """Kill the command at random moments of its transfer, then let it end."""
    chance, size = random.Random(SEED), len(served.files["model.safetensors"])
    for _ in range(times):
        process = command(served, home)
        goal, begun = chance.randrange(1, size), len(store.asked)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            new = store.asked[begun:]
            if new and new[-1].start + new[-1].sent >= goal:
                break
            time.sleep(0.002)
        process.kill()
        process.communicate()
        assert not (home / "models" / "org" / "tiny").exists() or process.returncode == 0
    process = command(served, home)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err


def most_sent_again(store: Hub) -> int:
    """The largest number of bytes that one kill made the server send once more."""
    most, ends = 0, 0
    for asked in store.asked:
        most = max(most, ends - asked.start if asked.sent else 0)
        ends = max(ends, asked.start + asked.sent)
    return most


KILLS = [pytest.param(5, id="5"), pytest.param(50, id="50", marks=pytest.mark.full)]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kills", KILLS)
def test_kills_cost_at_most_a_chunk_each_and_never_a_wrong_byte(
    home: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    raw = weights_file(50_000_000)
    files = {**FILES, "model.safetensors": raw}
    with (
        faulty_hub.serving(Hub(files, slow_s=0.00002)) as store,
        faulty_hub.serving(Hub(files, faults=[sent_on] * 9999, other=store.url)) as served,
    ):
        kill_until_whole(served, store, home, kills)
    found = (home / "models" / "org" / "tiny" / "model.safetensors").read_bytes()
    assert hashlib.sha256(found).hexdigest() == hashlib.sha256(raw).hexdigest()
    # Bytes that the server had sent and the process had not read yet are not the chunk's.
    assert most_sent_again(store) <= CHUNK_OF_COMMAND + IN_FLIGHT
    assert {asked.headers.get("Authorization") for asked in store.asked} == {None}
    assert {asked.headers.get("Authorization") for asked in served.asked} == {"Bearer hf_canary"}
    assert "hf_canary" not in logged(home)
