"""One file from a server that does everything wrong."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatapp import transfer
from chatapp.chat import UserError
from chatapp.transfer import Part
from chatapp.web import Pace
from tests.plain import faulty_hub
from tests.plain.faulty_hub import COMMIT, Fault, Hub

CHUNK = 8_000
RAW = random.Random(5).randbytes(5 * CHUNK + 321)
PACE = Pace(chunk_bytes=CHUNK, stall_s=0.3, wait_s=0.001, longest_s=0.4, tell_s=0.0)
NAME = "model.safetensors"
PART = Part(NAME, len(RAW), hashlib.sha256(RAW).hexdigest())


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HF_TOKEN_PATH",
                 "HUGGING_FACE_HUB_TOKEN", "http_proxy", "https_proxy", "all_proxy",
                 "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with faulty_hub.serving(Hub({NAME: RAW})) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def url(hub: Hub) -> str:
    return f"{hub.url}/org/tiny/resolve/{COMMIT}/{NAME}"


def fetched(hub: Hub, folder: Path, part: Part = PART) -> bytes:
    for _ in transfer.fetch(part, url(hub), folder, PACE):
        assert not (folder / part.name).exists() or (folder / part.name).read_bytes() == RAW
    assert sorted(path.name for path in folder.iterdir()) == ["home", part.name]
    return (folder / part.name).read_bytes()


def sent_again(hub: Hub) -> int:
    """Bytes that were sent more than once, as far as the file asked for them."""
    ends, again = 0, 0
    for asked in hub.of(NAME):
        again += max(0, ends - asked.start) if asked.sent else 0
        ends = max(ends, asked.start + asked.sent)
    return again


def test_a_file_comes_whole(hub: Hub, tmp_path: Path) -> None:
    assert fetched(hub, tmp_path) == RAW
    assert len(hub.asked) == 1


def test_a_file_that_is_here_is_not_asked_for_again(hub: Hub, tmp_path: Path) -> None:
    fetched(hub, tmp_path)
    fetched(hub, tmp_path)
    assert len(hub.asked) == 1


def test_a_git_file_is_checked_by_its_blob(hub: Hub, tmp_path: Path) -> None:
    blob = hashlib.sha1(b"blob %d\0" % len(RAW) + RAW).hexdigest()
    assert fetched(hub, tmp_path, Part(NAME, len(RAW), blob=blob)) == RAW


CASES: dict[str, list[Fault]] = {
    "cut at once": [faulty_hub.cut(0)],
    "cut in the first chunk": [faulty_hub.cut(100)],
    "cut three times": [faulty_hub.cut(9_000), faulty_hub.cut(9_000), faulty_hub.cut(9_000)],
    "200 for 206": [faulty_hub.cut(20_000), faulty_hub.whole],
    "a short body": [faulty_hub.announced(500)],
    "a long body": [faulty_hub.announced(len(RAW) + 5)],
    "an endless body": [faulty_hub.endless],
    "gzip for a range": [faulty_hub.cut(20_000), faulty_hub.squeezed],
    "another range": [faulty_hub.cut(20_000), faulty_hub.elsewhere],
    "a stall": [faulty_hub.stall],
    "no header": [faulty_hub.mute],
    "500": [faulty_hub.status(500), faulty_hub.status(503)],
    "416": [faulty_hub.cut(20_000), faulty_hub.status(416)],
    "429": [faulty_hub.status(429, Retry_After="0")],
    "a wrong bit": [faulty_hub.spoilt],
}


@pytest.mark.parametrize("name", CASES)
def test_the_checksum_is_right_after(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.faults = list(CASES[name])
    assert fetched(hub, tmp_path) == RAW
    assert not hub.faults
    assert len(hub.asked) == len(CASES[name]) + 1 - (name == "an endless body") - (
        name == "200 for 206"
    )


@pytest.mark.parametrize("seed", range(20))
def test_cuts_at_random_bytes_send_nothing_again(hub: Hub, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    hub.faults = [faulty_hub.cut(chance.randrange(1, len(RAW) // 4)) for _ in range(4)]
    assert fetched(hub, tmp_path) == RAW
    # A reset may take back what the other side had not read yet.
    assert sent_again(hub) <= CHUNK * 4


def test_a_changed_etag_starts_the_file_again(hub: Hub, tmp_path: Path) -> None:
    hub.faults = [faulty_hub.cut(20_000)]
    steps = transfer.fetch(PART, url(hub), tmp_path, PACE)
    while not transfer.kept_bytes(tmp_path, PART):
        next(steps)
    hub.etag = '"two"'
    for _ in steps:
        pass
    assert (tmp_path / NAME).read_bytes() == RAW
    assert hub.asked[-1].headers["If-Range"] == '"one"'
    assert hub.asked[-1].start == 0


def test_the_server_s_wish_to_wait_is_kept(hub: Hub, tmp_path: Path) -> None:
    hub.faults = [faulty_hub.status(429, Retry_After="3600")]
    with pytest.raises(UserError, match=r"Try again in 3600 s; what has come is kept\."):
        fetched(hub, tmp_path)


@pytest.mark.parametrize("code", [401, 403])
def test_a_gated_file_is_told_and_not_tried_again(hub: Hub, tmp_path: Path, code: int) -> None:
    hub.faults = [faulty_hub.status(code)]
    with pytest.raises(UserError, match="needs permission from the model's owner"):
        fetched(hub, tmp_path)
    assert len(hub.asked) == 1


def test_a_file_whose_checksum_stays_wrong_never_gets_its_name(hub: Hub, tmp_path: Path) -> None:
    hub.faults = [faulty_hub.spoilt, faulty_hub.spoilt]
    with pytest.raises(UserError, match="does not match its checksum"):
        fetched(hub, tmp_path)
    assert not (tmp_path / NAME).exists()


def test_silence_ends_with_a_sentence_and_keeps_what_came(hub: Hub, tmp_path: Path) -> None:
    hub.faults = [faulty_hub.stall] + [faulty_hub.mute] * 5
    with pytest.raises(UserError, match=r"no data for 0\.3 s"):
        fetched(hub, tmp_path)
    assert transfer.kept_bytes(tmp_path, PART) == len(RAW) // 2


def test_a_pause_keeps_every_byte(hub: Hub, tmp_path: Path) -> None:
    hub.slow_s = 0.001
    steps = transfer.fetch(PART, url(hub), tmp_path, PACE)
    while (done := next(steps).done) < CHUNK // 2:
        pass
    steps.close()  # type: ignore[attr-defined]
    assert transfer.kept_bytes(tmp_path, PART) == done
    hub.slow_s = 0
    assert fetched(hub, tmp_path) == RAW
    assert hub.asked[-1].start == done


def test_a_mark_that_promises_more_than_is_here_is_not_believed(hub: Hub, tmp_path: Path) -> None:
    hub.faults = [faulty_hub.cut(20_000)] + [faulty_hub.status(500)] * 5
    with pytest.raises(UserError):
        fetched(hub, tmp_path)
    with open(tmp_path / f"{NAME}.part", "r+b") as file:
        file.truncate(10)
    assert fetched(hub, tmp_path) == RAW


def test_a_full_disk_is_told_and_what_came_is_kept(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(UserError, match="The disk is full"):
            fetched(hub, tmp_path)
    assert transfer.kept_bytes(tmp_path, PART) == CHUNK
    assert fetched(hub, tmp_path) == RAW


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.EFBIG, "The disk of the models folder takes no files of this size."),
        (errno.ENOSPC, "The disk is full"),
        (errno.EIO, r"cannot be written \(Input/output error\)"),
    ],
)
def test_a_disk_that_takes_no_more_is_told_and_what_came_is_kept(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def refuse(self: Any, data: bytes) -> None:
        if self.done >= CHUNK:
            raise OSError(number, os.strerror(number))
        written(self, data)

    written = transfer._Partial._write
    with monkeypatch.context() as bad:
        bad.setattr(transfer._Partial, "_write", refuse)
        with pytest.raises(UserError, match=sentence):
            fetched(hub, tmp_path)
    assert transfer.kept_bytes(tmp_path, PART) == CHUNK
    assert fetched(hub, tmp_path) == RAW


def test_a_folder_that_may_only_be_read_is_told(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as bad:
        bad.setattr(transfer.os, "open", refuse)
        with pytest.raises(UserError, match=r"cannot be written \(Read-only file system\)"):
            fetched(hub, tmp_path)


# -- the token ------------------------------------------------------------------------------------


def test_the_token_never_goes_to_a_second_host(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    with faulty_hub.serving(Hub({NAME: RAW})) as other:
        hub.faults = [faulty_hub.sent_on(url(other))]
        assert fetched(hub, tmp_path) == RAW
        assert [asked.headers.get("Authorization") for asked in hub.asked] == ["Bearer hf_canary"]
        assert [asked.headers.get("Authorization") for asked in other.asked] == [None]


def test_the_token_is_taken_from_hugging_face_s_own_file(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("hf_kept\n")
    for _ in transfer.fetch(PART, url(hub), tmp_path, PACE):
        pass
    assert hub.asked[0].headers["Authorization"] == "Bearer hf_kept"


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://example.org/x", "https://["])
def test_a_redirect_to_an_unsafe_address_is_refused(hub: Hub, tmp_path: Path, target: str) -> None:
    hub.faults = [faulty_hub.sent_on(target)] * 9
    with pytest.raises(UserError):
        fetched(hub, tmp_path)


def test_offline_nothing_is_asked(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(UserError, match="offline"):
        fetched(hub, tmp_path)
    assert not hub.asked


HOSTILE = [
    "", ".", "..", "../x", "a/b.json", "/etc/passwd", "\\x", "a\\b", "C:x", "C:\\x", "\\\\host\\s",
    "//host/s", "x\x00.json", "x\n.json", "x\x1b[2J", "con", "CON.json", "nul.safetensors", "com1",
    "lpt9.txt", "aux.json", "prn", ".hidden", ".gitattributes", "-rf", "~", "~root", "x.", "x ",
    " x", "x:y.json", "x*", "x?", 'x"', "x<", "x>", "x|", "x" * 201, "字" * 80, "\u202ejson.x",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="is not safe"):
        transfer.safe_name(name)


@pytest.mark.parametrize("name", ["config.json", "model-00001-of-00002.safetensors", "字.json"])
def test_a_plain_name_is_not(name: str) -> None:
    assert transfer.safe_name(name) == name
