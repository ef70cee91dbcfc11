"""How much more than in CI is played: `make test-long` says so by CANBAO_TEST_LONGER."""

import os

#: Once in CI; so many times as many lives, killed seasons and examples of hypothesis otherwise.
LONGER = int(os.environ.get("CANBAO_TEST_LONGER", "1"))
