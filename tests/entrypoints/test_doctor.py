"""`rung doctor` tries each part for real and says in words what does not work; it shows no key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agent.entrypoints.endpoint_probe import Problem, ask_models
from agent.settings import ModelSettings, Secret

pytestmark = pytest.mark.xdist_group("edge")

KEY = "sk-planted-5c11"
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "doctor.json"
MODELS = {"object": "list", "data": [{"id": "small-1"}, {"id": "large-1"}]}
REPLY = {"choices": [{"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "length"}]}


class Endpoint:
    """A server that answers each path with a status and a body."""

    def __init__(self, replies: dict[str, tuple[int, Any]]) -> None:
        self.keys: list[str | None] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                endpoint.keys.append(self.headers["Authorization"])
                self.rfile.read(int(self.headers["Content-Length"] or 0))
                status, body = replies.get(self.path, (404, {}))
                raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", str(body))
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Keep quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def endpoint() -> Iterator[Callable[[dict[str, tuple[int, Any]]], Endpoint]]:
    """Starts servers and stops them."""
    started: list[Endpoint] = []

    def start(replies: dict[str, tuple[int, Any]]) -> Endpoint:
        started.append(Endpoint(replies))
        return started[-1]

    yield start
    for server in started:
        server.close()


def examined(rung: Any, **environment: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code and the checks by part."""
    outcome = rung("doctor", "--json", env={"RUNG_MODEL": "", **environment})
    checks = json.loads(outcome.out)
    jsonschema.validate(checks, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert KEY not in outcome.out + outcome.err
    return outcome.code, {check["part"]: check for check in checks}


def test_a_fresh_machine_is_usable(rung_inside: Any) -> None:
    """Nothing is set up and nothing is broken; nothing is written either."""
    code, checks = examined(rung_inside)
    assert code == 0
    assert {"data folder", "cache folder", "corpus", "rules", "encoder", "index", "database", "model"} <= checks.keys()
    assert not [check for check in checks.values() if check["state"] == "broken"]
    assert checks["model"]["state"] == "off"
    assert not rung_inside.home.exists()
    assert not rung_inside.cache.exists()


def test_it_is_told_in_words(rung_inside: Any) -> None:
    """One line a part, and a last line that sums up."""
    outcome = rung_inside("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == "usable"
    assert "rules of 5 sources" in outcome.out


@pytest.mark.parametrize(
    ("environment", "part", "words"),
    [
        ({"RUNG_ENCODER": "/no/such/model"}, "encoder", "there is no folder"),
        ({"RUNG_CHROMA_URL": "http://127.0.0.1:9"}, "index", "127.0.0.1:9"),
        ({"RUNG_DATABASE_URL": "oracle9://nowhere"}, "database", "no database is called"),
        ({"RUNG_MODEL_STEPS": "many", "RUNG_MODEL": "x"}, "settings", "RUNG_MODEL_STEPS"),
        ({"RUNG_HOME": "case.yaml"}, "data folder", "is a file"),
    ],
)
def test_what_is_set_up_wrongly_is_named(rung_inside: Any, environment: Any, part: str, words: str) -> None:
    """The part, what is wrong, and exit code 1; the other parts are looked at all the same."""
    rung_inside.write("case.yaml", "")
    code, checks = examined(rung_inside, **environment)
    assert code == 1
    assert checks[part]["state"] == "broken"
    assert words in checks[part]["says"]
    assert part == "settings" or checks["extra mcp"]


def test_the_index_is_opened_as_a_question_opens_it(indexed: Any) -> None:
    """A folder of the right name is not enough; what is damaged is told, and left as it is."""
    assert "up to date" in examined(indexed)[1]["index"]["says"]
    (vectors,) = (indexed.cache / "index").glob("*/vectors.npy")
    vectors.write_bytes(vectors.read_bytes()[:100])
    code, checks = examined(indexed)
    assert (code, checks["index"]["state"]) == (0, "ok")
    assert checks["index"]["says"].startswith("damaged (vectors.npy has changed), and built again")
    assert vectors.stat().st_size == 100


def test_no_password_of_a_server_is_shown(rung_inside: Any) -> None:
    """Though the address it stands in is."""
    for address in ("http://someone:s3cret@127.0.0.1:9", "someone:s3cret@127.0.0.1:9"):
        for command in ("doctor", "search"):
            outcome = rung_inside(command, *["retrieval"] * (command == "search"), env={"RUNG_CHROMA_URL": address})
            assert outcome.code == 1
            assert "127.0.0.1:9" in outcome.out + outcome.err
            assert "s3cret" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    ("replies", "state", "words"),
    [
        ({"/v1/models": (200, MODELS)}, "ok", "has the model"),
        ({"/v1/models": (200, {"data": [{"id": "large-1"}]})}, "broken", "no such model"),
        ({"/v1/chat/completions": (200, REPLY)}, "ok", "no list of models, and replies"),
        ({"/v1/chat/completions": (200, "<html>")}, "broken", "not as a chat model does"),
        ({"/v1/models": (200, "<html>"), "/v1/chat/completions": (200, REPLY)}, "ok", "replies"),
        ({"/v1/models": (401, {"error": {"message": f"bad key {KEY[:3]}"}})}, "broken", "refuses the key"),
        ({"/v1/models": (429, {})}, "broken", "no capacity"),
        ({"/v1/models": (500, {"error": {"message": "out of order"}})}, "broken", "HTTP 500 out of order"),
        ({}, "broken", "HTTP 404"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_endpoint_is_asked_for_real(endpoint: Any, replies: Any, state: str, words: str) -> None:
    """Its list of models, or one token."""
    server = endpoint(replies)
    model = ModelSettings("small-1", server.url, Secret(KEY))
    if state == "ok":
        assert words in ask_models(model)
    else:
        with pytest.raises(Problem, match=words) as raised:
            ask_models(model)
        assert raised.value.hint
    assert set(server.keys) == {f"Bearer {KEY}"}


def test_one_endpoint_for_both_roles_is_asked_once(rung_inside: Any, endpoint: Any) -> None:
    """With the key it was given, which is shown nowhere."""
    server = endpoint({"/v1/models": (200, MODELS)})
    code, checks = examined(rung_inside, RUNG_MODEL="small-1", RUNG_BASE_URL=server.url, RUNG_API_KEY=KEY)
    assert code == 0
    assert checks["reading model"]["says"] == checks["writing model"]["says"]
    assert server.keys == [f"Bearer {KEY}"]


def test_a_key_is_not_sent_on(endpoint: Any) -> None:
    """A host that points elsewhere is not followed."""
    other = endpoint({"/v1/models": (200, MODELS)})
    first = endpoint({"/v1/models": (302, f"{other.url}/models")})
    with pytest.raises(Problem, match="points elsewhere"):
        ask_models(ModelSettings("small-1", first.url, Secret(KEY)))
    assert other.keys == []


def test_an_endpoint_that_is_not_there_is_said_at_once(rung_inside: Any) -> None:
    """Refused connections do not wait for a time-out."""
    code, checks = examined(rung_inside, RUNG_WRITE_MODEL="small-1", RUNG_BASE_URL="http://127.0.0.1:9/v1")
    assert code == 1
    assert "does not answer" in checks["writing model"]["says"]
    assert checks["reading model"]["state"] == "off"
