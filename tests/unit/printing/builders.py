"""What papers are set from in tests."""

from datetime import datetime

from libs.common.clock import SHANGHAI

AT = datetime(2019, 11, 20, 10, 5, tzinfo=SHANGHAI)
