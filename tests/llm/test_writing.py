"""A model writes: what the gate passes is shown, what it does not is repaired once, and the verdict never moves."""

from __future__ import annotations

from tests.llm.scripted import Server, grounded, say


def test_a_grounded_draft_is_shown(ask, server: Server) -> None:
    """Between the opening, which the rules give, and the question worth answering."""
    server.play(say(grounded))
    done = ask("--json")
    assert done.code == 0, done.err
    assert done.answer["mode"] == "model"
    assert done.answer["run"]["write"]["outcome"] == "written"
    assert done.answer["answer"].startswith("**Start with retrieval (RAG).**")
    assert done.answer["citations"]
