"""What people share is exactly what each would have been told alone."""

from datetime import date, timedelta
from random import Random

import orjson
import pytest

from libs.common.policy import assess, load_all, parse_question
from services.registration.assessments import rules
from services.registration.assessments.answers import Answers

NOTICES = load_all()
HUKOU = ("county", "county", "county", "elsewhere", "city")
INSTANTS = 40


def questions(county, year, number):
    """Made-up people around the season of a notice, many of them alike, some with statuses."""
    random = Random(f"{county}{year}")
    codes = sorted(NOTICES[(county, year)].statuses)
    days = [date(year - 1, 8, 20) + timedelta(days=random.randrange(400)) for _ in range(INSTANTS)]
    for _ in range(number):
        born = date(1930, 1, 1) + timedelta(days=random.randrange(33_000))
        at = f"{random.choice(days)}T{random.choice(('09:00:00', '16:59:59', '17:00:01', '23:59:59'))}+08:00"
        statuses = [
            {
                "code": code,
                "effective_on": str(born if random.random() < 0.2 else date(year - 1, 3, 1)),
                "listed_on": f"{year - 1}-{random.choice(('08', '11'))}-15",
            }
            for code in random.sample(codes, random.choice((0, 0, 0, 1, 2)))
        ]
        yield {
            "county": county,
            "year": year,
            "at": at,
            "person": {
                "born": str(born),
                "sex": random.choice(("female", "male")),
                "hukou": random.choice(HUKOU),
                "registered_at": f"{year - 1}-{random.choice(('09', '10'))}-05T10:00:00+08:00",
            },
            "statuses": statuses,
            "tier": 1,
        }


@pytest.mark.parametrize(("county", "year"), sorted(NOTICES))
def test_a_shared_explanation_is_the_answer_each_would_get_alone(county, year):
    answers, notice, shared = Answers(), NOTICES[(county, year)], set()
    given = list(questions(county, year, 1_500))
    for question in given:
        asked = parse_question(question)
        explained = answers.explain(notice, asked, question)
        alone = assess(notice, asked).as_dict()
        assert rules.read_trace(orjson.loads(explained.trace), question) == alone.pop("trace")
        alone.pop("case")
        assert orjson.loads(explained.answer) == alone
        shared.add(explained.sha)
    assert len(shared) < len(given) / 2
