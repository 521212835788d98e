"""Hadamard matrices: rows of +1 and -1 that are orthogonal to each other."""

from __future__ import annotations

import numpy as np

from citysample.reference_frames.columns import FloatArray

__all__ = ["hadamard_matrix", "hadamard_order"]


def hadamard_order(least: int) -> int:
    """The smallest order from ``least`` for which :func:`hadamard_matrix` has a matrix.

    Parameters
    ----------
    least : int
        At least 1.

    Returns
    -------
    int
        A power of 2, or 2^j (p + 1) with a prime p = 3 mod 4: 1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 44, 48, ...

    References
    ----------
    Paley, R. E. A. C. (1933). On orthogonal matrices. J. Math. Phys. 12, 311-320.

    Examples
    --------
    >>> [hadamard_order(least) for least in (1, 3, 9, 25, 190)]
    [1, 4, 12, 32, 192]
    """
    order = least
    while _core(order) is None:
        order += 1
    return order


def hadamard_matrix(order: int) -> FloatArray:
    """A Hadamard matrix whose first column is all +1.

    Parameters
    ----------
    order : int
        An order that :func:`hadamard_order` returns.

    Returns
    -------
    array (order, order)
        H of +1 and -1 with H'H = order times the identity. All columns but the first sum to 0.

    Notes
    -----
    Sylvester doubles a matrix H to [[H, H], [H, -H]]. Paley's first construction has the order p + 1 for
    a prime p = 3 mod 4; H = I + S with S skew, built from the quadratic residues modulo p.

    References
    ----------
    Sylvester, J. J. (1867). Phil. Mag. 34, 461-475. Paley, R. E. A. C. (1933). J. Math. Phys. 12, 311-320.

    Examples
    --------
    >>> hadamard_matrix(4).astype(int).tolist()
    [[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]
    """
    core = _core(order)
    if core is None:
        raise ValueError(f"no Hadamard matrix of order {order} is built here")
    matrix = _paley(core - 1) if core > 1 else np.ones((1, 1))
    while matrix.shape[0] < order:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _core(order: int) -> int | None:
    """1 for a power of 2, else the part p + 1 of the order that Paley builds; None if there is none."""
    if order & (order - 1) == 0:
        return 1
    while order % 4 == 0:
        if _is_prime(order - 1):
            return order
        order //= 2
    return None


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % k for k in range(2, int(number**0.5) + 1))


def _paley(p: int) -> FloatArray:
    """Paley's matrix of order p + 1, rows turned so that the first column is +1."""
    residue = -np.ones(p)
    residue[np.arange(1, p) ** 2 % p] = 1.0
    residue[0] = 0.0
    k = np.arange(p)
    skew = np.zeros((p + 1, p + 1))
    skew[0, 1:], skew[1:, 0] = 1.0, -1.0
    skew[1:, 1:] = residue[(k[:, None] - k[None, :]) % p]
    matrix = skew + np.eye(p + 1)
    return np.asarray(matrix * matrix[:, :1], dtype=np.float64)
