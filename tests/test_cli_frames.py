"""The commands ``citysample frames ...``: what they print, write and refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import citysample as cs
from citysample.cli import cli
from citysample.errors import CitySampleError

COMMANDS = ["list", "show", "export", "prepare", "check", "diff", "from-grid"]


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["frames", *map(str, arguments)])


def test_help_lists_the_commands_in_the_order_of_the_work() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    listed = re.findall(r"^  ([\w-]+)  +[A-Z]", result.output.split("Commands:")[1], re.MULTILINE)
    assert listed == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_each_command_with_an_example(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert f"citysample frames {command}" in result.output.split("Example:")[1]
    assert invoke(command, "-h").output == result.output


def test_list_shows_all_countries_or_those_asked_for() -> None:
    everything = invoke("list").output
    assert len(re.findall(r"^[A-Z]{3}  ", everything, re.MULTILINE)) == 227
    assert "NAM   Namibia" in everything
    some = invoke("list", "guinea").output
    assert re.findall(r"^([A-Z]{3})  ", some, re.MULTILINE) == ["GIN", "GNQ", "GNB", "PNG"]
    assert invoke("list", "keny").output.strip().endswith("citysample frames show KEN")
    assert re.findall(r"^([A-Z]{3})  ", invoke("list", "mali").output, re.MULTILINE) == ["MLI", "SOM"]
    none = invoke("list", "atlantis")
    assert none.exit_code == 0
    assert "No country" in none.output


def test_show_prints_the_largest_cities_or_all() -> None:
    ten = invoke("show", "NA").output
    assert "Namibia: 5 urban centres" in ten
    assert "Windhoek" in ten
    kenya = invoke("show", "KEN", "--all", "--towns").output
    assert len(re.findall(r"^(?:GN|T3-)\S+ ", kenya, re.MULTILINE)) == 188
    assert kenya.index("Nairobi ") < kenya.index("Mombasa ")


@pytest.mark.parametrize("ending", ["xlsx", "csv", "parquet"])
def test_export_writes_a_file_that_is_the_frame(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"kenya.{ending}"
    result = invoke("export", "KEN", out, "--towns")
    assert result.exit_code == 0
    assert f"Wrote: {out}" in result.output
    assert "CC BY 4.0" in result.output
    frame = cs.CityFrame.read(out, id="city_id", size="population", name="name")
    assert frame.fingerprint() == cs.load_frame("KEN", towns=True).fingerprint()
    again = CliRunner().invoke(cli, ["frames", "export", "KEN", str(out)])
    assert isinstance(again.exception, CitySampleError)
    assert again.exception.code == "FILE-EXISTS"


def test_a_shipped_frame_passes_its_own_check(tmp_path: Path) -> None:
    out = tmp_path / "kenya.csv"
    invoke("export", "KEN", out)
    result = invoke("check", out, "--country", "KEN", "--vintage", "2025", "--period", "2025")
    assert result.exit_code == 0, result.output
    assert "0 errors" in result.output


def test_a_frame_compared_with_itself_has_no_changes(tmp_path: Path) -> None:
    out = tmp_path / "kenya.csv"
    invoke("export", "KEN", out)
    result = invoke("diff", out, out, "--size", "population")
    assert result.exit_code == 0
    assert "49" in result.output
    larger = tmp_path / "towns.csv"
    invoke("export", "KEN", larger, "--towns")
    assert "139" in invoke("diff", out, larger, "--size", "population").output


def test_check_reads_a_text_file_as_its_options_say(tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    rows = ["city_id|Ville|Population", "a|Ségou|1.500,5", "b|Kita|2.250,5", "c|Nara|n.d.", "d|Diré|-"]
    path.write_bytes("\n".join(rows).encode("cp1252"))
    signs = ["--delimiter", "|", "--encoding", "cp1252", "--decimal", ",", "--thousands", "."]
    result = invoke("check", path, *signs, "--missing", "n.d.", "--missing", "-")
    assert result.exit_code == 1, result.output
    assert "4 rows checked: 1 error," in result.output
    assert "[SIZE-MISSING] A city has no size.\n  cities:   'c' Nara, 'd' Diré\n" in result.output
    only_one = invoke("check", path, *signs, "--missing", "n.d.")
    assert "[NUMBER-INVALID]" in only_one.output


def test_check_takes_a_sheet_and_a_country_by_name(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path, engine="openpyxl") as writer:
        pd.DataFrame({"note": ["x"], "text": ["y"]}).to_excel(writer, sheet_name="Notes", index=False)
        table = pd.DataFrame(
            {"city_id": ["a", "b"], "Nom": ["A", "B"], "Pop": [5, 0], "iso3": ["MLI", "SEN"]}
        )
        table.to_excel(writer, sheet_name="Communes", index=False)
    assert isinstance(invoke("check", path).exception, CitySampleError)
    result = invoke("check", path, "--sheet", "Communes", "--country", "mali")
    assert result.exit_code == 1
    assert "country: MLI for all rows" in " ".join(result.output.split())
    assert "[COUNTRY-OTHER] A city has the code of another country.\n  cities:   'b' B\n" in result.output


def test_check_refuses_a_target_that_is_there_before_it_reads(tmp_path: Path) -> None:
    out = tmp_path / "findings.xlsx"
    out.write_bytes(b"mine")
    result = invoke("check", tmp_path / "nowhere.csv", "--out", out)
    assert isinstance(result.exception, CitySampleError)
    assert result.exception.code == "FILE-EXISTS"
    assert out.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "ZZZ"], "FRAME-COUNTRY-UNKNOWN"),
        (["export", "ZZZ", "out.xlsx"], "FRAME-COUNTRY-UNKNOWN"),
        (["export", "KEN", "out.doc"], "FILE-FORMAT"),
        (["export", "KEN", "no-such-folder/out.xlsx"], "FILE-UNWRITABLE"),
        (["check", "nowhere.xlsx"], "FILE-NOT-FOUND"),
        (["diff", "nowhere.csv", "nowhere.csv"], "FILE-NOT-FOUND"),
        (["prepare", "nowhere.csv"], "FILE-NOT-FOUND"),
        (["from-grid", "nowhere.tif", "out.xlsx"], "FILE-NOT-FOUND"),
    ],
)
def test_bad_input_is_refused_and_writes_nothing(
    arguments: list[str], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke(*arguments)
    assert isinstance(result.exception, CitySampleError), result.output
    assert result.exception.code == code
    assert list(tmp_path.iterdir()) == []
