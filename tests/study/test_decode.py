"""The study file: each error has its code and names its place."""

from __future__ import annotations

import re
import time

import msgspec
import pytest

import citysample as cs
from citysample.study.decode import decode_study
from citysample.study.design_file import NeymanPart
from citysample.study.study_file import StudyFile

ALLOCATION = "[design.allocation]\n"
GROWTH = '[[frame.growth]]\nname = "g"\nstart = "p0"\nend = "p1"\n'
CLASSES = '[[frame.classes]]\nname = "size_class"\ncolumn = "population"\n'
BY = 'by = ["region"]'

# text that is replaced, new text, place, got, words of the expectation
VALUES: list[tuple[str, str, str, str, str]] = [
    ("n = 12", ALLOCATION + 'kind = "equal"\nn = "40"', "design.allocation.n", "'40'", "a whole number"),
    ("n = 12", ALLOCATION + 'kind = "equal"\nn = 0', "design.allocation.n", "0", "of 1 or more"),
    ("n = 12", ALLOCATION + 'kind = "neyman"\nn = 4\nproxy = 5', "design.allocation.proxy", "5", "a text"),
    ("n = 12", ALLOCATION + 'kind = "proportional"\nn = 4\nmin_per_stratum = -1',
     "design.allocation.min_per_stratum", "-1", "of 1 or more"),
    ("n = 12", ALLOCATION + "kind = 4\nn = 4", "design.allocation.kind", "4", "'neyman'"),
    ("n = 12", "allocation = [1]", "design.allocation", "[1]", "a part with keys"),
    ("n = 12", 'allocation = "neyman"', "design.allocation", "'neyman'", "a part with keys"),
    ("[estimation]", '[[stage]]\nfile = "a.csv"\nunit = "area"\nn = 1.5\n[estimation]', "stage[0].n", "1.5",
     "of 1 or less"),
    ("[estimation]", "[fieldwork]\nadded = [1]\n[estimation]", "fieldwork.added[0]", "1", "a text"),
    ("[estimation]", "[round]\nname = 2030\n[estimation]", "round.name", "2030", 'a text, such as "2030"'),
    (
        "[estimation]",
        '[round]\nname = "2030"\nprevious = "x"\nbirths = 1\n[estimation]',
        "round.births",
        "1",
        "of 2 or more",
    ),
    ("n = 12", "n = 0", "design.n", "0", "of 1 or more"),
    ("n = 12", "n = -3", "design.n", "-3", "of 1 or more"),
    ("n = 12", "n = 12.5", "design.n", "12.5", "a whole number"),
    ("n = 12", "n = nan", "design.n", "nan", "a whole number"),
    ("n = 12", "n = true", "design.n", "true", "a whole number"),
    ("n = 12", "n = 12\ncertainty = true", "design.certainty", "true", "a number"),
    ("n = 12", 'n = 12\ncertainty = "261"', "design.certainty", "'261'", "a list"),
    ("n = 12", 'n = 12\ncertainty = ["a", 1]', "design.certainty[1]", "1", "a text"),
    ('["region"]\nn', '"region"\nn', "design.strata", "'region'", "a list"),
    ('["region"]\nn', "[1]\nn", "design.strata[0]", "1", "a text"),
    ('"SMALL-1"', "2026", "study.seed", "2026", 'a text, such as "2026"'),
    ('"SMALL-1"', '""', "study.seed", "''", "a text that is not empty"),
    ('"frame.csv"', "3", "frame.file", "3", "a text"),
    ("[design]", CLASSES + 'bounds = [1, "2"]\n[design]', "frame.classes[0].bounds[1]", "'2'", "a number"),
    ("2025", "2025-01-01", "data.period", "2025-01-01", "a whole number"),
    ("2025", "true", "data.period", "true", "a whole number"),
    (BY, 'by = "region"', "estimation.by", "'region'", "a list"),
    (BY, "by = [1]", "estimation.by[0]", "1", "a text"),
    (BY, 'by = [["a", ["b"]]]', "estimation.by[0][1]", "['b']", "a text"),
    (BY, 'confidence_level = "95"', "estimation.confidence_level", "'95'", "a number"),
    (BY, "df = true", "estimation.df", "true", "a number"),
    ('name = "Share built up"', "name = 5", "estimate[1].name", "5", "a text"),
    ('name = "Share built up"', 'name = ""', "estimate[1].name", "''", "a text that is not empty"),
    ('unit = "share"', "unit = 1", "estimate[1].unit", "1", "a text"),
    (BY, "replicates = 1", "estimation.replicates", "1", "of 2 or more"),
    (BY, "replicates = 9999999", "estimation.replicates", "9999999", "of 100000 or less"),
    (BY, 'replicates = "99"', "estimation.replicates", "'99'", "a whole number"),
    (BY, "seed = 7", "estimation.seed", "7", 'a text, such as "7"'),
    (BY, "fay = 1", "estimation.fay", "1", "below 1"),
    (BY, "fay = -0.5", "estimation.fay", "-0.5", "of 0 or more"),
    (BY, 'proxy = ""', "estimation.proxy", "''", "a text that is not empty"),
    ("period = 2025", "errors = { built = 3 }", "data.errors[...]", "{built = 3}", "a text"),
    ("period = 2025", 'common_errors = { built = "a" }', "data.common_errors[...]", "{built = 'a'}",
     "a number"),
    ("period = 2025", "common_errors = { built = -1 }", "data.common_errors[...]", "{built = -1}",
     "above -1"),
    ("period = 2025", 'covariances = [{ of = ["a", 1], column = 0 }]', "data.covariances[0].of[1]", "1",
     "a text"),
    ("period = 2025", 'covariances = [{ of = ["a", "b"], column = 0.5 }]', "data.covariances[0].column",
     "0.5", "a whole number or a text"),
    ("[estimation]", '[[contrast]]\nname = "a"\nformula = 1\n[estimation]', "contrast[0].formula", "1",
     "a text"),
]  # fmt: skip

# text that is replaced, new text, place, unknown key, nearest known key
UNKNOWN: list[tuple[str, str, str, str, str]] = [
    ("[estimation]", "[estimatoin]", "top of the file", "estimatoin", "estimation"),
    ("seed =", 'titel = "x"\nseed =', "study", "titel", "title"),
    ("size =", "sizes =", "frame", "sizes", "size"),
    ("[design]", CLASSES + "bound = [1]\nbounds = [1]\n[design]", "frame.classes[0]", "bound", "bounds"),
    ("n = 12", 'n = 12\nmetod = "srs"', "design", "metod", "method"),
    ("n = 12", ALLOCATION + 'kind = "equal"\nn = 3\nmin_per_strata = 1', "design.allocation",
     "min_per_strata", "min_per_stratum"),
    ("n = 12", ALLOCATION + 'kind = "proportional"\nn = 3\nmin_per_strata = 1', "design.allocation",
     "min_per_strata", "min_per_stratum"),
    ("n = 12", ALLOCATION + 'kind = "neyman"\nn = 3\nproxi = "a"\nproxy = "a"', "design.allocation",
     "proxi", "proxy"),
    ("n = 12", ALLOCATION + 'kind = "explicit"\nn_by_strata = {}\nn_by_stratum = {}', "design.allocation",
     "n_by_strata", "n_by_stratum"),
    ("period = 2025", "perod = 2025", "data", "perod", "period"),
    (BY, "confidence = 0.9", "estimation", "confidence", "confidence_level"),
    ('unit = "share"', 'units = "share"', "estimate[1]", "units", "unit"),
    (BY, "replicate = 9", "estimation", "replicate", "replicates"),
    ("period = 2025", 'error = { built = "se" }', "data", "error", "errors"),
    ("period = 2025", 'covariances = [{ of = ["a", "b"], colum = 0, column = 0 }]', "data.covariances[0]",
     "colum", "column"),
    ("[estimation]", '[[contrast]]\nname = "a"\nformla = "a"\nformula = "a"\n[estimation]', "contrast[0]",
     "formla", "formula"),
]  # fmt: skip

# text that is replaced, new text, place, missing key
ABSENT: list[tuple[str, str, str, str]] = [
    ("[study]", "", "top of the file", "study"),
    ('file = "frame.csv"', "", "frame", "file"),
    ("[design]", GROWTH + "[design]", "frame.growth[0]", "years"),
    ("n = 12", ALLOCATION + "n = 4", "design.allocation", "kind"),
    ("n = 12", ALLOCATION + 'kind = "neyman"\nn = 4', "design.allocation", "proxy"),
    ("n = 12", ALLOCATION + 'kind = "explicit"', "design.allocation", "n_by_stratum"),
    ('formula = "ratio(built, area)"', "", "estimate[1]", "formula"),
    ("[estimation]", '[[contrast]]\nname = "a"\n[estimation]', "contrast[0]", "formula"),
]


def failure(text: str) -> cs.StudyError:
    with pytest.raises(cs.StudyError) as caught:
        decode_study(text.encode("utf-8"), "study.toml")
    return caught.value


def changed(text: str, old: str, new: str) -> str:
    assert old in text, old
    return text.replace(old, new)


@pytest.mark.parametrize(("old", "new", "place", "got", "expected"), VALUES)
def test_a_wrong_value_is_located(
    study_text: str, old: str, new: str, place: str, got: str, expected: str
) -> None:
    error = failure(changed(study_text, old, new))
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", f"study.toml: {place}")
    assert error.got == got
    assert error.expected is not None
    assert expected in error.expected


COMPLETE = """[study]
title = "t"
seed = "s"
[frame]
file = "f.csv"
id = "c"
missing = ["-"]
[[frame.classes]]
name = "a"
column = "b"
bounds = [1]
quantiles = 3
[[frame.growth]]
name = "a"
start = "x"
end = "y"
years = 3
[design]
strata = ["a"]
certainty = 3
[design.allocation]
kind = "neyman"
n = 10
proxy = "x"
[data]
file = "d.csv"
period = 2
[estimation]
by = ["a"]
confidence_level = 0.9
df = "design"
[[estimate]]
name = "n"
formula = "f"
interval = "t"
"""
ODD = [
    '"x"',
    '""',
    '"7"',
    "3",
    "0",
    "-1",
    "2.5",
    "true",
    "[]",
    "[1]",
    '[["b"]]',
    "{a = 1}",
    "2025-01-01",
    "nan",
]
CODE_WORDS = re.compile(
    r"\b(str|int|float|bool|null|None|array|object|dict|tuple|True|False|datetime|Struct)\b"
)


def test_no_message_speaks_of_types_of_a_program() -> None:
    decode_study(COMPLETE.encode(), "study.toml")
    lines, messages = COMPLETE.splitlines(), []
    for row, line in enumerate(lines):
        key, sign, _ = line.partition(" = ")
        for value in ODD if sign else []:
            text = "\n".join([*lines[:row], f"{key} = {value}", *lines[row + 1 :]])
            try:
                decode_study(text.encode(), "study.toml")
            except cs.StudyError as error:
                messages.append(str(error))
    assert len(messages) > 250
    assert [message for message in messages if CODE_WORDS.search(message)] == []


SINGLE = '[estimate]\nname = "a"\nformula = "total(x)"\n'


@pytest.mark.parametrize(
    ("old", "new", "remedy"),
    [
        ('"SMALL-1"', "2025", 'Put the value in quotes: seed = "2025".'),
        ("n = 12", 'n = "12"', "Write the number without quotes: n = 12."),
        ('strata = ["region"]', 'strata = "region"', 'Put the value in brackets: strata = ["region"].'),
        ("n = 12", 'n = 12\ncertainty = "261"', "lists in brackets."),
        ("n = 12", 'n = 12\nallocation = "equal"', "Write the heading [design.allocation], and its keys"),
    ],
)
def test_a_remedy_shows_how_the_value_is_written(study_text: str, old: str, new: str, remedy: str) -> None:
    assert remedy in failure(changed(study_text, old, new)).remedy


def test_a_part_in_single_brackets_is_explained(study_text: str) -> None:
    error = failure(study_text.split("[[estimate]]", maxsplit=1)[0] + SINGLE)
    assert error.expected == "one or more parts with the heading [[estimate]]"
    assert error.got == "{name = 'a', formula = 'total(x)'}"
    assert "two brackets" in error.remedy


@pytest.mark.parametrize(("old", "new", "place", "key", "nearest"), UNKNOWN)
def test_an_unknown_key_is_located_and_the_nearest_is_named(
    study_text: str, old: str, new: str, place: str, key: str, nearest: str
) -> None:
    error = failure(changed(study_text, old, new))
    assert error.code == "STUDY-KEY-UNKNOWN"
    assert (error.where, error.what) == (f"study.toml: {place}", f"There is no key '{key}' here.")
    assert f"Did you mean '{nearest}'?" in error.remedy


@pytest.mark.parametrize(("old", "new", "place", "key"), ABSENT)
def test_a_missing_key_is_located(study_text: str, old: str, new: str, place: str, key: str) -> None:
    text = changed(study_text, old, new)
    text = text.replace('title = "A small study"\nseed = "SMALL-1"\n', "") if key == "study" else text
    error = failure(text)
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", f"study.toml: {place}")
    assert error.what == f"The key '{key}' is missing."


def test_the_tables_of_errors_are_complete() -> None:
    assert (len(VALUES), len(UNKNOWN), len(ABSENT)) == (48, 16, 8)
    parts = {place.split(".")[0].split("[")[0] for _, _, place, *_ in VALUES}
    assert parts == set(StudyFile.__struct_fields__)


@pytest.mark.parametrize(
    ("new", "place", "options"),
    [
        (ALLOCATION + 'kind = "neymann"\nn = 4', "design.allocation.kind",
         ("equal", "proportional", "neyman", "optimal", "power", "bethel", "controlled", "explicit")),
        ('[estimation]\ndf = "desing"', "estimation.df", ("design", "nominal", "satterthwaite")),
    ],
)  # fmt: skip
def test_a_wrong_choice_lists_the_right_ones(
    study_text: str, new: str, place: str, options: tuple[str, ...]
) -> None:
    old = "n = 12" if place.startswith("design") else f"[estimation]\n{BY}"
    error = failure(changed(study_text, old, new))
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", f"study.toml: {place}")
    text = f"{error.expected} {error.remedy}"
    assert "Invalid" not in text
    assert [option for option in options if option not in text] == []


def test_a_wrong_count_of_a_stratum_names_the_stratum(study_text: str) -> None:
    counts = 'kind = "explicit"\nn_by_stratum = { North = 2, "South / small" = "3", West = 2 }'
    error = failure(changed(study_text, "n = 12", ALLOCATION + counts))
    assert error.code == "STUDY-VALUE-INVALID"
    assert "design.allocation.n_by_stratum" in str(error.where)
    assert "South / small" in str(error)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("n = 12", "n = 12\ncertainty = nan", "design.certainty"),
        ("n = 12", "n = 12\ncertainty = inf", "design.certainty"),
        (BY, "confidence_level = 95", "estimation.confidence_level"),
        (BY, "confidence_level = 0", "estimation.confidence_level"),
        (BY, "confidence_level = 1", "estimation.confidence_level"),
        (BY, "confidence_level = -0.95", "estimation.confidence_level"),
        (BY, "confidence_level = nan", "estimation.confidence_level"),
        (BY, "df = 0", "estimation.df"),
        (BY, "df = -2.0", "estimation.df"),
        (BY, "df = nan", "estimation.df"),
        (BY, "df = inf", "estimation.df"),
    ],
)
def test_numbers_out_of_range_are_located(study_text: str, old: str, new: str, place: str) -> None:
    error = failure(changed(study_text, old, new))
    assert (error.code, error.where) == ("STUDY-VALUE-INVALID", f"study.toml: {place}")


def test_two_estimates_of_one_name_are_refused(study_text: str) -> None:
    error = failure(changed(study_text, "Share built up", "Built-up area"))
    assert error.code == "STUDY-VALUE-INVALID"
    assert "estimate" in str(error.where)
    assert "'Built-up area'" in str(error.got)


@pytest.mark.parametrize("kind", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_accepted(study_text: str, kind: bytes) -> None:
    study = decode_study(kind + study_text.encode("utf-8"), "study.toml")
    assert study.design is not None
    assert (study.study.seed, study.design.n, len(study.estimate)) == ("SMALL-1", 12, 2)


def test_windows_line_ends_are_accepted(study_text: str) -> None:
    windows = decode_study(study_text.replace("\n", "\r\n").encode("utf-8"), "study.toml")
    assert windows == decode_study(study_text.encode("utf-8"), "study.toml")


def test_the_parts_are_typed_and_frozen(study_text: str) -> None:
    text = changed(study_text, "n = 12", ALLOCATION + 'kind = "neyman"\nn = 12\nproxy = "area"')
    study = decode_study(text.encode("utf-8"), "study.toml")
    assert study.design is not None
    assert study.design.allocation == NeymanPart(n=12, proxy="area", min_per_stratum=2)
    assert study.estimation.by == ("region",)
    with pytest.raises(AttributeError):
        study.study.seed = "another"  # type: ignore[misc]  # on purpose
    again = msgspec.convert(msgspec.to_builtins(study), StudyFile)
    assert again == study


def test_what_a_part_leaves_out_gets_its_default(study_text: str) -> None:
    study = decode_study(study_text.split("[data]", maxsplit=1)[0].encode("utf-8"), "study.toml")
    assert study.design is not None
    assert (study.data, study.estimate, study.design.method) == (None, (), "srs")
    assert (study.estimation.confidence_level, study.estimation.df) == (0.95, "design")


def test_a_huge_study_file_does_not_hang(study_text: str) -> None:
    started = time.perf_counter()
    study = decode_study((study_text + "\n# " + "x" * 2_000_000).encode("utf-8"), "study.toml")
    assert study.design is not None
    assert study.design.n == 12
    many = "".join(f"key_{k} = {k}\n" for k in range(20_000))
    assert failure(f"{study_text}\n[many]\n{many}").code == "STUDY-KEY-UNKNOWN"
    assert time.perf_counter() - started < 10.0
