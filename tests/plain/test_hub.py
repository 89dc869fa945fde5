"""What the Hub offers: searched and looked at on a Hub of this machine, before any download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chatapp import hub, web
from chatapp.chat import UserError
from chatapp.hub import Offer, Search
from chatapp.web import Pace
from tests.plain import faulty_hub
from tests.plain.faulty_hub import COMMIT, Handler, Hub

PACE = Pace(stall_s=0.3, wait_s=0.001, longest_s=0.01, tries=2, tell_s=0.0)
CONFIG = {
    "model_type": "llama", "vocab_size": 64, "hidden_size": 16, "intermediate_size": 32,
    "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
    "max_position_embeddings": 128,
}  # fmt: skip
SHARDS = {f"model-0000{n}-of-00002.safetensors": b"weights" * n for n in (1, 2)}
INDEX = json.dumps({"weight_map": {f"layer.{n}": name for n, name in enumerate(SHARDS)}}).encode()


def files(**more: bytes | None) -> dict[str, bytes]:
    """A small model's; None takes one away."""
    usual = {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": b"{}",
        "model.safetensors": b"weights" * 100,
    }
    given = {name.replace("__", "-").replace("_dot_", "."): raw for name, raw in more.items()}
    return {name: raw for name, raw in {**usual, **given}.items() if raw is not None}


def config(**more: Any) -> bytes:
    return json.dumps(CONFIG | more).encode()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN",
                 "http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with faulty_hub.serving(Hub(files())) as made:
        monkeypatch.setenv("HF_ENDPOINT", made.url)
        yield made


def look(name: str = "org/tiny", revision: str = "main") -> Offer:
    return web.finished(hub.look(name, revision, PACE))


def names(offer: Offer) -> list[str]:
    return [part.name for part in offer.parts]


def problem(offer: Offer) -> str:
    return str(offer.problem)


# -- search --


def test_a_search_asks_for_what_was_chosen(served: Hub) -> None:
    asked = Search("qwen 3", True, "apache-2.0", "ja", 4_000_000_000, True)
    web.finished(hub.search(asked, PACE))
    query = parse_qs(urlsplit(served.asked[0].path).query)
    assert query["search"] == ["qwen 3"]
    assert query["filter"] == ["safetensors", "license:apache-2.0", "ja"]
    assert query["pipeline_tag"] == ["text-generation"]
    assert query["num_parameters"] == ["max:4B"]
    assert query["gated"] == ["false"]


def test_a_search_tells_what_the_hub_knows(served: Hub) -> None:
    served.about = {
        "sha": COMMIT, "gated": "manual", "lastModified": "2026-11-20T08:00:00.000Z",
        "cardData": {"license": "other", "license_name": "tiny-1"}, "tags": ["license:other"],
        "safetensors": {"parameters": {"F32": 10, "BF16": 90}, "total": 100},
        "config": {"model_type": "llama", "quantization_config": {}}, "downloads": 7,
    }  # fmt: skip
    (found,) = web.finished(hub.search(Search("tiny"), PACE))
    assert found == hub.Entry(
        "org/tiny", COMMIT, "tiny-1", True, 100, "bfloat16", "llama", True, "2026-11-20", 7
    )


@pytest.mark.parametrize("name", ["../x", "a/../b", "a/b/c", "", 7, None, "a b/c", "con/x", "x/."])
def test_a_name_that_could_be_a_path_is_not_listed(served: Hub, name: object) -> None:
    served.about = {"id": name}
    assert web.finished(hub.search(Search("x"), PACE)) == ()


@pytest.mark.parametrize(
    "about",
    [
        {"safetensors": "x", "config": [], "cardData": 3, "tags": {}, "lastModified": 5},
        {"safetensors": {"parameters": {"F32": "1"}, "total": -1}, "downloads": "many"},
        {"tags": [1, None], "gated": 0, "sha": 5},
    ],
)
def test_nonsense_in_an_answer_is_not_told(served: Hub, about: dict[str, Any]) -> None:
    served.about = about
    (found,) = web.finished(hub.search(Search("tiny"), PACE))
    assert (found.parameters, found.dtype, found.licence, found.updated) == (None, "", "", "")


def test_an_answer_of_another_kind_is_a_sentence(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Handler, "_answer", lambda self: self.json({"error": "no"}))
    with pytest.raises(UserError, match="does not answer as it should"):
        web.finished(hub.search(Search("tiny"), PACE))


# -- a look at one model --


def test_an_offer_is_pinned_to_a_commit_and_counts_its_bytes(served: Hub) -> None:
    offer = look()
    assert (offer.entry.commit, offer.problem) == (COMMIT, None)
    assert names(offer) == ["config.json", "tokenizer.json", "model.safetensors"]
    assert offer.bytes == sum(map(len, served.files.values()))
    assert offer.shape is not None
    assert offer.shape.layers == 2
    paths = [asked.path.partition("?")[0] for asked in served.asked]
    assert "/api/models/org/tiny/revision/main" in paths
    assert f"/api/models/org/tiny/tree/{COMMIT}" in paths
    assert f"/org/tiny/resolve/{COMMIT}/config.json" in paths


def test_only_what_a_chat_needs_is_brought(served: Hub) -> None:
    served.files |= {
        "pytorch_model.bin": b"p", "modeling_tiny.py": b"import os", "train.pt": b"p",
        "consolidated.safetensors": b"s", "model.gguf": b"g", "README.md": b"#", ".gitattributes":
        b"", "merges.txt": b"", "LICENSE": b"MIT", "picture.png": b"",
    }  # fmt: skip
    assert set(names(look())) == {
        "config.json", "tokenizer.json", "model.safetensors", "README.md", "merges.txt", "LICENSE",
    }  # fmt: skip


def test_shards_are_those_of_the_index(served: Hub) -> None:
    more = {"model.safetensors.index.json": INDEX, "other-00001-of-00001.safetensors": b"s"}
    served.files = {**files(), **SHARDS, **more}
    del served.files["model.safetensors"]
    assert names(look())[-2:] == list(SHARDS)


CASES: dict[str, tuple[dict[str, bytes | None], str]] = {
    "only pickles": ({"model.safetensors": None, "pytorch_model.bin": b"p"}, "unsafe format"),
    "its own code": ({"config.json": config(auto_map={"AutoModel": "m.M"})}, "its own code"),
    "a kernel": ({"config.json": config(attn_implementation="org/kernel")}, "org/kernel"),
    "an unknown architecture": ({"config.json": config(model_type="brain")}, "brain isn't"),
    "a quantiser": (
        {"config.json": config(quantization_config={"quant_method": "zip"})},
        "needs the package zip",
    ),
    "GGUF": ({"model.safetensors": None, "tiny.Q4.gguf": b"g"}, "a GGUF model"),
    "ONNX": ({"model.safetensors": None, "model.onnx": b"o"}, "an? ONNX model"),
    "MLX": ({"config.json": config(quantization={"bits": 4})}, "a MLX model"),
    "an adapter": (
        {"adapter_config.json": b'{"base_model_name_or_path": "org/base"}'},
        "an adapter for org/base",
    ),
    "an embedding": ({"modules.json": b"[]"}, "embedding model"),
    "no tokenizer": ({"tokenizer.json": None}, "tokenizer is missing"),
    "no config": ({"config.json": None}, "config.json is missing in tiny"),
    "half a config": ({"config.json": b'{"model'}, "config.json is damaged"),
    "no weights": ({"model.safetensors": None}, "no file model.safetensors"),
    "a shard that is not there": (
        {"model.safetensors": None, "model.safetensors.index.json": INDEX},
        "which is missing",
    ),
    "a shard outside": (
        {
            "model.safetensors": None,
            "model.safetensors.index.json": b'{"weight_map": {"a": "../x.safetensors"}}',
        },
        "outside the folder",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_used_is_told_before_a_weight_is_asked_for(served: Hub, case: str) -> None:
    more, sentence = CASES[case]
    served.files = {n: raw for n, raw in {**files(), **more}.items() if raw is not None}
    offer = look()
    assert offer.problem is not None
    with pytest.raises(UserError, match=sentence):
        raise offer.problem
    assert not [asked for asked in served.asked if asked.path.endswith("model.safetensors")]


@pytest.mark.parametrize(
    "name", ["../x.safetensors", "/etc/x.safetensors", "a\\b.safetensors", "CON.safetensors",
             "-rf.safetensors", "x\n.safetensors", "..\\..\\x.safetensors", "\u202ex.safetensors"]
)  # fmt: skip
def test_a_hostile_file_name_is_refused(served: Hub, name: str) -> None:
    served.files["evil"] = b"e"
    served.names = {"evil": name}
    with pytest.raises(UserError, match="is not safe"):
        look()


def test_a_hostile_name_among_files_that_nobody_wants_hinders_nothing(served: Hub) -> None:
    served.files["evil"] = b"e"
    served.names = {"evil": "../evil.py"}
    assert look().problem is None


def test_a_file_without_a_checksum_is_not_trusted(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [{"type": "file", "path": "config.json", "size": 3}]
    monkeypatch.setattr(Hub, "tree", lambda self: rows)
    with pytest.raises(UserError, match="was not understood"):
        look()


def test_a_file_larger_than_the_hub_sends_is_told(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = served.tree()
    for row in rows:
        if "lfs" in row:
            row["size"] = 60_000_000_000
    monkeypatch.setattr(Hub, "tree", lambda self: rows)
    assert "model.safetensors is larger than the Hub sends at once (60.0 GB)" in problem(look())


@pytest.mark.parametrize("code", [401, 403])
def test_a_gated_model_still_tells_its_size(served: Hub, code: int) -> None:
    served.faults = [faulty_hub.status(code)]
    offer = look()
    assert offer.bytes == sum(map(len, served.files.values()))
    assert "needs permission from the model's owner" in problem(offer)


REFUSALS = {
    "not there": (401, {"X_Error_Code": "RepoNotFound"}, "There is no model org/tiny"),
    "gone": (404, {"X_Error_Code": "RepoNotFound"}, "There is no model org/tiny"),
    "gated": (403, {"X_Error_Code": "GatedRepo"}, "org/tiny needs permission"),
    "no revision": (404, {"X_Error_Code": "RevisionNotFound"}, "has no revision v9"),
    "a bad token": (401, {"X_Error_Message": "Invalid username or password."}, "your token"),
    "too often": (429, {"Retry_After": "90"}, r"Try again in 90 s\.$"),
    "broken": (500, {}, r"error 500\)\. Check the network, then try again\.$"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_sentence(served: Hub, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    status, headers, sentence = REFUSALS[case]
    monkeypatch.setattr(Handler, "_answer", lambda self: self.plain(status, **headers))
    with pytest.raises(UserError, match=sentence):
        look(revision="v9")


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b/c", "a b", "/x", "x/", "a/..", "con"])
def test_a_name_that_is_none_asks_nobody(served: Hub, name: str) -> None:
    with pytest.raises(UserError, match="is not the name of a model"):
        look(name)
    assert not served.asked


def test_a_list_in_pages_is_read_to_its_end(served: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = served.tree()

    def answer(handler: Handler) -> None:
        first = "cursor" not in handler.path
        raw = json.dumps(rows[:1] if first else rows[1:]).encode()
        handler.send_response(200)
        if first:
            further = f"{served.url}{handler.path}&cursor=x"
            handler.send_header("Link", f'<{further}>; rel="next"')
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    usual = Handler._answer
    monkeypatch.setattr(
        Handler, "_answer", lambda self: answer(self) if "/tree/" in self.path else usual(self)
    )
    assert len(names(look())) == 3
