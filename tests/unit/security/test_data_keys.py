"""Values are sealed one by one and by the column."""

from libs.common.db.sealed import Mark
from libs.common.security.data_keys import DataKeys, new_key


def test_a_column_is_sealed_as_its_values_are_and_each_with_a_nonce_of_its_own():
    key_id, key = new_key()
    keys = DataKeys({key_id: key}, key_id, b"s" * 32)
    for kind, values in (
        ("text", ["林秀英", None, "林秀英"]),
        ("bytes", [b"a", None, b"a"]),
        ("json", [[1], None]),
    ):
        mark = Mark(kind, b"things.said")
        sealed = mark.hide_all(values, keys)
        assert [mark.show(one, keys) for one in sealed] == values
        nonces = [one[9:21] for one in sealed if one is not None]
        assert len(set(nonces)) == len(nonces)
        assert all(
            one is None or len(one) == len(mark.hide(value, keys))
            for one, value in zip(sealed, values, strict=True)
        )
