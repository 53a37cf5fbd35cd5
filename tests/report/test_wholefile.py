"""A file is written whole, or what was there before stays and nothing else is left."""

import errno
import os
from pathlib import Path

import pytest

from thermal.report.wholefile import write_whole


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture(params=["fsync", "write"])
def full_disk(request, monkeypatch):
    """A disk without room, noticed when the file is flushed or while it is written."""
    if request.param == "fsync":
        monkeypatch.setattr(os, "fsync", full)
        return
    plain = Path.open

    def opened(self, mode="r", *more):
        stream = plain(self, mode, *more)
        if "w" not in mode:
            return stream
        stream.close()
        return plain(Path("/dev/full"), "wb", buffering=0)

    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    monkeypatch.setattr(Path, "open", opened)


def test_a_full_disk_leaves_nothing(tmp_path, full_disk):
    with pytest.raises(OSError, match="cannot write the report: No space left on device") as caught:
        write_whole(tmp_path / "report.pdf", b"%PDF" * 1000)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_the_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"before")
    path.chmod(0o640)
    write_whole(path, b"after")
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("place", "error", "message"),
    [
        ("", IsADirectoryError, "it is a folder"),
        ("missing/report.pdf", FileNotFoundError, "No such file or directory"),
        ("plain/report.pdf", NotADirectoryError, "Not a directory"),
    ],
)
def test_a_path_that_cannot_be_written_is_named(tmp_path, place, error, message):
    (tmp_path / "plain").write_text("a file, no folder")
    with pytest.raises(error, match=f"cannot write the report: {message}") as caught:
        write_whole(tmp_path / place, b"content")
    assert caught.value.filename == str(tmp_path / place)
    assert [p.name for p in tmp_path.iterdir()] == ["plain"]


def test_a_device_is_written_to_not_replaced():
    write_whole(Path("/dev/null"), b"content")
    assert not Path("/dev/null").is_file()
