"""Study files that are not even TOML, and Windows paths whose backslashes TOML ate."""

from __future__ import annotations

import pytest

import citysample as cs
from citysample.study.decode import decode_study


def failure(content: str | bytes) -> cs.StudyError:
    data = content.encode("utf-8") if isinstance(content, str) else content
    with pytest.raises(cs.StudyError) as caught:
        decode_study(data, "study.toml")
    return caught.value


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("n = 12", "n ="),
        ("n = 12", "n = 12\nn = 13"),
        ("n = 12", "n = twelve"),
        ("n = 12", "n = 12 13"),
        ("2025", "2025-13-45"),
        ("[design]", "[design"),
        ('"SMALL-1"', '"SMALL-1'),
        ("n = 12", "n = " + "1" * 5000),
    ],
)
def test_a_syntax_error_says_where(study_text: str, old: str, new: str) -> None:
    error = failure(study_text.replace(old, new, 1))
    assert error.code == "STUDY-SYNTAX"
    assert str(error.where).startswith("study.toml")
    assert error.got


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_a_file_that_is_not_utf8_says_so(study_text: str, encoding: str) -> None:
    error = failure(study_text.replace("A small study", "Étude").encode(encoding))
    assert error.code == "STUDY-SYNTAX"
    assert "UTF-8" in error.what
    assert "UTF-8" in error.remedy


@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_is_refused_without_a_crash(study_text: str, brackets: str) -> None:
    left, right = ("[", "]") if brackets == "[]" else ("{a = ", "}")
    error = failure(study_text.replace("n = 12", "n = " + left * 20_000 + "1" + right * 20_000))
    assert error.code == "STUDY-SYNTAX"
    assert "deep" in error.what


def test_deep_dotted_keys_are_refused_without_a_crash(study_text: str) -> None:
    error = failure(study_text + "\n[" + ".".join(["a"] * 20_000) + "]\nb = 1\n")
    assert error.code == "STUDY-KEY-UNKNOWN"


def test_a_very_long_value_does_not_fill_the_screen(study_text: str) -> None:
    error = failure(study_text.replace('"SMALL-1"', "[" + "1, " * 50_000 + "]"))
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", "study.toml: study.seed")
    assert len(str(error)) < 2_000


INVALID_ESCAPES = [r"C:\data\x.csv", r"C:\users\x.csv", r"D:\my data\cities.csv", r"\\server\cities.csv"]
VALID_ESCAPES = [r"C:\temp\new.csv", r"C:\bin\fig.csv", r"C:\new\table.csv", r"C:\results\frame.csv"]


@pytest.mark.parametrize("key", ["frame.csv", "data.csv"])
@pytest.mark.parametrize("path", INVALID_ESCAPES)
def test_backslashes_that_are_no_escapes(study_text: str, key: str, path: str) -> None:
    error = failure(study_text.replace(f'"{key}"', f'"{path}"'))
    assert error.code == "STUDY-BACKSLASH"
    assert "single quotes" in error.remedy
    assert "/" in error.remedy
    assert "line" in str(error.got)


@pytest.mark.parametrize(("key", "place"), [("frame.csv", "frame.file"), ("data.csv", "data.file")])
@pytest.mark.parametrize("path", VALID_ESCAPES)
def test_backslashes_that_are_escapes_by_chance(study_text: str, key: str, place: str, path: str) -> None:
    error = failure(study_text.replace(f'"{key}"', f'"{path}"'))
    assert (error.code, error.where) == ("STUDY-BACKSLASH", f"study.toml: {place}")
    assert "single quotes" in error.remedy


def test_a_backslash_before_the_closing_quote_is_explained(study_text: str) -> None:
    error = failure(study_text.replace('"data.csv"', '"C:\\temp\\"'))
    assert error.code in ("STUDY-BACKSLASH", "STUDY-SYNTAX")
    assert "line 16" in str(error.got)


@pytest.mark.parametrize("path", [*INVALID_ESCAPES, *VALID_ESCAPES])
def test_the_two_remedies_work(study_text: str, path: str) -> None:
    forward = path.replace("\\", "/")
    for written, read in ((f"'{path}'", path), (f'"{forward}"', forward)):
        study = decode_study(study_text.replace('"frame.csv"', written).encode("utf-8"), "study.toml")
        assert study.frame.file == read
