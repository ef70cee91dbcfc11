"""A service reads its own variables first, then those of all services."""

from pathlib import Path

import pytest
from pydantic import Field
from sqlalchemy import MetaData

from libs.common.service import ServiceDefinition, no_parts, service_settings
from libs.common.settings import CommonSettings, ServiceSettings, default_data_dir


class LedgerSettings(ServiceSettings):
    patience: int = Field(default=5)


@pytest.fixture
def ledger(monkeypatch):
    for name in ("BUS", "LOG_LEVEL", "DATABASE_URL", "LEDGER_DATABASE_URL", "LEDGER_LOG_LEVEL", "PORT"):
        monkeypatch.delenv(f"CANBAO_{name}", raising=False)
    return ServiceDefinition(
        "ledger", "t", MetaData(), Path(), LedgerSettings, lambda c: None, lambda c: [], no_parts
    )


class TestServiceSettings:
    def test_read_what_is_shared(self, ledger, monkeypatch):
        monkeypatch.setenv("CANBAO_BUS", "kafka")
        assert service_settings(ledger).bus == "kafka"

    def test_prefer_the_variable_of_the_service(self, ledger, monkeypatch):
        monkeypatch.setenv("CANBAO_LOG_LEVEL", "INFO")
        monkeypatch.setenv("CANBAO_LEDGER_LOG_LEVEL", "DEBUG")
        assert service_settings(ledger).log_level == "DEBUG"

    def test_take_their_own_from_their_own_variables_only(self, ledger, monkeypatch):
        monkeypatch.setenv("CANBAO_DATABASE_URL", "postgresql://everyone")
        monkeypatch.setenv("CANBAO_PORT", "1")
        monkeypatch.setenv("CANBAO_LEDGER_PATIENCE", "7")
        settings = service_settings(ledger)
        assert (settings.database_url, settings.port, settings.patience) == (None, 8000, 7)

    def test_let_arguments_win(self, ledger, monkeypatch):
        monkeypatch.setenv("CANBAO_LEDGER_DATABASE_URL", "postgresql://configured")
        assert (
            service_settings(ledger, database_url="postgresql://given").database_url == "postgresql://given"
        )


class TestDataDirectory:
    def test_does_not_depend_on_where_a_command_is_typed(self, monkeypatch, tmp_path):
        before = default_data_dir()
        monkeypatch.chdir(tmp_path)
        assert default_data_dir() == before

    def test_is_below_var_lib_for_root_whose_home_is_closed(self, monkeypatch):
        monkeypatch.setattr("os.geteuid", lambda: 0)
        assert default_data_dir() == Path("/var/lib/canbao/default")

    def test_follows_the_state_directory_of_a_user(self, monkeypatch, tmp_path):
        monkeypatch.setattr("os.geteuid", lambda: 1000)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        assert default_data_dir() == tmp_path / "canbao"

    def test_is_what_the_variable_says(self, monkeypatch, tmp_path):
        monkeypatch.setenv("CANBAO_DATA_DIR", str(tmp_path))
        assert CommonSettings().state_dir == tmp_path
