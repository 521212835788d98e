"""The variance forms by name, and what each of them takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from citysample.estimators.forms.approximations import brewer, deville, hajek, hartley_rao
from citysample.estimators.forms.balanced import balanced
from citysample.estimators.forms.equal import srs, with_replacement
from citysample.estimators.forms.exact import ht, poisson, syg
from citysample.estimators.forms.ordered import successive_difference
from citysample.estimators.forms.spatial import local_mean
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.methods import FORM_NEEDS

__all__ = ["FORMS", "VarianceForm"]


@dataclass(frozen=True, slots=True)
class VarianceForm:
    """A quadratic form of the expanded variables, and what it takes.

    Parameters
    ----------
    function : callable
        Takes the expanded variables (m, q), pi (m,), the arrays named in ``needs``, then those named in
        ``uses``; returns the covariance matrix (q, q). With the identity matrix (m, m) as the variables
        it returns the matrix Q of the form.
    needs : tuple of str
        ``"joint"``, ``"balance"``, ``"imbalance"``, ``"coordinates"``, ``"position"``: what the record of
        the draw must hold.
    uses : tuple of str
        What it takes if the record holds it, else None.
    one_psu : bool
        True if one PSU in a stratum is enough.
    """

    function: Callable[..., FloatArray]
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    one_psu: bool = False


FORMS: dict[str, VarianceForm] = {
    "srs": VarianceForm(srs),
    "syg": VarianceForm(syg, FORM_NEEDS["syg"]),
    "ht": VarianceForm(ht, FORM_NEEDS["ht"]),
    "deville": VarianceForm(deville),
    # Matei and Tille (2005) call deville "Deville 2"; Rosen's estimator for Pareto samples is hajek.
    "deville2": VarianceForm(deville),
    "hajek": VarianceForm(hajek),
    "rosen": VarianceForm(hajek),
    "brewer": VarianceForm(brewer),
    "hartley_rao": VarianceForm(hartley_rao, uses=("squares",)),
    "poisson": VarianceForm(poisson, one_psu=True),
    "balanced": VarianceForm(balanced, FORM_NEEDS["balanced"]),
    "local_mean": VarianceForm(local_mean, FORM_NEEDS["local_mean"], uses=("balance", "imbalance")),
    "successive_difference": VarianceForm(successive_difference, FORM_NEEDS["successive_difference"]),
    "with_replacement": VarianceForm(with_replacement),
}
"""The variance forms by name."""
