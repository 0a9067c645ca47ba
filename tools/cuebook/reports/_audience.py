"""Whom a report is made for: people read sentences, programs read fields, a workflow's log obeys commands."""

from __future__ import annotations

from typing import Literal, TypeAlias

Audience: TypeAlias = Literal["people", "programs", "log"]
