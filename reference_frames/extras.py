"""Optional packages are imported when they are used; a missing one is named with its remedy."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from citysample.errors import MissingExtraError

__all__ = ["require"]


def require(module: str, extra: str) -> ModuleType:
    """Import a module of an extra, or say how to install it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "EXTRA-MISSING",
            f"The package '{error.name}' is not installed.",
            where=f"needed for the extra '{extra}'",
            remedy=f'Install it: python -m pip install "citysample[{extra}]"',
        ) from None
