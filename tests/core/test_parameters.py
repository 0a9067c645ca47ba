from __future__ import annotations

from cuebook.core.parameters import ALLOWED_PARAMETERS
from cuebook.shapes.file_formats import STEALING_PARAMETERS, Parameters


def test_the_parameters_of_a_file_are_those_that_clients_take() -> None:
    assert tuple(Parameters.model_fields) == ALLOWED_PARAMETERS
    assert not STEALING_PARAMETERS & set(ALLOWED_PARAMETERS)
