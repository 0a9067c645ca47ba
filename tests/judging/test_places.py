from __future__ import annotations

from cuebook.judging.places import categories, category, share


def test_a_mean_counts_as_the_nearest_grade_and_a_winner_as_itself() -> None:
    assert [category(said, (1.0, 5.0)) for said in (1, 2.4, 2.6, 5)] == [0, 1, 2, 4]
    assert share(4, (1.0, 5.0)) == 0.75
    assert categories((0.0, 1.0)) == ["0", "1"]
    assert category("tie", None) == categories(None).index("tie")
