"""citysample: draw a national sample of cities, weight it, estimate national SDG 11 figures."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from citysample.errors import (
        CitySampleError,
        DataError,
        DesignError,
        EstimateError,
        FileError,
        FrameError,
        MissingExtraError,
        StudyError,
    )
    from citysample.estimators.contrasts import Contrasts
    from citysample.estimators.estimates import Estimate, Estimates
    from citysample.estimators.functions.expressions import Expression, exp, log
    from citysample.estimators.functions.figure import Figure
    from citysample.estimators.functions.indicator import Indicator
    from citysample.estimators.functions.parse import parse
    from citysample.estimators.functions.statistics import Coefficient, Correlation, Quantile, SeparateRatio
    from citysample.estimators.functions.totals import GeometricMean, Mean, Proportion, Ratio, Total
    from citysample.reference_frames.checks.check_table import check_table
    from citysample.reference_frames.checks.findings import FrameCheck
    from citysample.reference_frames.checks.frame_diff import FrameDiff
    from citysample.reference_frames.city_frame import CityFrame
    from citysample.reference_frames.degurba.cities import cities_from_grid
    from citysample.reference_frames.degurba.classify import UrbanGrid, degurba
    from citysample.reference_frames.degurba.rules import ClusterRule, DegurbaRules
    from citysample.reference_frames.degurba.units import classify_units
    from citysample.reference_frames.readers.ghs_ucdb import load_ghs_ucdb
    from citysample.reference_frames.readers.read_table import read_table
    from citysample.reference_frames.readers.reading import Reading
    from citysample.reference_frames.world.countries import world_countries
    from citysample.reference_frames.world.load import load_frame
    from citysample.sampling.allocate.response import single_psu_risk
    from citysample.sampling.allocate.rules import (
        Bethel,
        Controlled,
        Equal,
        Explicit,
        Neyman,
        Optimal,
        Power,
        Proportional,
        Target,
    )
    from citysample.sampling.allocate.sample_size import (
        SampleSize,
        size_for_mean,
        size_for_ratio,
        size_for_share,
        size_for_total,
    )
    from citysample.sampling.allocate.stratified_size import StratifiedSize, size_for_targets
    from citysample.sampling.city_sample import CitySample
    from citysample.sampling.design import Legacy, SampleDesign
    from citysample.sampling.plan import SamplePlan
    from citysample.sampling.plan_joint import JointProbabilities
    from citysample.sampling.randomness import permanent_random_numbers
    from citysample.sampling.rounds.coordination import expected_overlap, rotation_shift
    from citysample.sampling.rounds.round_sample import RoundSample
    from citysample.sampling.stages.stage import Stage
    from citysample.sampling.stages.staged_sample import StagedSample
    from citysample.sampling.stratify.collapse import Collapse
    from citysample.sampling.stratify.size_classes import SizeClasses
    from citysample.weighting.weighted_sample import WeightedSample

__version__ = "0.1.0"

# Names are imported when they are used: `import citysample` and the help of the command are fast.
_HOME = {
    "CityFrame": "reference_frames.city_frame",
    "load_frame": "reference_frames.world.load",
    "world_countries": "reference_frames.world.countries",
    "check_table": "reference_frames.checks.check_table",
    "FrameCheck": "reference_frames.checks.findings",
    "FrameDiff": "reference_frames.checks.frame_diff",
    "read_table": "reference_frames.readers.read_table",
    "Reading": "reference_frames.readers.reading",
    "degurba": "reference_frames.degurba.classify",
    "UrbanGrid": "reference_frames.degurba.classify",
    "DegurbaRules": "reference_frames.degurba.rules",
    "ClusterRule": "reference_frames.degurba.rules",
    "cities_from_grid": "reference_frames.degurba.cities",
    "classify_units": "reference_frames.degurba.units",
    "load_ghs_ucdb": "reference_frames.readers.ghs_ucdb",
    "SampleDesign": "sampling.design",
    "SizeClasses": "sampling.stratify.size_classes",
    "Collapse": "sampling.stratify.collapse",
    "Legacy": "sampling.design",
    "Equal": "sampling.allocate.rules",
    "Proportional": "sampling.allocate.rules",
    "Neyman": "sampling.allocate.rules",
    "Optimal": "sampling.allocate.rules",
    "Power": "sampling.allocate.rules",
    "Bethel": "sampling.allocate.rules",
    "Target": "sampling.allocate.rules",
    "Controlled": "sampling.allocate.rules",
    "Explicit": "sampling.allocate.rules",
    "size_for_mean": "sampling.allocate.sample_size",
    "size_for_total": "sampling.allocate.sample_size",
    "size_for_ratio": "sampling.allocate.sample_size",
    "size_for_share": "sampling.allocate.sample_size",
    "SampleSize": "sampling.allocate.sample_size",
    "size_for_targets": "sampling.allocate.stratified_size",
    "StratifiedSize": "sampling.allocate.stratified_size",
    "single_psu_risk": "sampling.allocate.response",
    "SamplePlan": "sampling.plan",
    "JointProbabilities": "sampling.plan_joint",
    "CitySample": "sampling.city_sample",
    "expected_overlap": "sampling.rounds.coordination",
    "rotation_shift": "sampling.rounds.coordination",
    "RoundSample": "sampling.rounds.round_sample",
    "Stage": "sampling.stages.stage",
    "StagedSample": "sampling.stages.staged_sample",
    "permanent_random_numbers": "sampling.randomness",
    "WeightedSample": "weighting.weighted_sample",
    "Expression": "estimators.functions.expressions",
    "Total": "estimators.functions.totals",
    "Mean": "estimators.functions.totals",
    "Ratio": "estimators.functions.totals",
    "Proportion": "estimators.functions.totals",
    "GeometricMean": "estimators.functions.totals",
    "Quantile": "estimators.functions.statistics",
    "Correlation": "estimators.functions.statistics",
    "Coefficient": "estimators.functions.statistics",
    "SeparateRatio": "estimators.functions.statistics",
    "Figure": "estimators.functions.figure",
    "Contrasts": "estimators.contrasts",
    "log": "estimators.functions.expressions",
    "exp": "estimators.functions.expressions",
    "parse": "estimators.functions.parse",
    "Indicator": "estimators.functions.indicator",
    "Estimate": "estimators.estimates",
    "Estimates": "estimators.estimates",
    "CitySampleError": "errors",
    "FrameError": "errors",
    "DesignError": "errors",
    "DataError": "errors",
    "EstimateError": "errors",
    "StudyError": "errors",
    "FileError": "errors",
    "MissingExtraError": "errors",
}

__all__ = [
    "CityFrame",
    "load_frame",
    "world_countries",
    "check_table",
    "FrameCheck",
    "FrameDiff",
    "read_table",
    "Reading",
    "load_ghs_ucdb",
    "degurba",
    "UrbanGrid",
    "DegurbaRules",
    "ClusterRule",
    "cities_from_grid",
    "classify_units",
    "SampleDesign",
    "SizeClasses",
    "Collapse",
    "Legacy",
    "Equal",
    "Proportional",
    "Neyman",
    "Optimal",
    "Power",
    "Bethel",
    "Target",
    "Controlled",
    "Explicit",
    "size_for_mean",
    "size_for_total",
    "size_for_ratio",
    "size_for_share",
    "SampleSize",
    "size_for_targets",
    "StratifiedSize",
    "single_psu_risk",
    "SamplePlan",
    "JointProbabilities",
    "CitySample",
    "RoundSample",
    "expected_overlap",
    "rotation_shift",
    "Stage",
    "StagedSample",
    "permanent_random_numbers",
    "WeightedSample",
    "Expression",
    "Total",
    "Mean",
    "Ratio",
    "Proportion",
    "GeometricMean",
    "Quantile",
    "Correlation",
    "Coefficient",
    "SeparateRatio",
    "Figure",
    "Contrasts",
    "log",
    "exp",
    "parse",
    "Indicator",
    "Estimate",
    "Estimates",
    "CitySampleError",
    "FrameError",
    "DesignError",
    "DataError",
    "EstimateError",
    "StudyError",
    "FileError",
    "MissingExtraError",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'citysample' has no attribute {name!r}")
    return getattr(import_module(f"citysample.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
