"""A model's prose is shown while it comes: sentence by sentence, each one once the gate has passed it."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pexpect
import pytest

from agent.bootstrap import open_advisor, open_sessions
from agent.conversation.conversation import Conversation
from agent.conversation.record import Record
from agent.entrypoints.chat.loop import Chat
from agent.entrypoints.chat.screen import Screen as ChatScreen
from agent.entrypoints.cli import run
from agent.entrypoints.unfolding import REPLACED, UNFINISHED
from agent.llm.streaming import Listener, cuts
from agent.settings import load_settings
from tests.llm.conftest import CASE, Outcome
from tests.llm.scripted import Server, drop, filled, held, say, told

TRACED = "Avoid fine-tuning when answers must be traced back to sources [=Avoid fine-tuning when answers must]."
CHANGING = "Use RAG when knowledge changes frequently [=Use RAG when knowledge changes frequently.]."
NEEDED = "In the flowchart, a need for external knowledge leads to RAG [=In the flowchart, a need]."
MATTERS = "With RAG, the quality of retrieval matters [=With RAG, the quality]."
INVENTED = "Teams that fine-tune first save 73 percent of their budget [99]."
WHOLE = f"{TRACED} {CHANGING}\n\n**Where it leads.** {NEEDED}\n\n1. {MATTERS}\n2. {CHANGING}"
SHOWN = "traced back to sources [1]."
OPENING = "Start with retrieval (RAG)."
NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Screen(io.StringIO):
    """A terminal that remembers what stood on it whenever it was looked at."""

    def isatty(self) -> bool:
        """A person looks at it."""
        return True

    @property
    def text(self) -> str:
        """Everything written so far, without colours and the spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in COLOUR.sub("", self.getvalue()).split("\n"))

    @property
    def words(self) -> str:
        """The text on one line, however it was wrapped."""
        return " ".join(self.text.split())

    def shows(self, words: str) -> Callable[[], bool]:
        """Return a function that tells whether words stand there."""
        return lambda: words in self.words


class Watched:
    """`rung ask` on such a terminal."""

    def __init__(self, settings: dict[str, str], patch: pytest.MonkeyPatch) -> None:
        self.settings = settings
        self.patch = patch

    def __call__(self, screen: Screen, *arguments: str, text: str = CASE, **more: str) -> int:
        with self.patch.context() as patch:
            for name, value in {**self.settings, **more}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "stdout", screen)
            return run(["ask", *arguments, "--", text])


@pytest.fixture
def screen() -> Screen:
    """An empty terminal."""
    return Screen()


@pytest.fixture
def watch(server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    """The command with the scripted model, in this process."""
    pytest.importorskip("langchain_openai")
    (cache / "model.json").unlink(missing_ok=True)
    settings = {
        "RUNG_HOME": str(tmp_path / "home"),
        "RUNG_CACHE": str(cache),
        "RUNG_WRITE_MODEL": "scripted",
        "RUNG_BASE_URL": server.url,
        "RUNG_API_KEY": "key-1",
        "TERM": "xterm-256color",
        "COLUMNS": "100",
    }
    return Watched(settings, monkeypatch)


def same(answer: Any) -> Any:
    """Return an answer without what differs from run to run: how long things took."""
    if isinstance(answer, dict):
        return {key: same(value) for key, value in answer.items() if key not in ("timings_ms", "milliseconds")}
    return [same(item) for item in answer] if isinstance(answer, list) else answer


def test_prose_is_shown_before_the_stream_ends(watch: Watched, screen: Screen, server: Server) -> None:
    """The server says the second half only once the first stands on the screen, under the numbers it keeps."""
    seen: list[str] = []

    def is_shown() -> bool:
        if screen.shows(f"{SHOWN} Use RAG when knowledge changes frequently [2].")():
            seen.append(screen.text)
        return bool(seen)

    server.play(held(f"{TRACED} {CHANGING} In", is_shown, f"{NEEDED[2:]}\n\n1. {MATTERS}\n2. {CHANGING}"))
    assert watch(screen) == 0
    assert seen, screen.text
    assert "**" not in seen[0]
    assert "[3]" not in seen[0]
    assert screen.text.startswith(seen[0].rstrip())
    assert REPLACED not in screen.text
    assert screen.text.count("traced back to sources [1].") == 1


def test_the_screen_ends_as_without_streaming(watch: Watched, server: Server) -> None:
    """Lines wrap and lists align as where the answer is drawn at once."""
    screens = []
    for piece in (len(WHOLE) * 2, 3):
        screen = Screen()
        text = WHOLE

        def step(exchange: Any, size: int = piece, text: str = text) -> None:
            whole = filled(text, exchange)
            pieces = ({"content": whole[at : at + size]} for at in range(0, len(whole), size))
            exchange.stream(slow(pieces, 0.0 if size > len(whole) else 0.01), "stop")

        server.play(step)
        assert watch(screen) == 0
        screens.append(screen.text)
    assert screens[1] == screens[0]


def slow(deltas: Iterator[dict[str, Any]], seconds: float) -> Iterator[dict[str, Any]]:
    """Let time pass between pieces, so that the screen is looked at meanwhile."""
    for delta in deltas:
        time.sleep(seconds)
        yield delta


def test_a_finding_stops_the_showing(watch: Watched, screen: Screen, server: Server) -> None:
    """The invented citation in the second sentence never reaches the screen; what the repair keeps stands once."""
    draft = f"{TRACED} {INVENTED} {CHANGING} {NEEDED} And more"
    server.play(held(draft, screen.shows(SHOWN), " to come."), told(f"{TRACED} {CHANGING}\n\n{NEEDED}"))
    assert watch(screen) == 0
    assert screen.words.count(SHOWN) == 1
    assert screen.shows(f"{SHOWN} Use RAG when knowledge changes frequently [2]. In the flowchart")
    assert REPLACED not in screen.text
    assert "73" not in screen.text
    assert "[99]" not in screen.text


def test_a_repair_that_changes_what_was_shown_says_so(watch: Watched, screen: Screen, server: Server) -> None:
    """One plain line, then the whole answer with its opening."""
    server.play(held(f"{TRACED} {INVENTED} And", screen.shows(SHOWN), " more."), told(f"{NEEDED}\n\n{CHANGING}"))
    assert watch(screen) == 0
    before, _, after = screen.text.partition(REPLACED)
    assert SHOWN in before
    assert after.strip().startswith(OPENING)
    assert "leads to RAG [1]." in after
    assert SHOWN not in after
    assert "73" not in screen.text


def test_a_repair_streams_too(watch: Watched, screen: Screen, server: Server) -> None:
    """Where it goes on from what was shown."""
    server.play(
        told(f"{TRACED} {INVENTED} And more."),
        held(f"{TRACED} {CHANGING} In", screen.shows("changes frequently [2]."), NEEDED.removeprefix("In")),
    )
    assert watch(screen) == 0
    assert REPLACED not in screen.text
    assert screen.words.count(SHOWN) == 1


WHOLE_FLAWS = {
    "cut off at the limit": (f"{CHANGING} In the flowchart", "length"),
    "a wrong recommendation at the end": (f"{CHANGING}\n\nStart with fine-tuning [=Use RAG when knowledge].", "stop"),
    "100 KB of prose": (f"{CHANGING}\n\n" * 1_500, "stop"),
    "rubbish": ("\x1b[2J\x07 %PDF <script> [[[ " * 40, "stop"),
    "repeated instructions": ("You write the prose of an answer for a team that described its use case. " * 3, "stop"),
}


@pytest.mark.parametrize("name", WHOLE_FLAWS)
def test_a_draft_that_fails_as_a_whole_is_replaced(
    watch: Watched, screen: Screen, server: Server, ask: Callable[..., Outcome], name: str
) -> None:
    """Also after its first sentences were shown: the line, then the offline answer."""
    rest, finish = WHOLE_FLAWS[name]
    server.play(held(f"{TRACED} Use", screen.shows(SHOWN), f"{CHANGING[3:]} {rest}", finish), told(INVENTED))
    assert watch(screen) == 0
    offline = ask("--json", "--offline").answer["answer"]
    assert screen.text.count(REPLACED) == 1
    assert screen.words.partition(REPLACED)[2].strip().startswith(OPENING)
    last = re.sub(r"[*`]", "", offline.split("\n\n")[-1])
    assert " ".join(last.split()) in screen.words
    for never in ("<script>", "Start with fine-tuning", "%PDF", "You write the prose"):
        assert never not in screen.text
    assert "\x1b[2J" not in screen.getvalue()


def test_a_stream_that_breaks_is_taken_up(watch: Watched, screen: Screen, server: Server) -> None:
    """The second attempt goes on where the first was shown to; where it differs, the line says so."""
    server.play(held(f"{TRACED} Use", screen.shows(SHOWN), " RAG", None), told(f"{TRACED} {CHANGING}"))
    assert watch(screen) == 0
    assert REPLACED not in screen.text
    assert screen.words.count(SHOWN) == 1
    other = Screen()
    server.play(held(f"{TRACED} Use", other.shows(SHOWN), " RAG", None), told(f"{NEEDED} {CHANGING}"))
    assert watch(other) == 0
    assert other.text.count(REPLACED) == 1


def test_a_stream_that_breaks_for_good(watch: Watched, screen: Screen, server: Server) -> None:
    """The offline answer replaces what stood there, or with `--model-only` one line says that it is nothing whole."""
    server.play(held(f"{TRACED} Use", screen.shows(SHOWN), " RAG", None))
    assert watch(screen, RUNG_MODEL_RETRIES="0") == 0
    assert screen.text.count(REPLACED) == 1
    insisted = Screen()
    server.play(held(f"{TRACED} Use", insisted.shows(SHOWN), " RAG", None))
    assert watch(insisted, "--model-only", RUNG_MODEL_RETRIES="0") == 1
    assert insisted.text.rstrip().endswith(UNFINISHED)


def test_a_flaw_never_shows_for_a_moment(watch: Watched, server: Server) -> None:
    """Each sentence with a flaw is held back however the stream is cut; the screen is looked at after every piece."""
    for flaw in (
        INVENTED,
        MATTERS.replace("[=With RAG, the quality]", "[usually-context#no-such]"),
        TRACED.replace("when answers", "when 60 answers"),
        TRACED.replace("Avoid", "Use", 1),
        "Look [here](https://evil.example/you) [=Use RAG when knowledge].",
        "Everybody knows that larger models always win.",
    ):
        screen = Screen()
        seen: list[str] = []

        def look(screen: Screen = screen, seen: list[str] = seen) -> bool:
            seen.append(screen.words)
            return len(seen) > 12 and SHOWN in seen[-1]

        server.play(held(f"{TRACED} {flaw} {CHANGING} {NEEDED} In", look, " the."), told(f"{TRACED} {NEEDED}"))
        assert watch(screen) == 0
        start = flaw.split(" [")[0]
        assert not any(start in words for words in [*seen, screen.words]), flaw
        assert any(SHOWN in words for words in seen)


CUTS = {
    "two sentences": ("One thing. Another", ["One thing."]),
    "a citation behind the sentence": ("One thing. [3] Another", ["One thing. [3]"]),
    "a citation that may follow": ("One thing. ", []),
    "a citation half there": ("One thing. [", []),
    "a small letter goes on": ("Use it, e.g. for style. Then", ["Use it, e.g. for style."]),
    "within a quotation": ("He said “stop. Go on” twice. Then", ["He said “stop. Go on” twice."]),
    "within bold": ("**One. Two** three. Then", ["**One. Two** three."]),
    "a title with its text": ("**Why not?** Since. **What", ["**Why not?** Since."]),
    "a title in its own line": ("# Why\n\nSince. Then", ["# Why\n\nSince."]),
    "the number of a step": ("1. Measure [3].\n2. Fetch", ["1. Measure [3]."]),
    "items without full stops": ("- one\n- two\n- three", ["- one", "- one\n- two"]),
    "a paragraph": ("One thing\n\nAnother", ["One thing"]),
    "a table": ("| a. B | c |\n|---|---|\n| d | e |\n\nOne", ["| a. B | c |\n|---|---|\n| d | e |"]),
    "half a table": ("| a. B | c |\n|---|---|\n| d. E", []),
    "code": ("```\na. B\n\nc\n```\n\nOne", ["```\na. B\n\nc\n```"]),
    "half of some code": ("```\na. B\n\nc", []),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_text_is_cut_where_something_ends(name: str) -> None:
    """Behind sentences, items and paragraphs; tables, code, quotations and bold words stay together."""
    text, beginnings = CUTS[name]
    assert [text[:cut] for cut in cuts(text)] == beginnings


def test_long_rubbish_is_read_in_time() -> None:
    """Ten thousand of anything are looked through in a moment, piece by piece."""
    started = time.monotonic()
    for mark in (".", "[", "*", " ", "\n", "a. ", "- ", '"', "“", "[1] ", "# ", "| ", "1. ", "```\n"):
        listener = Listener(lambda *_: False, most=8_000)
        for _ in range(500):
            listener(mark * 20)
    assert time.monotonic() - started < 5


def test_a_question_on_the_subject_streams(watch: Watched, screen: Screen, server: Server) -> None:
    """There is no verdict before it."""
    question = "How many examples do I need before LoRA is worth it?"
    server.play(say(lambda exchange: ""), say(lambda exchange: ""))
    assert watch(screen, text=question) == 0
    prompt = server.requests[0]["messages"][-1]["content"]
    sentence = re.findall(r"^\[\d+\] .*\n([^“\"\n;:\[]{40,160})\.$", prompt, re.MULTILINE)[0]
    cited = f"{sentence} [={sentence}]."
    other = Screen()
    server.play(held(f"{cited} And", other.shows(f"{sentence} [1]."), " so on."), told(f"{cited} {cited}"))
    assert watch(other, text=question) == 0
    assert other.words.count(f"{sentence} [1].") == 2
    assert REPLACED not in other.text


def test_into_a_pipe_only_the_whole_answer_goes(ask: Callable[..., Outcome], server: Server) -> None:
    """The verdict at once as before, then the final prose: nothing that would be taken back."""
    server.play(told(f"{TRACED} {INVENTED}"), told(f"{NEEDED}\n\n{CHANGING}"))
    done = ask()
    assert (done.code, REPLACED in done.out, SHOWN in done.out) == (0, False, False)
    assert "leads to RAG [1]." in done.out


@pytest.mark.parametrize("fails", [False, True], ids=["passes", "falls back"])
def test_the_answer_is_the_same_with_and_without_streaming(
    watch: Watched, ask: Callable[..., Outcome], server: Server, tmp_path: Path, fails: bool
) -> None:
    """Bytes of the JSON, the record of the run and the counts, less the times."""
    steps = [told(f"{TRACED} {CHANGING} {INVENTED}"), told(INVENTED if fails else f"{TRACED}\n\n{CHANGING}")]
    shown: list[str] = []
    answers = []
    for show in (None, lambda beginning: shown.append(beginning.markdown)):
        server.play(*steps)
        with watch.patch.context() as patch:
            for name, value in watch.settings.items():
                patch.setenv(name, value)
            advisor, _ = open_advisor(load_settings(), [], notify=lambda _: None)
            answer = advisor.answer(advisor.understand(CASE), show=show)
        answers.append(msgspec.json.encode(same(json.loads(msgspec.json.encode(answer)))))
    assert answers[0] == answers[1]
    assert server.requests[0] == server.requests[2]
    assert b'"fell_back"' in answers[0] if fails else b'"repaired"' in answers[0]


@pytest.fixture
def talk(watch: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Screen], Chat]:
    """A conversation on a terminal, with the scripted model."""
    for name, value in watch.settings.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()

    def start(screen: Screen) -> Chat:
        advisor, _ = open_advisor(settings, [], notify=lambda _: None)
        store = open_sessions(settings, now=lambda: NOON)
        conversation = Conversation(advisor, Record(store, f"talk-{id(screen)}", now=lambda: NOON))
        drawn = ChatScreen(screen, width=100, pause=lambda _: None)
        return Chat(conversation, drawn, store, lambda _: advisor, lambda *_: "")

    return start


def test_a_conversation_shows_the_verdict_then_the_prose(
    talk: Callable[[Screen], Chat], screen: Screen, server: Server
) -> None:
    """Ladder and opening stand before the model has said anything, its sentences before the stream ends."""
    seen: list[str] = []

    def is_shown() -> bool:
        seen.append(screen.words)
        return SHOWN in seen[-1]

    server.play(held(f"{TRACED} {CHANGING} In", is_shown, NEEDED[2:]))
    chat = talk(screen)
    assert chat.take(CASE)
    assert "◀" in seen[-1]
    assert OPENING in seen[0]
    assert SHOWN in seen[-1]
    assert REPLACED not in screen.text
    assert screen.words.count(SHOWN) == 1
    assert "Next:" in screen.words
    assert SHOWN in chat.conversation.record.replies()[0].answer


def test_a_conversation_says_what_was_replaced(talk: Callable[[Screen], Chat], screen: Screen, server: Server) -> None:
    """And keeps only what stands in its place."""
    server.play(held(f"{TRACED} {INVENTED} And", screen.shows(SHOWN), " more."), told(f"{NEEDED}\n\n{CHANGING}"))
    chat = talk(screen)
    assert chat.take(CASE)
    assert screen.text.count(REPLACED) == 1
    assert SHOWN not in chat.conversation.record.replies()[0].answer
    assert SHOWN not in screen.text.partition(REPLACED)[2]


def spawn(watch: Watched) -> pexpect.spawn:
    """Start the command in a real terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNG_")}
    return pexpect.spawn(
        sys.executable,
        ["-m", "agent.entrypoints.cli", "ask", "--", CASE],
        dimensions=(50, 100),
        env={**kept, **watch.settings},
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.timeout(120)
def test_ctrl_c_in_the_middle_of_the_prose(watch: Watched, server: Server) -> None:
    """On a real terminal the first sentence stands there while the server holds the stream; Ctrl-C ends it at once."""
    stopped: list[int] = []
    server.play(held(f"{TRACED} {CHANGING} In", lambda: stopped, " the."))
    child = spawn(watch)
    child.expect_exact("changes frequently [2].")
    started = time.monotonic()
    child.kill(signal.SIGINT)
    child.expect(pexpect.EOF)
    child.close()
    stopped.append(1)
    assert child.exitstatus == 130
    assert "rung: stopped" in child.before
    assert "Traceback" not in child.before
    assert time.monotonic() - started < 5


def test_a_reply_that_is_dropped_at_once_shows_nothing(watch: Watched, screen: Screen, server: Server) -> None:
    """No line says that something was replaced where nothing was shown."""
    server.play(drop("RAG is"))
    assert watch(screen, RUNG_MODEL_RETRIES="0") == 0
    assert REPLACED not in screen.text
