"""To whom the add-ons of a payment belong, as far as the prices of a notice say it."""

from services.collection.households.rules import AddOnTerms, payees_of

ACCIDENT = AddOnTerms("accident", 3_000, "china_life")
ILLNESS = AddOnTerms("illness", 5_000, "picc")


class TestPayeesOf:
    def test_the_only_payee_gets_all_whatever_the_price_is_now(self):
        assert payees_of((ACCIDENT,), 3_500) == (("china_life", 3_500),)

    def test_each_payee_gets_the_price_of_its_own(self):
        assert payees_of((ACCIDENT, ILLNESS), 8_000) == (("china_life", 3_000), ("picc", 5_000))
        assert payees_of((ACCIDENT, ILLNESS), 5_000) == (("picc", 5_000),)

    def test_nobody_is_guessed(self):
        same = AddOnTerms("travel", 3_000, "picc")
        assert payees_of((ACCIDENT, same), 3_000) == ()
        assert payees_of((ACCIDENT, same), 6_000) == (("china_life", 3_000), ("picc", 3_000))
        assert payees_of((ACCIDENT, ILLNESS), 4_000) == ()
        assert payees_of((), 3_000) == ()
