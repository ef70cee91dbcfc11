"""What is written down about a failure: enough to mend it, nothing about a person."""

import asyncpg
import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from libs.common.bus.dead_letters import reason_of, trace_of
from libs.common.events.collection import PaymentSuspended

ID_NUMBER = "35042619900101123X"


def unique_violation() -> IntegrityError:
    """A database error as SQLAlchemy wraps it, with the row in its detail and parameters."""
    original = asyncpg.UniqueViolationError("duplicate key value violates unique constraint")
    original.constraint_name = "postings_source_key"
    original.detail = f"Key (id_number)=({ID_NUMBER}) already exists."
    return IntegrityError("INSERT INTO postings ...", {"id_number": ID_NUMBER}, original)


class TestReasonOf:
    def test_a_database_error_keeps_its_code_and_constraint_but_no_row(self) -> None:
        reason = reason_of(unique_violation())
        assert "SQLSTATE 23505" in reason
        assert "constraint postings_source_key" in reason
        assert ID_NUMBER not in reason

    def test_an_invalid_fact_names_the_fields_but_not_what_they_held(self) -> None:
        with pytest.raises(ValidationError) as failed:
            PaymentSuspended.model_validate_json(f'{{"payment_id":"{ID_NUMBER}","line_no":1}}')
        reason = reason_of(failed.value)
        assert "payment_id: Input should be a valid integer" in reason
        assert ID_NUMBER not in reason

    @pytest.mark.parametrize("number", [ID_NUMBER, "6222020200112230", "13800138000", "350426"])
    def test_long_numbers_are_masked(self, number: str) -> None:
        assert reason_of(ValueError(f"no enrollment of {number} in 2021")) == (
            "ValueError: no enrollment of ****** in 2021"
        )

    def test_the_innermost_cause_is_named(self) -> None:
        try:
            try:
                raise KeyError("tier")
            except KeyError as cause:
                raise RuntimeError("could not assess") from cause
        except RuntimeError as error:
            assert reason_of(error) == "KeyError: 'tier'"


class TestTraceOf:
    def test_it_leads_to_the_line_without_the_message(self) -> None:
        number = "".join(reversed(ID_NUMBER))
        try:
            raise ValueError(number)
        except ValueError as error:
            trace = trace_of(error)
        assert "test_dead_letters.py" in trace
        assert "raise ValueError(number)" in trace
        assert number not in trace
