"""Every public name is documented; numerical functions give formula, source and an example."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

import citysample as cs

NUMERICAL = {
    "reference_frames.classes": ["annual_growth"],
    "reference_frames.checks.geometry": ["distance_km", "close_pairs"],
    "reference_frames.checks.sizes": ["rank_size_line"],
    "reference_frames.degurba.classify": ["degurba"],
    "reference_frames.degurba.clusters": ["clusters", "fill_gaps", "smooth_edges", "optimal_built_up"],
    "sampling.randomness": ["permanent_random_numbers"],
    "sampling.select.srs": ["select_srs"],
    "sampling.select.systematic": ["select_systematic"],
    "sampling.select.pivotal": ["select_pivotal", "select_ordered_pivotal"],
    "sampling.select.brewer": ["select_brewer"],
    "sampling.select.chromy": ["select_chromy", "selection_chances"],
    "sampling.select.order": ["hilbert_order", "order_by_columns"],
    "sampling.select.poisson": ["select_poisson"],
    "sampling.select.conditional_poisson": ["count_tree", "select_conditional_poisson", "select_from_tree"],
    "sampling.select.sampford": ["select_sampford"],
    "sampling.select.pareto": ["select_pareto"],
    "sampling.select.neighbours": ["neighbour_tree", "sphere_points", "standardise"],
    "sampling.select.local_pivotal": ["select_local_pivotal"],
    "sampling.select.cube": ["independent_columns", "select_cube", "select_cube_stratified"],
    "sampling.select.local_cube": ["select_local_cube"],
    "sampling.spread": ["voronoi_spread"],
    "sampling.balance": ["balance_table"],
    "sampling.joint.srs": ["joint_srs"],
    "sampling.joint.systematic": ["joint_systematic"],
    "sampling.joint.chromy": ["joint_chromy"],
    "sampling.joint.pivotal": ["joint_ordered_pivotal", "joint_pivotal"],
    "sampling.joint.brewer": ["joint_brewer"],
    "sampling.joint.zeros": ["zero_pairs"],
    "sampling.joint.monte_carlo": ["joint_monte_carlo"],
    "sampling.joint.approximations": [
        "joint_brewer_donadio",
        "joint_fixed_point",
        "joint_hajek",
        "joint_hartley_rao",
    ],
    "sampling.joint.poisson": ["joint_poisson"],
    "sampling.joint.conditional_poisson": ["conditional_poisson_odds", "joint_conditional_poisson"],
    "sampling.joint.sampford": ["first_city_probabilities", "joint_sampford"],
    "sampling.joint.pareto": ["joint_pareto", "pareto_probabilities"],
    "sampling.joint.poisson_binomial": ["count_law"],
    "sampling.inclusion": ["inclusion_probabilities"],
    "sampling.stratify.boundaries": ["cumulative_root_frequency", "geometric"],
    "sampling.stratify.anticipated": ["residual_variances"],
    "sampling.stratify.optimum": ["optimum"],
    "sampling.stratify.optimum_neyman": ["optimum_neyman"],
    "sampling.stratify.optimum_proportional": ["optimum_proportional"],
    "sampling.stratify.collapse": ["collapse_cells"],
    "sampling.allocate.apportion": ["apportion"],
    "sampling.allocate.budget": ["spend"],
    "sampling.allocate.bethel": ["cheapest"],
    "sampling.allocate.bethel_integers": ["cheapest_whole"],
    "sampling.allocate.controlled": ["controlled_counts", "expected_counts"],
    "sampling.allocate.sample_size": ["size_for_mean", "size_for_ratio", "size_for_share", "size_for_total"],
    "sampling.allocate.stratified_size": ["size_for_targets"],
    "sampling.allocate.response": ["few_respondents_risk", "single_psu_risk"],
    "sampling.rounds.substitutes": [
        "rank_substitutes",
        "draw_with_substitutes",
        "approached_probabilities",
        "approached_joint",
    ],
    "sampling.rounds.legacy": ["needed_probabilities", "union_probabilities", "legacy_plan"],
    "sampling.rounds.coordination": [
        "shift_numbers",
        "mirror_numbers",
        "overlap_probabilities",
        "expected_overlap",
        "replaced_share",
        "rotation_shift",
    ],
    "sampling.rounds.overlap": ["srs_overlap"],
    "sampling.rounds.weight_share": [
        "weight_share",
    ],
    "sampling.rounds.next_round": ["births_plan"],
    "sampling.stages.draw_stage": ["draw_stage", "overall_probabilities"],
    "weighting.design_weights": ["design_weights"],
    "estimators.influence": ["linearise"],
    "estimators.quantiles": ["weighted_quantile"],
    "estimators.woodruff": ["distribution_scores", "quantile_influence", "woodruff_interval"],
    "estimators.contrasts": ["form_contrasts"],
    "estimators.forms.equal": ["srs", "with_replacement"],
    "estimators.forms.approximations": ["hajek", "deville", "brewer", "hartley_rao"],
    "estimators.forms.exact": ["poisson", "syg", "ht"],
    "estimators.forms.balanced": ["balanced"],
    "estimators.forms.ordered": ["successive_difference"],
    "estimators.forms.spatial": ["local_mean"],
    "estimators.forms.two_phase": ["two_phase"],
    "estimators.intervals.symmetric": ["normal_interval", "t_interval", "t_quantile"],
    "estimators.intervals.shares": ["beta_interval", "effective_size", "logit_interval", "wilson_interval"],
    "estimators.intervals.ratios": ["fieller_interval", "log_interval"],
    "estimators.intervals.exact": ["exact_interval", "hypergeometric_table"],
    "estimators.intervals.bootstrap": ["percentile_interval", "replicate_quantile", "studentised_interval"],
    "estimators.replicates.replicates": ["replicate_covariance", "replicate_totals"],
    "estimators.replicates.methods": ["make_replicates"],
    "estimators.replicates.factors": [
        "balanced_factors",
        "half_sample_factors",
        "jackknife_factors",
        "mixed_factors",
        "not_negative",
        "rao_wu_factors",
    ],
    "estimators.replicates.preston": ["preston_cells", "preston_stages"],
    "estimators.replicates.cells": ["square_root"],
    "estimators.replicates.hadamard": ["hadamard_matrix", "hadamard_order"],
    "estimators.degrees_of_freedom": ["design_df", "df_of_successive_differences", "nominal_df"],
    "estimators.satterthwaite": ["satterthwaite", "satterthwaite_df", "stratum_components"],
    "estimators.forms.collapse": ["between_strata", "nearest_groups"],
    "estimators.forms.single_psu": ["single_psu_rule"],
    "estimators.forms.stratified": ["design_covariance"],
    "estimators.design_effect": ["design_effect", "effective_sample_size", "kish_deff", "srs_variance"],
}


def test_public_names_are_the_lazy_names() -> None:
    assert set(cs.__all__) == set(cs._HOME)
    assert len(cs.__all__) == len(set(cs.__all__)) >= 29
    assert set(dir(cs)) == {*cs.__all__, "__version__"}
    with pytest.raises(AttributeError, match="no attribute 'Cityframe'"):
        cs.Cityframe  # noqa: B018  on purpose


def test_every_public_name_has_a_docstring_and_stands_in_the_reference(root: Path) -> None:
    page = (root / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\.\. auto\w+:: citysample\.(\w+)$", page, re.MULTILINE)
    assert sorted(listed) == sorted(cs.__all__)
    for name in cs.__all__:
        assert len(inspect.getdoc(getattr(cs, name)) or "") > 20, name


def test_public_methods_are_documented() -> None:
    checked = 0
    for name in cs.__all__:
        value = getattr(cs, name)
        if not inspect.isclass(value) or issubclass(value, Exception):
            continue
        for method, function in inspect.getmembers(value):
            if not method.startswith("_") and (inspect.isroutine(function) or isinstance(function, property)):
                assert inspect.getdoc(function), f"{name}.{method}"
                checked += 1
    assert checked >= 30


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NUMERICAL.items() for name in names]
)
def test_a_numerical_docstring_is_complete(module: str, name: str) -> None:
    text = inspect.getdoc(getattr(importlib.import_module(f"citysample.{module}"), name)) or ""
    sections = re.findall(r"^(\w+)\n-+$", text, re.MULTILINE)
    assert {"Parameters", "Returns", "References"} <= set(sections), sections
    assert re.search(r"array \(|float|int", text), "shapes or types"
    assert re.search(r"\b(19|20)\d\d\b", text), "a source with its year"


def test_the_numerical_functions_are_all_of_their_modules() -> None:
    whole = [m for m in NUMERICAL if m.split(".")[1] in ("select", "inclusion", "intervals")]
    assert len(whole) >= 9
    for module in whole:
        public = importlib.import_module(f"citysample.{module}").__all__
        functions = [name for name in public if name.islower() and not name.startswith("uniforms_")]
        assert sorted(functions) == sorted(NUMERICAL[module])
