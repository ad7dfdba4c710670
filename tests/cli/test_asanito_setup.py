"""Moving over from the application before, from the terminal: its `.env`, and its names of jobs."""

from __future__ import annotations

from cli.asanito import JOBS, OLD_JOBS
from cli.asanito_setup import settings_of
from services.asanito.takeover import rules


def test_an_old_env_becomes_the_settings_of_the_bridge():
    lines = [
        "# --- Database Connection ---",
        "SECRET_key=not needed",
        "DB_DRIVER=ODBC Driver 17 for SQL Server",
        "DB_SERVER=10.0.0.5",
        "DB_PORT=",
        "DB_DATABASE=gym",
        "DB_USERNAME=sa",
        "DB_PASSWORD=p@ss/word",
        'ASANITO_BASE_URL="https://demobak.asanito.com"',
        "ASANITO_CUSTOMER_ID=7",
        "# JOB_RECORD_LIMIT=5",
    ]
    assert settings_of(lines) == {
        "ASANITO_SOURCE_URL": "mssql://sa:p%40ss%2Fword@10.0.0.5:1433/gym",
        "ASANITO_SOURCE_DRIVER": "ODBC Driver 17 for SQL Server",
        "ASANITO_BASE_URL": "https://demobak.asanito.com",
        "ASANITO_CUSTOMER_ID": "7",
    }


def test_the_old_names_of_jobs_mean_the_same_everywhere():
    assert OLD_JOBS == rules.OLD_JOBS
    assert set(OLD_JOBS.values()) <= set(JOBS)
