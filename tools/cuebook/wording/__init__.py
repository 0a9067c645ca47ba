"""The one place where words are made from facts: every report, page and command says these sentences.

Pure text, not escaped, no markup. A sentence claims what was shown and no more: "better" only where the
whole interval is above zero, "not worse by 5 points or more" for a pass.
"""
