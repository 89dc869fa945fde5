"""The gate: each malformed folder gets its exact sentence, quickly, and nothing else is raised."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import time
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatapp import foreign, gate, weights
from chatapp.chat import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONFIG = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "vocab_size": 4,
    "max_position_embeddings": 64,
}
TENSORS = {"a": ("F32", [2, 3]), "b": ("BF16", [4]), "empty": ("I64", [0])}
BYTES = {"F32": 4, "BF16": 2, "I64": 8, "U8": 1}
AGAIN = "Download it again."


def header_of(tensors: dict[str, tuple[str, list[int]]]) -> tuple[dict[str, Any], int]:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, (dtype, shape) in tensors.items():
        begin = end
        count = 1
        for side in shape:
            count *= side
        end += count * BYTES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
    return header, end


def packed(header: bytes, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def safetensors(tensors: dict[str, tuple[str, list[int]]]) -> bytes:
    header, end = header_of(tensors)
    return packed(json.dumps(header).encode(), bytes(end))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder that passes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(safetensors(TENSORS))
    return folder


@pytest.fixture
def sharded(model: Path) -> Path:
    """The same in two files and an index."""
    (model / "model.safetensors").unlink()
    shards = {"one.safetensors": {"a": ("F32", [2, 3])}, "two.safetensors": {"b": ("BF16", [4])}}
    for name, tensors in shards.items():
        (model / name).write_bytes(safetensors(tensors))
    listed(model, {"a": "one.safetensors", "b": "two.safetensors"})
    return model


def listed(folder: Path, weight_map: object) -> None:
    index = {"metadata": {"total_size": 32}, "weight_map": weight_map}
    (folder / weights.INDEX).write_text(json.dumps(index))


def configured(folder: Path, **changes: object) -> None:
    (folder / "config.json").write_text(json.dumps(CONFIG | changes))


def headed(folder: Path, header: object, data: bytes = b"") -> None:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(packed(raw, data))


def told(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        gate.check(folder)
    return str(caught.value)


@contextlib.contextmanager
def cheap() -> Iterator[None]:
    """At most 2 s and 100 MB, as T22 asks; five times the time on a busy machine."""
    tracemalloc.start()
    started = time.perf_counter()
    try:
        yield
        took = time.perf_counter() - started
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert took < 10
    assert peak < 100_000_000, f"{peak / 1e6:.0f} MB"


# -- what passes ----------------------------------------------------------------------------------


def test_a_model_s_own_wishes_are_facts(model: Path) -> None:
    wished = {"do_sample": True, "temperature": 0.6, "top_k": -3, "eos_token_id": 2}
    (model / "generation_config.json").write_text(json.dumps(wished))
    assert gate.check(model).suggested == (("temperature", 0.6),)


def test_a_sound_folder_tells_its_facts(model: Path) -> None:
    facts = gate.check(model)
    assert (facts.model_type, facts.architectures) == ("llama", ("LlamaForCausalLM",))
    assert (facts.parameters, facts.weights_bytes, facts.dtype) == (10, 32, "float32")
    assert (facts.context_length, facts.vocab_size) == (64, 4)
    assert facts.tensors["a"] == ("F32", (2, 3), "model.safetensors")


def test_a_sharded_folder_tells_all_its_tensors(sharded: Path) -> None:
    facts = gate.check(sharded)
    assert facts.files == ("one.safetensors", "two.safetensors")
    assert {name: tensor.file for name, tensor in facts.tensors.items()} == {
        "a": "one.safetensors",
        "b": "two.safetensors",
    }


def test_a_real_model_passes(stories: Path) -> None:
    assert gate.check(stories).parameters == 260_032


def test_the_text_part_of_a_config_is_read_too(model: Path) -> None:
    (model / "config.json").write_text(
        json.dumps({"model_type": "gemma3", "text_config": {"max_position_embeddings": 99}})
    )
    assert gate.check(model).context_length == 99


@pytest.mark.parametrize("value", [0, -1])
def test_a_context_length_that_makes_no_sense_is_not_told(model: Path, value: object) -> None:
    configured(model, max_position_embeddings=value)
    assert gate.check(model).context_length is None


def test_a_snapshot_of_the_cache_may_link_to_its_blobs(model: Path, tmp_path: Path) -> None:
    repository = tmp_path / "models--org--tiny"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "blobs").mkdir()
    for number, file in enumerate(sorted(model.iterdir())):
        file.rename(repository / "blobs" / str(number))
        (snapshot / file.name).symlink_to(Path("..", "..", "blobs", str(number)))
    assert gate.check(snapshot).parameters == 10


# -- section 7, case by case ----------------------------------------------------------------------


def test_case_1_an_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    assert told(folder) == (
        "config.json is missing in empty. Choose the folder that contains config.json."
    )


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="empty"),
        pytest.param(bytes(100), id="NULs"),
        pytest.param(b'{"model_type": "lla', id="half"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep and closed"),
        pytest.param(b"[1, 2]", id="no object"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"model_type": "llama"}', id="byte order mark"),
        pytest.param(json.dumps(CONFIG).encode() + b" " * 1_000_000, id="padded"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", id="endless number"),
    ],
)
def test_case_2_a_damaged_config(model: Path, raw: bytes) -> None:
    (model / "config.json").write_bytes(raw)
    assert told(model) == "config.json is damaged. Download it again."


def test_case_2_a_config_of_200_megabytes_is_not_read(model: Path) -> None:
    with (model / "config.json").open("wb") as file:
        file.truncate(200_000_000)
    with cheap():
        assert told(model) == "config.json is damaged. Download it again."


@pytest.mark.parametrize("name", ["generation_config.json", "tokenizer_config.json"])
def test_case_2_a_damaged_companion(model: Path, name: str) -> None:
    (model / name).write_bytes(b"[" * 100_000)
    assert told(model) == f"{name} is damaged. Download it again."


def test_case_3_an_unknown_architecture(model: Path) -> None:
    configured(model, model_type="zorg")
    assert told(model) == (
        "The architecture zorg isn't supported by this version."
        " Update ChatApp, or choose another model."
    )


@pytest.mark.parametrize("value", [None, 5, ["llama"], {"a": 1}])
def test_case_3_an_architecture_that_is_no_name(model: Path, value: object) -> None:
    configured(model, model_type=value)
    assert "isn't supported by this version." in told(model)


OWN_CODE = (
    "This model needs to run its own code, which ChatApp does not allow."
    " Choose a model without custom code."
)


@pytest.mark.parametrize(
    "changes",
    [
        {"auto_map": {"AutoConfig": "evil.Config"}},
        {"text_config": {"trust_remote_code": True}},
        {"list": [[{"deep": {"custom_pipelines": {}}}]]},
        {"Trust_Remote_Code": True},
    ],
)
def test_case_4_own_code(model: Path, changes: dict[str, object]) -> None:
    configured(model, **changes)
    assert told(model) == OWN_CODE


@pytest.mark.parametrize("name", ["generation_config.json", "tokenizer_config.json"])
def test_case_4_own_code_in_a_companion(model: Path, name: str) -> None:
    (model / name).write_text(json.dumps({"auto_map": {"AutoTokenizer": ["evil.T", None]}}))
    assert told(model) == OWN_CODE


@pytest.mark.parametrize(
    "changes",
    [
        {"_attn_implementation_internal": "org/repo"},
        {"text_config": {"_experts_implementation_internal": "org/repo"}},
        {"attn_implementation": {"text_config": "org/repo"}},
        {"kernel_config": {"attention": "org/repo"}},
        {"use_kernels": ["org/repo"]},
        {"hub_kernels": {"org/repo": True}},
    ],
)
def test_case_5_code_from_elsewhere(model: Path, changes: dict[str, object]) -> None:
    configured(model, **changes)
    assert told(model) == (
        "This model asks to load code from org/repo; it was blocked."
        " Choose another model and report this one."
    )


def test_case_5_sizes_and_switches_are_no_code(model: Path) -> None:
    harmless = {
        "linear_conv_kernel_dim": 4,
        "use_mamba_kernels": True,
        "_attn_implementation_autoset": True,
        "_attn_implementation": "sdpa",
        "attn_implementation": None,
    }
    configured(model, **harmless)
    assert gate.check(model).parameters == 10


@pytest.mark.parametrize(
    "file", ["pytorch_model.bin", "model.pt", "weights.pth", "x.ckpt", "m.PKL"]
)
def test_case_6_only_unsafe_weights(model: Path, file: str) -> None:
    (model / "model.safetensors").rename(model / file)
    assert told(model) == (
        f"The weights are in an unsafe format ({file}). Look for a safetensors version."
    )


def test_case_6_an_index_that_names_an_unsafe_file(sharded: Path) -> None:
    (sharded / "two.bin").write_bytes(b"")
    listed(sharded, {"a": "one.safetensors", "b": "two.bin"})
    assert told(sharded) == (
        "The weights are in an unsafe format (two.bin). Look for a safetensors version."
    )


def test_case_6_unsafe_weights_beside_safe_ones_are_left_alone(model: Path) -> None:
    (model / "pytorch_model.bin").write_bytes(b"never opened")
    assert gate.check(model).files == ("model.safetensors",)


def test_case_6_what_training_leaves_is_no_weights(model: Path) -> None:
    (model / "model.safetensors").rename(model / "training_args.bin")
    assert "names model.safetensors, which is missing." in told(model)


def test_case_7_a_short_file(model: Path) -> None:
    file = model / "model.safetensors"
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    assert told(model) == (
        f"model.safetensors is incomplete ({len(whole) - 5} bytes of {len(whole)} bytes)."
        " Resume download."
    )


def test_case_7_sizes_are_told_in_units(model: Path) -> None:
    headed(model, header_of({"a": ("F32", [1_000_000_000])})[0])
    with (model / "model.safetensors").open("r+b") as file:
        file.truncate(3_000_000_000)
    assert told(model) == "model.safetensors is incomplete (3.0 GB of 4.0 GB). Resume download."


@pytest.mark.parametrize("length", [0, 1, 10_000, 100_000_001, 2**63, 2**64 - 1])
def test_case_8_a_damaged_header(model: Path, length: int) -> None:
    (model / "model.safetensors").write_bytes(struct.pack("<Q", length) + bytes(5000))
    assert told(model) == "model.safetensors has a damaged header. Download it again."


@pytest.mark.parametrize("raw", [b"", b"\x10\0\0", struct.pack("<Q", 2)])
def test_case_8_a_file_shorter_than_a_header(model: Path, raw: bytes) -> None:
    (model / "model.safetensors").write_bytes(raw)
    assert told(model) == "model.safetensors has a damaged header. Download it again."


def test_case_8_a_header_of_200_megabytes_is_not_read(model: Path) -> None:
    with (model / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", 200_000_000))
        file.truncate(300_000_000)
    with cheap():
        assert told(model) == "model.safetensors has a damaged header. Download it again."


def entry(dtype: object, shape: object, offsets: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    ("header", "size", "what"),
    [
        (b"nonsense", 0, "its header is not JSON"),
        (b' {"a": 1}', 0, "its header is not JSON"),
        (b"{" + b'"a":{' * 50_000, 0, "its header is not JSON"),
        (b'{"a": {}, "a": {}}', 0, "two tensors have the same name"),
        ({}, 0, "it holds no tensors"),
        ({"__metadata__": {}}, 0, "it holds no tensors"),
        ({"__metadata__": [1]}, 0, "its metadata is not a list of texts"),
        ({"a": 5}, 0, "a is not described"),
        ({"a": entry("F31", [1], [0, 4])}, 4, "a has an unknown number format"),
        ({"a": entry(["F32"], [1], [0, 4])}, 4, "a has an unknown number format"),
        ({"a": entry("F32", [-1], [0, 4])}, 4, "a has an impossible shape"),
        ({"a": entry("F32", [True], [0, 4])}, 4, "a has an impossible shape"),
        ({"a": entry("F32", [2**63], [0, 4])}, 4, "a has an impossible shape"),
        ({"a": entry("F32", [1] * 33, [0, 4])}, 4, "a has an impossible shape"),
        ({"a": entry("F32", {}, [0, 4])}, 4, "a has an impossible shape"),
        ({"a": entry("F32", [1], [0])}, 4, "a has no place in the file"),
        ({"a": entry("F32", [1], ["0", 4])}, 4, "a has no place in the file"),
        ({"a": entry("F32", [2], [0, 4])}, 4, "the size of a does not match its shape"),
        ({"a": entry("F32", [1], [4, 0])}, 4, "the size of a does not match its shape"),
        (
            {"a": entry("F32", [2**40, 2**40], [0, 4])},
            4,
            "the size of a does not match its shape",
        ),
        (
            {"a": entry("U8", [4], [0, 4]), "b": entry("U8", [4], [2, 6])},
            6,
            "tensors overlap",
        ),
        (
            {"a": entry("U8", [4], [0, 4]), "b": entry("U8", [4], [6, 10])},
            10,
            "gap between tensors",
        ),
        ({"a": entry("U8", [4], [1, 5])}, 5, "gap between tensors"),
        ({"a": entry("U8", [4], [0, 4])}, 5, "bytes after the last tensor"),
    ],
)
def test_case_9_not_a_valid_file(model: Path, header: object, size: int, what: str) -> None:
    headed(model, header, bytes(size))
    assert told(model) == f"model.safetensors is not a valid safetensors file ({what}). {AGAIN}"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(b"{" + b'"a":[' + b"[]," * 1_500_000 + b"[]]}", id="lists"),
        pytest.param(b'{"a":[' + b"7," * 2_400_000 + b"7]}", id="numbers"),
    ],
)
def test_case_9_a_bomb_is_not_parsed(model: Path, header: bytes) -> None:
    headed(model, header)
    del header
    with cheap():
        assert "(its header is not JSON)" in told(model)


def test_case_9_a_header_of_empty_tensors_is_refused(model: Path) -> None:
    """They cost no byte of the file: half a million of them took 5 s and 400 MB to look at."""
    tensors: dict[str, Any] = {f"t{i}": ("U8", [0]) for i in range(17)}
    (model / "model.safetensors").write_bytes(safetensors(tensors | TENSORS))
    assert "(too many empty tensors)" in told(model)


@pytest.mark.parametrize("word", ["dtype", "\\u0064type"])
def test_case_9_more_tensors_than_any_real_file_has(model: Path, word: str) -> None:
    text = '"t%d":{"%s":"U8","shape":[1],"data_offsets":[%d,%d]}'
    entries = ",".join(text % (i, word, i, i + 1) for i in range(60_000))
    headed(model, f"{{{entries}}}".encode(), bytes(60_000))
    with cheap():
        assert "(too many tensors)" in told(model)


def test_case_9_headers_that_are_only_together_too_large(sharded: Path) -> None:
    about = {"__metadata__": {"a": "x" * 4_900_000}}
    for i in range(9):
        header = about | {f"t{i}": entry("U8", [1], [0, 1])}
        (sharded / f"{i}.safetensors").write_bytes(packed(json.dumps(header).encode(), b"0"))
    listed(sharded, {f"t{i}": f"{i}.safetensors" for i in range(9)})
    with cheap():
        assert told(sharded) == "8.safetensors has a damaged header. Download it again."


@pytest.mark.parametrize(
    ("text", "many", "what"),
    [('"t%d":"one.safetensors"', 310_000, "tensors"), ('"%d":"%d.safetensors"', 1_001, "files")],
)
def test_case_12_a_list_that_is_longer_than_any_real_one(
    sharded: Path, text: str, many: int, what: str
) -> None:
    lines = ",".join(text % ((i,) * text.count("%d")) for i in range(many))
    (sharded / weights.INDEX).write_text(f'{{"weight_map":{{{lines}}}}}')
    with cheap():
        assert f"{weights.INDEX} is not a valid safetensors file (too many {what})" in told(sharded)


def test_case_10_a_pointer(model: Path) -> None:
    (model / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4000000000\n"
    )
    assert told(model) == (
        "The weights were not downloaded; model.safetensors is only a pointer."
        " Download the weights."
    )


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>", "\n <html lang=en>", "\ufeff<HTML>"])
def test_case_11_a_web_page(model: Path, page: str) -> None:
    (model / "model.safetensors").write_text(page, encoding="utf-8")
    assert told(model) == (
        "model.safetensors is a web page, not weights."
        " Download it again; sign in if the model is gated."
    )


def test_case_12_a_missing_shard(sharded: Path) -> None:
    (sharded / "two.safetensors").unlink()
    assert told(sharded) == (
        "The weight list names two.safetensors, which is missing. Resume download."
    )


@pytest.mark.parametrize(
    "shard",
    ["../two.safetensors", "/etc/two.safetensors", "a\\b.safetensors", "C:x.safetensors", ".."],
)
def test_case_12_a_shard_outside(sharded: Path, shard: str) -> None:
    listed(sharded, {"a": "one.safetensors", "b": shard})
    assert told(sharded) == (
        f"The weight list names {shard}, which is outside the folder. Choose another copy."
    )


def test_case_12_a_name_that_is_listed_twice(sharded: Path) -> None:
    (sharded / weights.INDEX).write_text(
        '{"weight_map": {"a": "one.safetensors", "a": "two.safetensors"}}'
    )
    assert told(sharded) == ("The weight list names a, which is listed twice. Choose another copy.")


def test_case_12_a_tensor_in_two_files(sharded: Path) -> None:
    (sharded / "two.safetensors").write_bytes(safetensors({"a": ("F32", [1])}))
    assert told(sharded) == ("The weight list names a, which is listed twice. Choose another copy.")


def test_case_12_a_tensor_that_its_file_has_not(sharded: Path) -> None:
    listed(sharded, {"a": "one.safetensors", "b": "two.safetensors", "c": "two.safetensors"})
    assert told(sharded) == "The weight list names c, which is missing. Resume download."


@pytest.mark.parametrize("weight_map", [None, [], {}, "one.safetensors"])
def test_case_12_an_index_without_a_list(sharded: Path, weight_map: object) -> None:
    listed(sharded, weight_map)
    assert told(sharded) == "model.safetensors.index.json is damaged. Download it again."


def test_case_12_no_weights_at_all(model: Path) -> None:
    (model / "model.safetensors").unlink()
    assert told(model) == (
        "The weight list names model.safetensors, which is missing. Resume download."
    )


def test_case_12_shards_without_their_list(model: Path) -> None:
    (model / "model.safetensors").rename(model / "model-00001-of-00002.safetensors")
    assert told(model) == (
        "The weight list names model.safetensors.index.json, which is missing. Resume download."
    )


def test_case_15_no_tokenizer(model: Path) -> None:
    (model / "tokenizer.json").unlink()
    (model / "tokenizer_config.json").write_text("{}")
    assert told(model) == "The tokenizer is missing. Download tokenizer.json again."


@pytest.mark.parametrize("raw", [b"", b'{"model": {"vocab', b"[" * 1000, b"\0" * 100], ids=str)
@pytest.mark.parametrize("name", ["tokenizer.json", "vocab.json"])
def test_case_15_half_a_tokenizer(model: Path, name: str, raw: bytes) -> None:
    (model / name).write_bytes(raw)
    assert told(model) == ("The tokenizer is missing or damaged. Download tokenizer.json again.")


def test_case_15_a_tokenizer_larger_than_any_real_one(model: Path) -> None:
    with (model / "tokenizer.json").open("wb") as file:
        file.write(b"{")
        file.seek(60_000_000)
        file.write(b"}")
    with cheap():
        assert "The tokenizer is missing or damaged." in told(model)


def test_case_15_a_length_that_is_no_number(model: Path) -> None:
    (model / "tokenizer_config.json").write_text('{"model_max_length": "abc"}')
    assert told(model) == "tokenizer_config.json is damaged. Download it again."


def test_case_15_a_tokenizer_that_is_not_yet_there_can_be_previewed(model: Path) -> None:
    (model / "tokenizer.json").write_bytes(b"")
    assert gate.preview(model) == CONFIG


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("configuration_files", "it points to another config file"),
        ("transformers_weights", "it points to other weights"),
    ],
)
def test_case_20_a_config_that_leads_past_the_gate(model: Path, key: str, what: str) -> None:
    configured(model, **{key: ["config.4.0.json"]})
    assert told(model) == (
        f"This model's config.json is contradictory ({what}). Choose another model."
    )


@pytest.mark.parametrize("method", ["zip9", "gptq", "os", "../x"])
def test_case_21_a_quantiser_that_is_not_here(
    model: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(gate.importlib.util, "find_spec", asked.append)
    configured(model, quantization_config={"quant_method": method})
    package = {"gptq": "gptqmodel"}.get(method, method)
    assert told(model) == (
        f"This model needs the package {package}. Choose an unquantised version."
    )
    assert set(asked) <= {"gptqmodel"}


def other(kind: str) -> str:
    return (
        f"This is a {kind} model; ChatApp chats with safetensors language models."
        " Search for the safetensors version of tiny."
    )


@pytest.mark.parametrize(
    ("file", "kind"),
    [("tiny.Q4.gguf", "GGUF"), ("model.onnx", "ONNX"), ("model_index.json", "diffusers")],
)
def test_case_23_another_program_s_format(model: Path, file: str, kind: str) -> None:
    (model / "model.safetensors").rename(model / file)
    assert told(model) == other(kind)


def test_case_23_one_gguf_file_instead_of_a_folder(tmp_path: Path) -> None:
    file = tmp_path / "tiny.gguf"
    file.write_bytes(b"GGUF")
    assert told(file) == other("GGUF").replace("of tiny.", "of tiny.gguf.")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"quantization": {"group_size": 64, "bits": 4}}, "MLX"),
        ({"model_type": "bert", "architectures": ["BertModel"]}, "encoder"),
        ({"model_type": "xlm-roberta", "architectures": ["XLMRobertaForMaskedLM"]}, "encoder"),
        ({"model_type": "whisper"}, "sound"),
        ({"model_type": "bart"}, "encoder-decoder"),
    ],
)
def test_case_23_a_model_that_writes_no_chats(
    model: Path, changes: dict[str, object], kind: str
) -> None:
    configured(model, **changes)
    assert told(model) == other(kind)


def test_case_23_an_embedding_model(model: Path) -> None:
    (model / "modules.json").write_text("[]")
    assert told(model) == other("embedding")


def test_case_24_an_adapter(model: Path) -> None:
    (model / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}')
    assert told(model) == ("This is an adapter for org/base. Load org/base first, then add it.")


def unreadable(file: str, why: str) -> str:
    remedy = "its name and the drive" if "is not" in why else "the drive and its permissions"
    return f"{file} cannot be read ({why}). Check {remedy}."


PIPES = ["config.json", "model.safetensors", "tokenizer_config.json", "tokenizer.json"]


@pytest.mark.skipif(os.name == "nt", reason="no pipes in folders there")
@pytest.mark.parametrize("name", PIPES)
def test_case_25_a_pipe_does_not_hang(model: Path, name: str) -> None:
    (model / name).unlink(missing_ok=True)
    os.mkfifo(model / name)
    assert told(model) == unreadable(name, "it is not a file")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_case_25_a_folder_in_place_of_a_file(model: Path, name: str) -> None:
    (model / name).unlink()
    (model / name).mkdir()
    assert told(model) == unreadable(name, "it is not a file")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
def test_case_25_a_link_out(model: Path, tmp_path: Path, name: str) -> None:
    (model / name).rename(tmp_path / name)
    (model / name).symlink_to(tmp_path / name)
    assert told(model) == unreadable(name, "its link leads out of the folder")


def test_case_25_a_link_in_a_circle(model: Path) -> None:
    (model / "config.json").unlink()
    (model / "config.json").symlink_to("config.json")
    assert told(model) == unreadable("config.json", "its link leads in a circle")


def test_case_25_a_link_to_nothing(model: Path) -> None:
    (model / "config.json").unlink()
    (model / "config.json").symlink_to("gone")
    assert told(model) == unreadable("config.json", "it is not there")


def test_case_25_no_permission(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(foreign.os, "open", refused)
    assert told(model) == unreadable("config.json", "there is no permission")


def test_case_25_a_drive_that_is_gone(tmp_path: Path) -> None:
    assert told(tmp_path / "gone") == unreadable("gone", "it is not there")


def test_case_25_a_name_that_is_not_text(model: Path) -> None:
    renamed = model.with_name(os.fsdecode(b"tiny\xff"))
    try:
        model.rename(renamed)
    except OSError:
        pytest.skip("this file system refuses such names")
    (renamed / "config.json").unlink()
    assert told(renamed).startswith("config.json is missing in tiny\ufffd.")


# -- strangers' texts -----------------------------------------------------------------------------


def test_a_stranger_s_text_cannot_break_our_sentence(model: Path) -> None:
    configured(model, model_type="{0}\n\u202e" + "x" * 500)
    sentence = told(model)
    assert "\n" not in sentence
    assert "\u202e" not in sentence
    assert len(sentence) < 250
    assert "{0}" in sentence


# -- anything at all ------------------------------------------------------------------------------


@pytest.fixture
def check_bytes(model: Path) -> Callable[[str, bytes], None]:
    """Write the bytes and look: only a UserError may come out."""

    def check(name: str, raw: bytes) -> None:
        (model / name).write_bytes(raw)
        with contextlib.suppress(UserError):
            gate.check(model)

    return check


many = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
whole = safetensors(TENSORS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["a", "dtype", "shape", "data_offsets", "model_type"]), inner
        )
    ),
    max_leaves=12,
)


@many
@given(position=st.integers(0, len(whole) - 1), value=st.integers(0, 255), cut=st.integers(0, 300))
def test_a_changed_byte_never_breaks_the_gate(
    check_bytes: Callable[[str, bytes], None], position: int, value: int, cut: int
) -> None:
    raw = bytearray(whole)
    raw[position] = value
    check_bytes("model.safetensors", bytes(raw[: len(raw) - cut]))


@many
@given(values=json_values)
def test_a_strange_header_never_breaks_the_gate(
    check_bytes: Callable[[str, bytes], None], values: object
) -> None:
    check_bytes("model.safetensors", packed(json.dumps({"a": values}).encode(), bytes(8)))


@many
@given(
    key=st.sampled_from(
        [*CONFIG, "text_config", "quantization_config", "quantization", "kernel", "auto_map_"]
    ),
    value=json_values,
)
def test_a_strange_config_never_breaks_the_gate(
    check_bytes: Callable[[str, bytes], None], key: str, value: object
) -> None:
    check_bytes("config.json", json.dumps(CONFIG | {key: value}).encode())
