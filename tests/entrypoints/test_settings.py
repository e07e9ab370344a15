"""What an operator can set, and that it is written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from platformdirs import user_cache_path, user_data_path

from agent.errors import SettingsError
from agent.settings import load_settings

ROOT = Path(__file__).parents[2]


def test_every_variable_is_in_the_example_file() -> None:
    """`.env.example` is complete, and names nothing that is gone."""
    used = {
        name
        for path in (ROOT / "agent").rglob("*.py")
        for name in re.findall(r"\bRUNG_[A-Z_]+", path.read_text("utf-8"))
    }
    listed = re.findall(r"^# (RUNG_[A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), flags=re.MULTILINE)
    assert set(listed) == used


def test_defaults_need_no_variable() -> None:
    """An empty environment gives folders of the platform, the packaged encoder and the embedded store."""
    settings = load_settings({})
    assert settings.home.is_absolute()
    assert settings.cache.is_absolute()
    assert (settings.encoder, settings.chroma_url) == ("default", None)


def test_folders_are_made_absolute() -> None:
    """So that changing the working folder does not lose them."""
    assert load_settings({"RUNG_HOME": "here"}).home == Path.cwd() / "here"


def test_a_url_without_a_scheme_is_refused() -> None:
    """The line shows what was set and an example."""
    with pytest.raises(SettingsError, match="RUNG_CHROMA_URL is 'localhost:8000'"):
        load_settings({"RUNG_CHROMA_URL": "localhost:8000"})


HOMES = {
    "usual": {"HOME": "/home/someone"},
    "a slash at its end": {"HOME": "/home/someone/"},
    "told": {"HOME": "/home/someone", "XDG_CACHE_HOME": "/var/of mine", "XDG_DATA_HOME": "/srv/data"},
    "told without a root": {"HOME": "/home/someone", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": ""},
    "no home told": {},
    "an empty home": {"HOME": ""},
}


@pytest.mark.parametrize("environ", HOMES.values(), ids=HOMES)
def test_folders_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    """Where nothing is set, although the usual ones are told without it."""
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    settings = load_settings(environ)
    assert settings.cache == user_cache_path("rung", appauthor=False)
    assert settings.home == user_data_path("rung", appauthor=False)
