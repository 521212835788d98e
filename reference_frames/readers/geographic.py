"""GeoPackage, GeoJSON and shapefiles: the attributes, and one point for each city."""

from __future__ import annotations

import io
import json
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NoReturn

import numpy as np

from citysample.errors import CitySampleError, FileError, did_you_mean, quoted
from citysample.reference_frames.extras import require
from citysample.reference_frames.files import read_bytes
from citysample.reference_frames.readers.dataframes import (
    Untyped,
    damaged,
    text_column,
    without_missing,
)
from citysample.reference_frames.readers.reading import Options, Reading

__all__ = ["layer_names", "read_bare_shapefile", "read_geojson", "read_geopackage", "read_layer",
           "read_zipped_shapefile", "zipped_shapefile"]  # fmt: skip

PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
NEEDED = (".shp", ".shx", ".dbf")
# Names that say that the table has coordinates already.
LONGITUDES = frozenset({"lon", "long", "lng", "longitude"})
WGS84 = 4326


def read_geopackage(content: bytes, where: str, options: Options) -> Reading:
    """Read one layer of a GeoPackage; needs pyogrio (extra ``geo``). See :func:`read_layer`."""
    return read_layer({"table.gpkg": content}, where, options)


def read_geojson(content: bytes, where: str, options: Options) -> Reading:
    """Read the features of a GeoJSON file; needs pyogrio (extra ``geo``). See :func:`read_layer`."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise damaged(where, "GeoJSON", error) from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection" or not found.get("features"):
        raise FileError(
            "FILE-FORMAT",
            "The file is no GeoJSON table of cities.",
            where=where,
            got="JSON of another kind, or without features",
            expected='an object of "type": "FeatureCollection" with features',
            remedy="Export the layer as GeoJSON or GeoPackage, or the table as .xlsx or .csv.",
        )
    return read_layer({"table.geojson": content}, where, options)


def read_zipped_shapefile(content: bytes, where: str, options: Options) -> Reading:
    """Read a shapefile in a ZIP archive; needs pyogrio (extra ``geo``). See :func:`read_layer`.

    ``sheet`` names the shapefile if the archive holds several.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            stems = {PurePath(name).stem: name[:-4] for name in archive.namelist() if _ends(name, ".shp")}
            chosen = stems[_one_layer(list(stems), where, options.sheet)]
            parts = {
                f"table{PurePath(name).suffix.lower()}": archive.read(name)
                for name in archive.namelist()
                if name[:-4] == chosen and _ends(name, *PARTS)
            }
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise damaged(where, "a ZIP archive with a shapefile", error) from None
    _refuse_absent([ending for ending in NEEDED if f"table{ending}" not in parts], where)
    return read_layer({"table.shp": b"", **parts}, where, replace(options, sheet=None))


def _ends(name: str, *endings: str) -> bool:
    return PurePath(name).suffix.lower() in endings


def read_bare_shapefile(content: bytes, where: str, options: Options) -> NoReturn:  # noqa: ARG001  a reader
    """Refuse the .shp file alone: the attributes are in the files beside it."""
    raise FileError(
        "FILE-FORMAT",
        "A shapefile has several files, and this is one of them.",
        where=where,
        expected=f"a ZIP archive with all of them: {', '.join(PARTS)}",
        remedy="Put the files into one .zip archive, or save the layer as GeoPackage (.gpkg).",
    )


def zipped_shapefile(path: Path) -> bytes:
    """The files of a shapefile, which stand beside the .shp file, as one ZIP archive.

    Raises
    ------
    FileError
        ``FILE-NOT-FOUND`` if one that is needed is not there.
    """
    beside = {
        other.suffix.lower(): other for other in sorted(path.parent.glob("*")) if other.stem == path.stem
    }
    _refuse_absent([ending for ending in NEEDED if ending not in beside], str(path))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for ending in PARTS:
            if ending in beside:
                archive.writestr(zipfile.ZipInfo(f"table{ending}"), read_bytes(beside[ending]))
    return buffer.getvalue()


def _refuse_absent(endings: list[str], where: str) -> None:
    if endings:
        raise FileError(
            "FILE-NOT-FOUND",
            "Files of the shapefile are not there.",
            where=where,
            got=f"no {', '.join(endings)}",
            expected=f"{', '.join(NEEDED)} beside each other",
            remedy="Copy all files of the shapefile, or save the layer as GeoPackage (.gpkg).",
        )


@contextmanager
def _on_disk(files: Mapping[str, bytes], where: str) -> Iterator[str]:
    """A copy of the files under fixed names, which GDAL needs; its errors become ours."""
    require("pyogrio", "geo")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        try:
            yield str(Path(folder) / next(iter(files)))
        except CitySampleError:
            raise
        except Exception as error:  # noqa: BLE001  a damaged file can raise anything
            raise damaged(where, "a geographic file", error, folder) from None


def layer_names(content: bytes, where: str) -> list[str]:
    """The layers of a GeoPackage."""
    with _on_disk({"table.gpkg": content}, where) as path:
        return _layers(path)


def _layers(path: str) -> list[str]:
    return [str(name) for name in require("pyogrio", "geo").list_layers(path)[:, 0]]


def _one_layer(names: list[str], where: str, layer: str | None) -> str:
    """The layer that was named, or the only one."""
    if layer in names:
        return layer
    if layer is None and len(names) == 1:
        return names[0]
    raise FileError(
        "TABLE-SHEET-UNKNOWN",
        f"There is no layer '{layer}'." if layer else "The file has several layers, or none.",
        where=where,
        got=f"layers: {quoted(names, limit=30)}" if names else "no layer",
        expected="the name of one of them",
        remedy=did_you_mean(layer, names) if layer else "Name the layer: --sheet NAME, or sheet = 'NAME'.",
    )


def read_layer(files: Mapping[str, bytes], where: str, options: Options) -> Reading:
    """Read the attributes of one layer; columns ``lon`` and ``lat`` are added from the geometry.

    The point of an area is one inside it. The columns are added unless the layer has a column of
    longitudes, and if the layer states its coordinate system.

    Parameters
    ----------
    files : mapping of str to bytes
        The file by its name, and those that belong to it.
    where : str
        Its path, for errors.
    options : Options
        ``sheet`` names the layer if there are several; ``encoding`` is that of the attributes of a
        shapefile that does not state it.
    """
    import pandas as pd

    with _on_disk(files, where) as path:
        raw = require("pyogrio.raw", "geo")
        layer = _one_layer(_layers(path), where, options.sheet)
        info = require("pyogrio", "geo").read_info(path, layer=layer, encoding=options.encoding)
        sql = _with_points(info, layer)
        chosen = {"layer": layer} if sql is None else {"sql": sql, "sql_dialect": "SQLITE"}
        found = raw.read(path, read_geometry=False, encoding=options.encoding, **chosen)
    names = [str(name) for name in found[0]["fields"]]
    if not len(info["fields"]):
        raise FileError(
            "TABLE-EMPTY",
            "The layer has no attributes.",
            where=where,
            expected="a layer with one row for each city, and columns",
            remedy="Check whether this is the right layer.",
        )
    columns = dict(zip(names, (_column(values) for values in found[3]), strict=True))
    table = without_missing(pd.DataFrame(columns), tuple(options.missing))
    kept = {name: text_column(table[name]) for name in options.text if name in table.columns}
    return Reading(table.assign(**kept), _notes(info, options, added=sql is not None), where)


def _with_points(info: Untyped, layer: str) -> str | None:
    """SQL that adds a point to the attributes; None if it cannot or need not be."""
    has_points = any(str(name).lower() in LONGITUDES for name in info["fields"])
    if info["geometry_type"] in (None, "None") or info["crs"] is None or has_points:
        return None
    geometry = _quoted(info["geometry_name"] or "geometry")
    point = f"ST_Transform(ST_PointOnSurface({geometry}), {WGS84})"
    fields = "".join(f"{_quoted(str(name))}, " for name in info["fields"])
    return f"SELECT {fields}ST_X({point}) AS lon, ST_Y({point}) AS lat FROM {_quoted(layer)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _column(values: Untyped) -> Untyped:
    """A column as pandas holds it: texts without blanks around them, times as text."""
    import pandas as pd

    if values.dtype.kind == "M":
        return pd.Series([None if np.isnat(value) else str(value) for value in values], dtype=object)
    if values.dtype == object:
        return pd.Series(
            [value.strip() or None if isinstance(value, str) else value for value in values], dtype=object
        )
    return pd.Series(values)


def _notes(info: Untyped, options: Options, *, added: bool) -> tuple[str, ...]:
    notes = []
    if options.encoding is None and str(info["encoding"]).upper() not in ("UTF-8", "NONE"):
        notes.append(f"encoding {info['encoding']} stated by the file, or its default")
    if added:
        notes.append("lon and lat made from the geometry (a point inside each area)")
    elif info["geometry_type"] not in (None, "None") and info["crs"] is None:
        notes.append("no lon and lat: the layer does not state its coordinate system")
    return tuple(notes)
