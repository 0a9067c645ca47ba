"""What files that people write are made of: kinds of values, each with the words that refuse another."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cuebook.core.bare_models import with_provider
from cuebook.core.refs import ALIAS_PATTERN, NAME_PATTERN
from cuebook.core.shape_errors import meant

Text = Annotated[str, Field(min_length=1)]
OneLine = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        pattern=meant(r"^[^\r\n]*\S[^\r\n]*$", "is not a line of text", "write one line that is not blank"),
    ),
]
_MODEL = meant(
    r"^[A-Za-z0-9][A-Za-z0-9._:@-]*(/[A-Za-z0-9._:@-]+)+$",
    "is not a model: a model is named with its provider",
    "write it as provider/model, such as openai/gpt-6-luna",
    right=with_provider,
)
ModelId = Annotated[str, Field(pattern=_MODEL, max_length=200)]
Alias = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{ALIAS_PATTERN}$",
            "is not a valid name for an alias",
            "lower-case letters, digits, _ and -, such as production",
        )
    ),
]
TargetName = Annotated[
    str,
    Field(
        max_length=64,
        pattern=meant(
            r"^[a-z][0-9a-z_-]*$",
            "is not a valid name for a target",
            "lower-case letters, digits, _ and -, such as desk",
        ),
    ),
]


def _named(text: str) -> str:
    """The prompt's name alone, where a version or an alias of it is written."""
    found = re.fullmatch(rf"({NAME_PATTERN})[/@][a-z0-9_.-]+", text)
    return found[1] if found else ""


Name = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{NAME_PATTERN}$",
            "is not a valid name for a prompt",
            "lower-case letters, digits, dots, _ and -, such as qa-assistant",
            right=_named,
        )
    ),
]
HANDLE_PATTERN = r"[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?"
"""What somebody who labels answers is called in public."""
Handle = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{HANDLE_PATTERN}$",
            "is not a handle",
            "up to 39 small letters, digits and hyphens, such as ada",
        )
    ),
]
CASE_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
CaseId = Annotated[
    str,
    Field(
        pattern=meant(
            f"^{CASE_ID_PATTERN}$",
            "is not an id",
            "up to 128 letters, digits, dots, _, : and -, such as refund-3",
        )
    ),
]
VariableName = Annotated[
    str,
    Field(
        pattern=meant(
            r"^[A-Za-z_][A-Za-z0-9_]*$",
            "is not a valid name for a variable",
            "letters, digits and _, such as user_name",
        )
    ),
]
Proportion = Annotated[float, Field(ge=0, le=1)]
Digest = Annotated[
    str,
    Field(
        pattern=meant(
            r"^sha256:[0-9a-f]{64}$",
            "is not a digest",
            "write sha256: and 64 digits, as the command or message shows it",
            repeated="sha256:.*",
        )
    ),
]
Day = Annotated[str, Field(pattern=meant(r"^\d{4}-\d{2}-\d{2}$", "is not a date", "write it as 2026-12-31"))]
"""The last day that something holds. Whether there is such a day is looked at apart, by newer checks."""
Tag = Annotated[
    str,
    Field(
        min_length=1, max_length=64, pattern=meant(r"^[^\r\n,]+$", "is not a tag", "one line without a comma")
    ),
]


class FileShape(BaseModel):
    """Base of the shapes of files that people write: unknown keys are errors, nothing is coerced."""

    # Built when first used, as those of records are; a default by ``model_construct`` builds none either.
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)
