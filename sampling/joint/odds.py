"""The search for the odds that give chosen inclusion probabilities."""

from __future__ import annotations

import numpy as np

from citysample.errors import DesignError
from citysample.reference_frames.columns import FloatArray
from citysample.sampling.joint.poisson_binomial import ComplexArray, CountLaw, count_law, entries, inclusion
from citysample.sampling.select.size import sample_size

__all__ = ["checked_size", "odds_for"]

STEPS = 100
"""Steps before the search is given up; 1 to 30 are usual."""
LARGE, NEAR = 10.0, 1e-3
"""Above this d, and below this error, the first approximations of Hajek hold."""


def checked_size(pi: FloatArray) -> int:
    """The sample size n = sum pi_k, 0 < n < N; an error if the probabilities are not those of a design."""
    if not ((pi > 0.0) & (pi < 1.0)).all():
        raise _not_found(pi, np.inf)
    n = sample_size(pi)
    if not 0 < n < pi.size:
        raise _not_found(pi, np.inf)
    return n


def odds_for(pi: FloatArray) -> FloatArray:
    """Odds omega_k (N,) for which conditional Poisson sampling has the inclusion probabilities pi.

    Parameters
    ----------
    pi : array (N,)
        Inclusion probabilities in (0, 1) with an integer sum n.

    Returns
    -------
    array (N,)
        Odds omega_k > 0, scaled so that sum omega_k / (1 + omega_k) = n.

    Raises
    ------
    DesignError
        ``DESIGN-ODDS-NOT-FOUND`` if the search ends without such odds.

    Notes
    -----
    The unknowns are log omega_k, the equations logit pi_k(omega) = logit pi_k, with the derivatives
    Delta_kl / (pi_k (1 - pi_k)). Where d = sum_U pi_j (1 - pi_j) is large, the search begins at
    log omega_k = logit pi_k - pi_k / d, which leaves an error of the order of 1 / d^2. The steps are those of
    Newton. Each is solved by conjugate gradients without forming Delta, and halved until
    the largest error falls. Where d is large and the error small, the inverse of the derivatives is
    that of the start, without a system to solve.
    """
    n = checked_size(pi)
    target = np.log(pi) - np.log1p(-pi)
    spread = pi * (1.0 - pi)
    enough = 1e-12 + 1e-15 / spread

    def compared(logs: FloatArray) -> tuple[CountLaw, FloatArray, float]:
        law = count_law(np.exp(logs), n)
        error = _error(*inclusion(law), target)
        return law, error, float((np.abs(error) / enough).max())

    d = float(spread.sum())
    logs = target - pi / d if d > LARGE else target
    law, error, worst = compared(logs)
    while worst == np.inf:  # a start so far out that some probabilities round to 0
        logs = logs / 2.0
        law, error, worst = compared(logs)
    for _ in range(STEPS):
        if worst <= 1.0:
            return np.asarray(law.p / law.q)
        near = d > LARGE and float(np.abs(error).max()) < NEAR
        step = _hajek_step(pi, spread, error) if near else _newton_step(law, error)
        for halvings in range(40):
            trial = logs - step * 0.5**halvings
            law, error, new = compared(trial)
            if new < worst:
                break
        else:
            break
        logs, worst = trial, new
    raise _not_found(pi, worst * 1e-12)


def _error(inside: FloatArray, outside: FloatArray, target: FloatArray) -> FloatArray:
    """The logit of pi_k(omega) less target_k, without its mean: that is rounding in the sum asked for."""
    if not (np.isfinite(inside).all() and (inside > 0.0).all() and (outside > 0.0).all()):
        return np.full(target.size, np.inf)
    error = np.log(inside) - np.log(outside) - target
    spread = inside * outside
    return np.asarray(error - (spread * error).sum() / spread.sum())


def _hajek_step(pi: FloatArray, spread: FloatArray, error: FloatArray) -> FloatArray:
    """The change of logit pi_k - pi_k / d where logit pi_k changes by the error."""
    d = float(spread.sum())
    change = spread * error
    return np.asarray(error - change / d + pi * float(((1.0 - 2.0 * pi) * change).sum()) / d**2)


def _newton_step(law: CountLaw, error: FloatArray) -> FloatArray:
    """The solution x of Delta x = diag(pi_k (1 - pi_k)) error, by conjugate gradients."""
    inside, outside = inclusion(law)
    spread = inside * outside
    entry = entries(law)
    parts = np.concatenate([entry.real, entry.imag])  # (2K, N): sums of real numbers are faster

    def paired_with(rows: ComplexArray) -> FloatArray:
        """The real part (N,) of the sum over the frequencies of rows times entry."""
        return np.asarray(np.einsum("jk,j->k", parts, np.concatenate([rows.real, -rows.imag])))

    own = inside - np.einsum("jk,jk,j->k", entry, entry, law.weight).real

    def covariance_times(x: FloatArray) -> FloatArray:
        along = np.einsum("jk,k->j", parts, x)
        across = paired_with(law.weight * (along[: law.z.size] + 1j * along[law.z.size :]))
        return np.asarray(across + own * x - inside * (inside * x).sum())

    x = np.zeros(error.size)
    # Delta times a constant is zero, so only a right-hand side with sum zero has a solution.
    rest = spread * (error - (spread * error).sum() / spread.sum())
    direction = rest / spread
    size = first = float((rest * direction).sum())
    for _ in range(30):
        if size <= 1e-8 * first:
            break
        image = covariance_times(direction)
        curvature = float((direction * image).sum())
        if curvature <= 0.0:
            break
        x = x + size / curvature * direction
        rest = rest - size / curvature * image
        old, size = size, float((rest * rest / spread).sum())
        direction = rest / spread + size / old * direction
    return np.asarray(x * min(1.0, 30.0 / float(np.abs(x).max())))


def _not_found(pi: FloatArray, error: float) -> DesignError:
    return DesignError(
        "DESIGN-ODDS-NOT-FOUND",
        "No odds were found that give the inclusion probabilities asked for.",
        where=f"{pi.size} cities with probabilities from {pi.min():.3g} to {pi.max():.12g}",
        got=f"a relative error of {error:.1e}, and a sum of probabilities of {pi.sum():.12g}",
        expected="at most 1e-12, probabilities above 0 and below 1, and a sum that is a whole number",
        remedy="Take cities with a probability next to 1 with certainty, or use the method 'pivotal'.",
    )
