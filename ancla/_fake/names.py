"""How the platform makes slugs from names, and its two ways of saying no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_SLUG = re.compile(r"[^\W_](?:[\w.-]*\w)?")


class Missing(Exception):
    """What was asked for does not exist."""


class Invalid(ValueError):
    """What was sent cannot be done; `field` is the part of the body to blame, if one is."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Taken(Invalid):
    """What was sent has a name that something else has already."""


def slugify(name: str) -> str:
    """The slug that the platform makes from a name: `"My Org!"` gives `"my-org"`."""
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in letters if not unicodedata.combining(char)).lower()
    return re.sub(r"[\W_]+", "-", plain).strip("-")


def new_slug(name: str, slug: str | None, taken: Container[str]) -> str:
    blamed = "name" if slug is None else "slug"
    slug = slugify(name) if slug is None else slug
    if not _SLUG.fullmatch(slug):
        raise Invalid("letters, digits and hyphens are needed for a slug", blamed)
    if slug in taken:
        raise Taken(f"the slug '{slug}' is taken already", blamed)
    return slug
