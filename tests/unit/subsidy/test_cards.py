"""Which account numbers are taken, and how they are kept."""

import base64
import os

import pytest
from cryptography.exceptions import InvalidTag

from libs.common.bank_files.accounts import (
    AccountFaulty,
    account_number,
    file_text,
    holder_text,
    passes_luhn,
)
from services.subsidy.cards.vault import AccountKeyInvalid, AccountVault, load_vault

ACCOUNT = "6221550000000000018"


class TestAccounts:
    @pytest.mark.parametrize("number", ["12345678", "6" * 32, ACCOUNT])
    def test_of_8_to_32_digits_are_taken(self, number):
        assert account_number(number) == number

    @pytest.mark.parametrize("number", ["1234567", "6" * 33, "62215500A", "", "六二二一五五"])
    def test_others_are_refused(self, number):
        with pytest.raises(AccountFaulty) as refusal:
            account_number(number)

        assert "8 to 32 digits" in str(refusal.value)
        assert "8 至 32 位数字" in refusal.value.message_zh

    def test_blanks_and_hyphens_are_dropped(self):
        assert account_number(" 6221 5500-0000 0000\u200b018 ") == ACCOUNT

    @pytest.mark.parametrize("text", ["", "  ", "a|b", 'a"b', "a,b", "=1+1", "a\nb", "林" * 61])
    def test_a_holder_that_would_break_a_file_is_refused(self, text):
        with pytest.raises(AccountFaulty):
            file_text(text)

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            (" 林小明 ", "林小明"),
            ("林 小\u3000明", "林小明"),
            ("\ufeff林小明", "林小明"),
            ("O'Brien  Conor", "O'Brien Conor"),
        ],
    )
    def test_a_holder_is_kept_as_banks_have_it(self, typed, kept):
        assert holder_text(typed) == kept

    def test_luhn_tells_a_typing_error(self):
        assert passes_luhn("4111111111111111")
        assert not passes_luhn("4111111111111112")


class TestVault:
    vault = AccountVault(b"k" * 32)

    def test_opens_what_it_sealed_and_never_seals_alike(self):
        first, second = self.vault.seal(ACCOUNT), self.vault.seal(ACCOUNT)

        assert self.vault.open(first) == self.vault.open(second) == ACCOUNT
        assert first != second
        assert ACCOUNT.encode() not in first

    def test_compares_without_opening(self):
        assert self.vault.digest(ACCOUNT) == self.vault.digest(ACCOUNT) != self.vault.digest(ACCOUNT[::-1])

    def test_of_another_key_opens_nothing(self):
        with pytest.raises(InvalidTag):
            AccountVault(b"x" * 32).open(self.vault.seal(ACCOUNT))

    @pytest.mark.parametrize("key", [None, "not base64!", base64.b64encode(b"short").decode()])
    def test_needs_a_whole_key(self, key):
        with pytest.raises(AccountKeyInvalid):
            load_vault(key)

    def test_takes_the_configured_key(self):
        key = base64.b64encode(os.urandom(32)).decode()

        assert load_vault(key).open(load_vault(key).seal(ACCOUNT)) == ACCOUNT
