"""Everything ``cuebook check`` finds: wrong files, wrong relations between files, useless ones.

All problems at once, each with file, line and cure. ``check`` looks at one tree; ``check_change``
compares two, because that published versions never change can only be seen with the past at hand.
"""

from cuebook.check.change import check_change, check_numbers, unsaid_renames
from cuebook.check.overrides import too_long
from cuebook.check.prompts import GAP
from cuebook.check.tree import check, forgive

__all__ = ["GAP", "check", "check_change", "check_numbers", "forgive", "too_long", "unsaid_renames"]
