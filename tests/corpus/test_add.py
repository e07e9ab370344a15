"""Adding a team's own documents: every kind, again after an edit, and everything that must be refused."""

from __future__ import annotations

import errno
import io
import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pypdf
import pytest

from agent.corpus.documents import AddReport
from agent.corpus.library import ADDED_BY, Library
from agent.errors import CorpusError, RungError, SettingsError, UsageError
from agent.types import Passage

GUIDE = """# Travel guide

## Refunds

Tickets are refunded within thirty days, less a fee of 4 euros.

## Dogs

Dogs travel free below deck. They pay half fare on the sun deck in July.
"""
PAGE = """<!doctype html><html><head><title>Pier rules</title><script>alert(1)</script></head><body>
<nav><a href="/">Home</a></nav><article><h1>Pier rules</h1><p>Mooring is free for the first two hours of a visit.</p>
<h2>Nets</h2><p>Nets are dried on the northern wall, never on the railing of the pier.</p></article></body></html>"""


def reopened(library: Library) -> Library:
    return Library.open(library.corpus_dir, library.home)


def passages(library: Library, source: str) -> tuple[Passage, ...]:
    return tuple(passage for passage in reopened(library).passages if passage.source == source)


def written(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def pdf(*lines: str, title: str = "") -> bytes:
    """Return a one-page PDF made by hand, with correct offsets."""
    shown = "".join(f"({line}) Tj T* " for line in lines)
    content = f"BT /F1 12 Tf 14 TL 40 780 Td {shown}ET".encode() if lines else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Title ({title}) >>".encode(),
    ]
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, body in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(b"trailer << /Size 7 /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start)
    return out.getvalue()


def encrypted() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("Secret")))
    writer.encrypt("password", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_document_is_cited_in_its_own_words_under_its_headings(library: Library, tmp_path: Path) -> None:
    report = library.add(written(tmp_path / "Travel Guide.md", GUIDE))
    (document,) = report.documents
    assert (document.id, document.title, document.change, document.passages) == (
        "travel-guide",
        "Travel guide",
        "added",
        2,
    )
    first, second = passages(library, "travel-guide")
    assert first.section == "Refunds"
    assert first.text == first.quote == "Tickets are refunded within thirty days, less a fee of 4 euros."
    assert GUIDE[slice(*second.span)] == second.text
    card = reopened(library).sources["travel-guide"]
    assert (card.publisher, card.dated, reopened(library).added) == (ADDED_BY, "undated", (card,))
    assert library.verify() == ()


@pytest.mark.parametrize(
    ("name", "data", "title", "sections", "says"),
    [
        pytest.param("a.txt", "Ships\n\nThe ferry leaves at nine.", "a.txt", ["Ships"], "leaves at nine", id="text"),
        pytest.param("a.html", PAGE, "Pier rules", ["Pier rules", "Nets"], "northern wall", id="html"),
        pytest.param("page", PAGE, "Pier rules", ["Pier rules", "Nets"], "first two hours", id="html-without-suffix"),
        pytest.param(
            "a.pdf", pdf("Ice closes", "the channel.", title="Ice"), "Ice", ["Ice"], "Ice closes the", id="pdf"
        ),
        pytest.param("b.bin", pdf("Ice closes", "the channel."), "b.bin", ["b.bin"], "Ice closes", id="pdf-by-content"),
        pytest.param("f.md", "---\ntitle: 'Fares'\n---\nA seat is 4.", "Fares", ["Fares"], "A seat", id="front-matter"),
        pytest.param("u.txt", "Fähre um neun".encode("utf-16"), "u.txt", ["u.txt"], "Fähre um neun", id="utf-16"),
        pytest.param("l.txt", "Fähre um neun".encode("latin-1"), "l.txt", ["l.txt"], "Fähre um neun", id="latin-1"),
        pytest.param("c.txt", "Fer\x07ry\u202e\u200b at\r\nnine", "c.txt", ["c.txt"], "Ferry at nine", id="invisible"),
        pytest.param("j.txt", "船は九時に出ます。" * 100, "j.txt", ["j.txt"], "船は九時に出ます。", id="no-blanks"),
        pytest.param("t.md", "{{ 7*7 }} !!python/object:x ${HOME}", "t.md", ["t.md"], "{{ 7*7 }} !!p", id="templates"),
    ],
)
def test_each_kind_of_document_is_read(
    library: Library, tmp_path: Path, name: str, data: str | bytes, title: str, sections: list[str], says: str
) -> None:
    (document,) = library.add(written(tmp_path / name, data)).documents
    found = passages(library, document.id)
    assert document.title == title
    assert list(dict.fromkeys(item.section for item in found)) == sections
    assert any(says in item.text for item in found)
    assert not any("alert" in item.text or "Home" in item.text.split() for item in found)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param("a.txt", b"", "empty", id="empty"),
        pytest.param("a.md", b" \n\t\n", "empty", id="blank"),
        pytest.param("a.txt", b"--- *** ...", "no words", id="no-words"),
        pytest.param("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 4, "binary", id="picture"),
        pytest.param("a.md", bytes(range(1, 32)) * 9, "binary", id="control-characters"),
        pytest.param("a.html", b"<html><body></body></html>", "no text in this page", id="empty-page"),
        pytest.param("a.pdf", b"%PDF-1.7\nnot really", "damaged PDF", id="damaged-pdf"),
        pytest.param("a.pdf", pdf("Ice closes")[:300], "damaged PDF|no text", id="cut-pdf"),
        pytest.param("a.pdf", pdf(), "only pictures", id="scanned-pdf"),
        pytest.param("a.pdf", encrypted(), "encrypted", id="encrypted-pdf"),
    ],
)
def test_what_holds_no_text_is_refused_in_one_line(
    library: Library, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    with pytest.raises(CorpusError, match=says) as caught:
        library.add(written(tmp_path / name, data))
    assert str(tmp_path / name) in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert not library.home.exists() or not list(library.home.rglob("*.json"))


def test_files_that_are_missing_special_or_too_large_are_refused(library: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(51 * 2**20)
    for name, says in (
        ("absent.md", "no such"),
        ("pipe", "not a plain file"),
        ("loop", "cannot be read|no such"),
        ("large.txt", "limit of 50 MB"),
        ("nul\0.md", "cannot be read"),
    ):
        with pytest.raises(UsageError, match=says):
            library.add(tmp_path / name)


def test_adding_again_replaces_and_keeps_what_did_not_change(library: Library, tmp_path: Path) -> None:
    path = written(tmp_path / "guide.md", GUIDE)
    library.add(path)
    refunds, dogs = passages(library, "guide")
    before = reopened(library)
    assert library.add(path).documents[0].change == "unchanged"
    assert reopened(library) == before
    written(path, GUIDE.replace("4 euros", "5 euros").replace("# Travel guide", "# Travel guide\n\nSince 1987.\n"))
    (document,) = library.add(path).documents
    assert (document.id, document.change, document.passages, document.new_passages) == ("guide", "replaced", 3, 2)
    assert [item.id for item in passages(library, "guide")][2] == dogs.id
    assert refunds.id not in {item.id for item in passages(library, "guide")}
    assert reopened(library).passages != before.passages


def test_an_edit_deep_in_a_long_section_leaves_most_ids_alone(library: Library, tmp_path: Path) -> None:
    blocks = [
        f"Paragraph {n} says " + " ".join(f"word{n}x{m}" for m in range(20 + n * 7 % 50)) + "." for n in range(80)
    ]
    path = written(tmp_path / "long.txt", "\n\n".join(blocks))
    before = library.add(path).documents[0]
    blocks[10] += " One more sentence, longer than what stood here before, and then some more words to move borders."
    written(path, "\n\n".join(blocks))
    after = library.add(path).documents[0]
    assert before.passages > 20
    assert 1 <= after.new_passages <= 5


def test_refresh_takes_in_edited_files_and_keeps_those_that_are_gone(library: Library, tmp_path: Path) -> None:
    kept, gone = written(tmp_path / "kept.md", GUIDE), written(tmp_path / "gone.md", GUIDE)
    library.add(kept)
    library.add(gone)
    assert reopened(library).refresh() == AddReport()
    written(kept, GUIDE.replace("half fare", "full fare"))
    gone.unlink()
    (document,) = reopened(library).refresh().documents
    assert (document.id, document.new_passages) == ("kept", 1)
    assert len(passages(library, "gone")) == 2
    written(kept, b"\0\1\2")
    report = reopened(library).refresh()
    assert (report.documents, len(report.skipped)) == ((), 1)
    assert len(passages(library, "kept")) == 2


def test_documents_of_one_name_are_told_apart_and_none_takes_a_sources_id(library: Library, tmp_path: Path) -> None:
    names = [
        library.add(written(tmp_path / folder / name, GUIDE)).documents[0].id
        for folder, name in (("a", "guide.md"), ("b", "guide.md"), ("a", "ferries.md"), ("a", "guide.md"))
    ]
    assert names[0] == names[3] == "guide"
    assert names[1].startswith("guide-")
    assert names[2].startswith("ferries-")
    assert len(passages(library, "ferries")) == 4


@pytest.mark.parametrize(
    "name", ["..md", "...md", "CON.md", "船.md", "a b;rm -rf.md", "%2e%2e.md", "A" * 200 + ".md", "-x.md", "é.MD"]
)
def test_ids_are_slugs_whatever_the_file_is_called(library: Library, tmp_path: Path, name: str) -> None:
    (document,) = library.add(written(tmp_path / "in" / name, GUIDE)).documents
    (record,) = (library.home / "documents").iterdir()
    assert record.name == f"{document.id}.json"
    assert set(document.id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    library.remove(document.id)


@pytest.mark.parametrize("name", ["../../x", "..", "", "/etc/passwd", "a/b", "guide.json", "Guide", "ferries", "a\0b"])
def test_removing_cannot_leave_the_folder(library: Library, tmp_path: Path, name: str) -> None:
    outside = written(tmp_path / "x.json", "{}")
    library.add(written(tmp_path / "guide.md", GUIDE))
    with pytest.raises(UsageError):
        library.remove(name)
    with pytest.raises(UsageError):
        library.detach(name)
    assert outside.exists()
    assert len(reopened(library).added) == 1


def test_removing_leaves_no_trace(library: Library, tmp_path: Path) -> None:
    library.add(written(tmp_path / "guide.md", GUIDE))
    assert reopened(library).passages != library.passages
    library.remove("guide")
    assert reopened(library) == library


def test_a_folder_is_added_with_a_line_for_each_thing_left_out(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    written(folder / "guide.md", GUIDE)
    written(folder / "sub" / "rules.html", PAGE)
    written(folder / "sub" / "empty.txt", b"")
    written(folder / "logo.png", b"\x89PNG\0\0")
    written(folder / ".git" / "config", "secret")
    written(folder / ".env", "secret")
    (folder / "sub" / "up").symlink_to(folder)
    (folder / "link.md").symlink_to(written(tmp_path / "outside.md", "outside words"))
    os.mkfifo(folder / "pipe")
    report = library.add(folder)
    assert sorted(document.id for document in report.documents) == ["guide", "sub-rules"]
    left_out = {"empty.txt": "empty", "logo.png": "binary", ".git": "hidden", ".env": "hidden"} | {
        "up": "a link",
        "link.md": "a link",
        "pipe": "not a plain file",
    }
    assert len(report.skipped) == len(left_out)
    for name, why in left_out.items():
        assert any(line.partition(": ")[0].endswith(f"/{name}") and why in line for line in report.skipped), name
    assert [document.change for document in library.add(folder).documents] == ["unchanged"] * 2


def test_an_empty_folder_is_an_error(library: Library, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(CorpusError, match="nothing in it"):
        library.add(tmp_path / "docs")


def test_a_home_that_cannot_be_written_is_the_operators_to_mend(corpus_dir: Path, tmp_path: Path) -> None:
    blocked = written(tmp_path / "home", "a file stands where the folder should be")
    library = Library.open(corpus_dir, blocked / "rung")
    with pytest.raises(SettingsError, match="cannot be written"):
        library.add(written(tmp_path / "guide.md", GUIDE))


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_home_is_the_operators_to_mend(library: Library, tmp_path: Path) -> None:
    library.home.mkdir(mode=0o500)
    with pytest.raises(SettingsError, match="cannot be written"):
        library.add(written(tmp_path / "guide.md", GUIDE))


def test_a_full_disk_loses_nothing(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "guide.md", GUIDE)
    library.add(path)
    written(path, GUIDE.replace("July", "June"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match="No space left"):
        library.add(path)
    assert "July" in passages(library, "guide")[1].text
    assert [file.name for file in (library.home / "documents").iterdir()] == ["guide.json"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"id": "other"}', b"\xff"])
def test_a_damaged_record_is_left_out_named_and_mended_by_adding(library: Library, tmp_path: Path, data: bytes) -> None:
    path = written(tmp_path / "guide.md", GUIDE)
    library.add(path)
    whole = reopened(library)
    written(library.home / "documents" / "guide.json", data)
    damaged = reopened(library)
    assert (damaged.passages, len(damaged.problems)) == (library.passages, 1)
    assert [item.subject for item in library.verify()] == ["guide"]
    library.add(path)
    assert reopened(library) == whole


def test_verify_sees_edited_originals_lost_files_and_changed_records(library: Library, tmp_path: Path) -> None:
    edited, lost = written(tmp_path / "edited.md", GUIDE), written(tmp_path / "lost.md", GUIDE)
    changed = written(tmp_path / "changed.md", GUIDE)
    for path in (edited, lost, changed):
        library.add(path)
    written(edited, GUIDE + "More.")
    lost.unlink()
    record = library.home / "documents" / "changed.json"
    record.write_text(record.read_text().replace("4 euros", "9 euros"))
    found = {(item.subject.partition("#")[0], item.is_error) for item in library.verify()}
    assert found == {("edited", False), ("lost", False), ("changed", True)}


def test_a_folder_that_may_not_be_read_is_named(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, shut = tmp_path / "docs", tmp_path / "docs" / "shut"
    written(docs / "guide.md", GUIDE)
    written(shut / "more.md", GUIDE)
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if Path(path) == shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(shut))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    report = library.add(docs)
    assert [document.id for document in report.documents] == ["guide"]
    assert report.skipped == (f"{shut}: Permission denied",)


def test_what_is_ours_is_no_document(corpus_dir: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    library, cache = Library.open(corpus_dir, project / "data"), project / "build" / "cache"
    for path in (project / "guide.md", library.home / "notes.txt", cache / "words.txt", project / "build" / "b.txt"):
        written(path, GUIDE)
    report = library.add(project, leave_out=(cache,))
    assert [document.id for document in report.documents] == ["guide", "build-b"]
    assert report.skipped == tuple(f"{own}: what rung keeps itself, left out" for own in (library.home, cache))


def _add(corpus_dir: str, home: str, path: str) -> None:
    Library.open(Path(corpus_dir), Path(home)).add(path)


def test_two_processes_adding_at_once_lose_nothing(library: Library, tmp_path: Path) -> None:
    context = get_context("spawn")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        for number in range(8):
            written(folder / f"page{number}.md", GUIDE)
    jobs = [
        context.Process(target=_add, args=(str(library.corpus_dir), str(library.home), str(folder)))
        for folder in folders
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert [job.exitcode for job in jobs] == [0, 0]
    assert len(reopened(library).added) == 16


Route = Callable[[BaseHTTPRequestHandler], None]


def reply(body: bytes, content_type: str = "", status: int = 200, **headers: str) -> Route:
    def route(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if content_type:
            request.send_header("Content-Type", content_type)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    return route


def endless(request: BaseHTTPRequestHandler) -> None:
    reply(b"", "text/plain")(request)
    try:
        for _ in range(40):
            request.wfile.write(b"x" * 2**20)
    except OSError:
        pass


ROUTES: dict[str, Route] = {
    "/rules": reply(PAGE.encode(), "text/html; charset=utf-8"),
    "/guide.md": reply(GUIDE.encode(), "text/plain"),
    "/latin.txt": reply("Fähre um neun".encode("latin-1"), "text/plain; charset=iso-8859-1"),
    "/ice.pdf": reply(pdf("Ice closes", "the channel."), "application/octet-stream"),
    "/moved": reply(b"", status=302, Location="/rules"),
    "/round": reply(b"", status=302, Location="/round"),
    "/local": reply(b"", status=302, Location="file:///etc/passwd"),
    "/picture": reply(b"\x89PNG", "image/png"),
    "/hidden-binary": reply(b"\0\1\2" * 50, "text/plain"),
    "/endless": endless,
}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ROUTES.get(self.path, reply(b"gone", "text/plain", 404))(self)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "name", "says"),
    [
        ("/rules", "rules", "northern wall"),
        ("/guide.md", "guide", "less a fee of 4 euros"),
        ("/latin.txt", "latin", "Fähre"),
        ("/ice.pdf", "ice", "Ice closes"),
        ("/moved", "moved", "northern wall"),
    ],
)
def test_an_address_is_fetched_and_its_content_type_decides(
    library: Library, site: str, path: str, name: str, says: str
) -> None:
    (document,) = library.add(site + path).documents
    assert (document.id, document.origin) == (name, site + path)
    assert any(says in item.text for item in passages(library, name))
    assert library.add(site + path).documents[0].change == "unchanged"
    assert library.verify() == ()


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/absent", "404"),
        ("/round", "more than 5 redirects"),
        ("/local", r"redirects away from http|cannot be fetched"),
        ("/picture", "image/png cannot be read"),
        ("/hidden-binary", "binary"),
        ("/endless", "limit of 20 MB"),
    ],
)
def test_an_address_that_gives_no_document_is_refused(library: Library, site: str, path: str, says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        library.add(site + path)
    assert not library.home.exists()


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/a", "http://", "http://[::1", "x://y"])
def test_only_web_addresses_are_fetched(library: Library, target: str) -> None:
    with pytest.raises(UsageError):
        library.add(target)


@pytest.mark.parametrize(
    "target",
    [
        "http://someone:s3cret@127.0.0.1:9/guide.md",
        "http://someone:s3cret#1@127.0.0.1:9/guide.md",
        "http://someone:s3cret@[::1/guide.md",
        "ftp://someone:s3cret@example.org/a",
        "http://someone:s3cret@",
    ],
)
def test_no_password_of_an_address_is_shown(library: Library, target: str) -> None:
    with pytest.raises(RungError) as caught:
        library.add(target)
    assert "s3" not in str(caught.value)


def test_a_page_that_refuses_shows_no_password(library: Library, site: str) -> None:
    with pytest.raises(CorpusError, match="404") as caught:
        library.add(site.replace("://", "://someone:s3cret@") + "/absent")
    assert str(caught.value).startswith(f"{site}/absent: ")


def test_a_place_in_a_page_is_the_page(library: Library, site: str) -> None:
    library.add(f"{site}/rules")
    (document,) = library.add(f"{site}/rules#northern").documents
    assert (document.id, document.origin, document.change) == ("rules", f"{site}/rules", "unchanged")


def test_a_server_that_is_not_there_is_named(library: Library) -> None:
    with pytest.raises(RungError, match="cannot be fetched"):
        library.add("http://127.0.0.1:9/guide.md")


def test_a_record_is_plain_data(library: Library, tmp_path: Path) -> None:
    library.add(written(tmp_path / "guide.md", GUIDE))
    record = json.loads((library.home / "documents" / "guide.json").read_text())
    assert record["origin"] == str(tmp_path / "guide.md")
