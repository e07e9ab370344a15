"""A real model server with random weights: real sockets, real tokens, rubbish prose, the offline answer every time."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.llm.conftest import CASE, Outcome

NEEDED = [name for name in ("fastapi", "uvicorn", "accelerate", "transformers") if find_spec(name) is None]
pytestmark = [
    pytest.mark.skipif(bool(NEEDED), reason=f"transformers[serving] is not installed: {', '.join(NEEDED)} missing"),
    pytest.mark.timeout(280),
]


def tiny_model(folder: Path) -> None:
    """Write a Llama of a few thousand random weights with a tokenizer trained on one page."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "</s>", "<pad>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator([CASE] * 20, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    fast.chat_template = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"
    fast.save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=32_768,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`transformers serve` over the tiny model; gives the base URL."""
    command = Path(sys.executable).with_name("transformers")
    if not command.exists() and shutil.which("transformers") is None:
        pytest.skip("the command `transformers` is not installed")
    folder = tmp_path_factory.mktemp("served")
    tiny_model(folder / "tiny")
    (folder / "hub" / "hub").mkdir(parents=True)  # the server fails where its cache folder is missing
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub"), "OMP_NUM_THREADS": "1"}
    arguments = ["serve", "./tiny", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([str(command), *arguments], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait_for(port, process, folder / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(timeout=20)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers; skip where it cannot start here."""
    for _ in range(240):
        if process.poll() is not None:
            pytest.skip(f"transformers serve did not start: {log.read_text('utf-8', 'replace')[-400:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
            return
        except (urllib.error.HTTPError, ConnectionResetError):
            return
        except OSError:
            time.sleep(0.5)
    pytest.skip("transformers serve did not come up in two minutes")


@pytest.mark.parametrize(
    "text", [CASE, "How many examples do I need before LoRA is worth it?"], ids=["case", "question"]
)
def test_rubbish_from_a_real_model_gives_the_offline_answer(
    rung: Callable[..., Outcome], served: str, text: str
) -> None:
    """With a note, exit code 0, and the same verdict and words as without a model."""
    settings = {
        "RUNG_MODEL": "./tiny",
        "RUNG_BASE_URL": served,
        "RUNG_MODEL_REPLY_TOKENS": "60",
        "RUNG_MODEL_TIMEOUT": "90",
    }
    done = rung("ask", "--json", "--", text, **settings)
    offline = rung("ask", "--json", "--offline", "--", text)
    assert done.code == 0, done.err
    assert done.answer["run"]["write"]["outcome"] == "fell_back", done.answer["run"]
    assert done.answer["run"]["write"]["calls"], done.answer["notes"]
    assert any("written without ./tiny" in note for note in done.answer["notes"])
    for field in ("answer", "verdict", "citations"):
        assert done.answer[field] == offline.answer[field]
