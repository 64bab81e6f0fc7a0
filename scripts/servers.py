"""Two compatible servers of others answer `pytest --ai-gen`: LiteLLM's proxy, and llama.cpp's by way of llama-cpp-python.

The proxy says a mock reply, of which the tests have to be kept. llama.cpp runs a model that is made here, of random
weights: what it says is noise, but its requests have to be asked, streamed, counted and refused like those of any model.

    tox -e servers             or, where litellm[proxy], llama-cpp-python[server] and gguf are installed:
    python scripts/servers.py [litellm] [llama]
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SOURCE = """\
def clamp(value, low, high):
    if value < low:
        return low
    if value > high:
        return high
    return value
"""
REPLY = """\
Here they are:
```python
from shop import clamp

def test_low():
    assert clamp(1, 2, 3) == 2

def test_high():
    assert clamp(9, 2, 3) == 3

def test_between():
    assert clamp(5, 1, 9) == 5
```
"""
_PATIENCE = 180.0
_KEY = "sk-of-the-proxy"


def main(names: Sequence[str]) -> None:
    """Check the servers of these names, or both; ends with status 1 where one does not do."""
    with tempfile.TemporaryDirectory() as place:
        for name in names or ("litellm", "llama"):
            folder = Path(place) / name
            folder.mkdir()
            {"litellm": litellm, "llama": llama}[name](folder)
            print(f"{name}: well")


def litellm(folder: Path) -> None:
    """LiteLLM's proxy, which wants its key and streams a mock reply."""
    config = {
        "model_list": [
            {
                "model_name": "mock",
                "litellm_params": {"model": "openai/mock", "api_key": "none", "mock_response": REPLY},
            }
        ],
        "general_settings": {"master_key": _KEY},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(config), "utf-8")  # JSON is YAML
    command = [str(Path(sys.executable).parent / "litellm"), "--config", str(path), "--host", "127.0.0.1"]
    environ = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    with server(command, folder, environ, "/health/liveliness") as url:
        for model in ("openai:mock", "litellm:openai/mock"):
            report = generated(folder / model.partition(":")[0], f"{url}/v1", model, key=_KEY)
            names = [verdict["name"] for verdict in report["verdicts"] if verdict["accepted"]]
            expect(len(names) == 3, f"{model}: three tests are kept", report)
            expect(report["coverage"]["after"]["percent"] == 100, f"{model}: all is covered", report)
            expect(report["usage"]["reply_tokens"] > 0, f"{model}: the usage is counted", report)
        refused(
            folder / "key",
            f"{url}/v1",
            "openai:mock",
            "wrong",
            "the key (OPENAI_API_KEY, or API_KEY) is not accepted",
        )
        refused(folder / "model", f"{url}/v1", "openai:nothing", _KEY, "has no model 'nothing'")
        refused(folder / "address", f"{url}/v9", "openai:mock", _KEY, "there are no chat completions at")


def llama(folder: Path) -> None:
    """llama.cpp's server with a model of noise."""
    path = folder / "noise.gguf"
    write_model(path)
    command = [
        sys.executable, "-m", "llama_cpp.server", "--host", "127.0.0.1",
        "--model", str(path), "--n_ctx", "16384", "--chat_format", "chatml",
    ]  # fmt: skip
    with server(command, folder, {}, "/v1/models") as url:
        options = (
            "--ai-gen-reply-tokens=64",
            "--ai-gen-attempts=2",
            "--ai-gen-seed=1",
            "--ai-gen-concurrency=1",
        )
        report = generated(folder / "project", f"{url}/v1", "openai:noise", *options)
        usage = report["usage"]
        expect(report["ended"] == "complete", "the run goes to its end", report)
        expect(usage["requests"] >= 1, "it was asked", report)
        expect(usage["prompt_tokens"] > 500, "the whole prompt was read", report)
        expect(
            0 < usage["reply_tokens"] <= 64 * usage["requests"], "the reply was as long as allowed", report
        )
        expect(not any(verdict["accepted"] for verdict in report["verdicts"]), "noise is no test", report)
        expect(bool(report["verdicts"]), "it is refused with a reason", report)


# ----------------------------------------------------------------------------------------------- the parts


@contextmanager
def server(
    command: Sequence[str], folder: Path, environ: Mapping[str, str], sign_of_life: str
) -> Iterator[str]:
    """The address of a server that is up, until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], cwd=folder, env={**os.environ, **environ}, stdout=log, stderr=log
        )
        try:
            _wait(url + sign_of_life, process)
            yield url
        except BaseException:
            print((folder / "server.log").read_text("utf-8", "replace")[-3000:], file=sys.stderr)
            raise
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"no server at {url}")


def run(folder: Path, url: str, model: str, key: str, *options: str) -> subprocess.CompletedProcess[str]:
    """`pytest --ai-gen` on a small project, as a user would run it."""
    (folder / "tests").mkdir(parents=True)
    (folder / "shop.py").write_text(SOURCE, "utf-8")
    environ = {name: value for name, value in os.environ.items() if name != "OPENAI_BASE_URL"}
    return subprocess.run(
        [
            sys.executable, "-m", "pytest", "--ai-gen", "--ai-gen-engine=llm", f"--ai-gen-model={model}",
            f"--ai-gen-base-url={url}", "--ai-gen-report=json:report.json", *options,
        ],
        cwd=folder, env={**environ, "OPENAI_API_KEY": key}, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


def generated(folder: Path, url: str, model: str, *options: str, key: str = "none") -> dict[str, Any]:
    """The report of a run."""
    result = run(folder, url, model, key, *options)
    print(result.stdout[-1500:])
    if not (folder / "report.json").is_file():
        raise SystemExit(f"{model}: no report\n{result.stderr[-3000:]}")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return report


def refused(folder: Path, url: str, model: str, key: str, says: str) -> None:
    """A run that ends before the first test, and says why."""
    result = run(folder, url, model, key)
    if result.returncode != 4 or says not in result.stderr:
        raise SystemExit(f"expected {says!r}, got\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    print(result.stderr.strip()[-400:])


def expect(holds: bool, what: str, report: Mapping[str, Any]) -> None:
    if not holds:
        raise SystemExit(f"does not hold: {what}\n{json.dumps(report, indent=1)[:6000]}")


def write_model(
    path: Path, *, width: int = 32, heads: int = 4, inner: int = 64, context: int = 16384
) -> None:
    """A model of llama's kind with one layer of random weights, and bytes for tokens."""
    import gguf
    import numpy

    random = numpy.random.default_rng(1)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("noise")
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    shapes = {
        "token_embd": (len(tokens), width),
        "output": (len(tokens), width),
        "output_norm": (width,),
        "blk.0.attn_norm": (width,),
        "blk.0.ffn_norm": (width,),
        **{f"blk.0.attn_{part}": (width, width) for part in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (inner, width),
        "blk.0.ffn_up": (inner, width),
        "blk.0.ffn_down": (width, inner),
    }
    for name, shape in shapes.items():
        weights = random.normal(0, 0.3, shape).astype(numpy.float32)
        writer.add_tensor(f"{name}.weight", numpy.ones_like(weights) if len(shape) == 1 else weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main(sys.argv[1:])
