"""Problem details say what is wrong in two languages and never change their meaning."""

import pytest

from libs.common.web.catalogue import CONFLICT, INVALID_REQUEST
from libs.common.web.problems import PROBLEM_TYPES, FieldError, ProblemType


class TestProblem:
    def test_carries_the_members_of_rfc_9457_in_both_languages(self):
        problem = CONFLICT.problem("The season is over.", "征缴期已结束。", window="main")

        assert problem.to_json(instance="/v1/orders", correlation_id="abc") == {
            "type": "urn:canbao:problem:conflict",
            "title": CONFLICT.title,
            "title_zh": CONFLICT.title_zh,
            "status": 409,
            "detail": "The season is over.",
            "detail_zh": "征缴期已结束。",
            "instance": "/v1/orders",
            "correlation_id": "abc",
            "window": "main",
        }

    def test_says_how_to_mend_it_when_nothing_more_precise_is_known(self):
        body = CONFLICT.problem().to_json()

        assert (body["detail"], body["detail_zh"]) == (CONFLICT.mend, CONFLICT.mend_zh)

    def test_lists_like_faults_by_their_place(self):
        fault = FieldError("#/members/0/name", "Required, but absent. Add it.", "必填项缺失，请补充。")

        assert INVALID_REQUEST.problem(errors=[fault]).to_json()["errors"] == [
            {"pointer": "#/members/0/name", "detail": fault.detail, "detail_zh": fault.detail_zh}
        ]

    def test_refuses_a_detail_in_one_language_only(self):
        with pytest.raises(ValueError, match="both languages"):
            CONFLICT.problem("The season is over.")

    def test_refuses_an_extension_that_would_hide_a_standard_member(self):
        with pytest.raises(ValueError, match="status"):
            CONFLICT.problem(status=200)


class TestProblemType:
    def test_cannot_take_the_slug_of_another_type(self):
        with pytest.raises(ValueError, match="already defined"):
            ProblemType("conflict", 409, "Other words", "其他", "Mend.", "改正。")

        assert PROBLEM_TYPES["conflict"] is CONFLICT

    @pytest.mark.parametrize("slug", ["Conflict", "with space", "-lead", "under_score", ""])
    def test_is_named_by_lower_case_words(self, slug):
        with pytest.raises(ValueError, match="slug"):
            ProblemType(slug, 409, "t", "t", "m", "m")

    def test_is_never_a_success(self):
        with pytest.raises(ValueError, match="400 to 599"):
            ProblemType("no-problem", 200, "t", "t", "m", "m")
