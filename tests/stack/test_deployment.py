"""What can be known of Dockerfile and docker-compose.yml without an engine: they name things that exist here."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway.main import create_gateway
from gateway.settings import GatewaySettings
from tools.generate_reference import processes
from tools.stack import databases
from tools.stack.state import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
TEXT = (ROOT / "docker-compose.yml").read_text()
SETTINGS = {str(kind.model_config["env_prefix"]): kind for _, kind in processes()}
# Not settings of a process but of a command line or of the cluster.
OTHER_VARIABLES = {
    "GATEWAY_OWNER_DATABASE_URL",
    *(f"{prefix}{role}_PASSWORD" for prefix in SETTINGS for role in ("OWNER", "RUNTIME")),
}


def long_running():
    return [name for name in SERVICES if name == "gateway" or name.endswith(("-api", "-worker"))]


def environment(name: str) -> dict[str, str]:
    return SERVICES[name].get("environment", {})


def settings_of(name: str):
    return next(kind for prefix, kind in SETTINGS.items() if name.startswith(prefix.rstrip("_").lower()))


def test_the_processes_are_those_of_dev_up():
    expected = {"gateway", *(f"{name}-{kind}" for name in databases.SERVICES for kind in ("api", "worker"))}
    assert set(long_running()) == expected


@pytest.mark.parametrize("name", [name for name in SERVICES if "-m" in SERVICES[name].get("command", [])])
def test_a_command_names_a_module_that_exists(name):
    command = SERVICES[name]["command"]
    module = command[command.index("-m") + 1]
    assert importlib.util.find_spec(f"{module}.__main__"), f"{module} can't be run"


@pytest.mark.parametrize("name", list(SERVICES))
def test_every_variable_is_a_setting(name):
    for variable in environment(name):
        if variable in OTHER_VARIABLES or not variable.startswith(tuple(SETTINGS)):
            continue
        prefix = next(prefix for prefix in SETTINGS if variable.startswith(prefix))
        field = variable.removeprefix(prefix).removesuffix("_FILE").lower()
        assert field in SETTINGS[prefix].model_fields, f"{variable} is no setting"


@pytest.mark.parametrize("name", long_running())
def test_every_required_setting_is_given(name):
    kind = settings_of(name)
    prefix = kind.model_config["env_prefix"]
    given = {variable.removesuffix("_FILE") for variable in environment(name)}
    required = {f"{prefix}{field}".upper() for field, info in kind.model_fields.items() if info.is_required()}
    assert not required - given


@pytest.mark.parametrize("name", long_running())
def test_a_process_waits_for_what_its_settings_name(name):
    waits = SERVICES[name]["depends_on"]
    urls = " ".join(environment(name).values())
    for server in ("postgres", "valkey"):
        if f"@{server}:" in urls:
            assert waits[server]["condition"] == "service_healthy"
    assert waits["keys"]["condition"] == "service_completed_successfully"
    migrations = f"{name.partition('-')[0]}-migrations"
    assert waits[migrations]["condition"] == "service_completed_successfully"


def test_databases_and_roles_are_those_of_dev_up():
    script = (ROOT / "deploy" / "postgres" / "roles.sh").read_text()
    for database in databases.OURS:
        assert f"make_database {database.name} " in script
        assert f"//{database.owner}:" in TEXT
        assert f"//{database.runtime}:" in TEXT
        assert f"--runtime-role, {database.runtime}]" in TEXT
        assert f"@postgres:5432/{database.name}" in TEXT


def test_the_gateway_reaches_each_service_at_the_port_it_serves():
    upstreams = environment("gateway")["GATEWAY_UPSTREAMS"]
    for name in databases.SERVICES:
        command = SERVICES[f"{name}-api"]["command"]
        assert f"http://{name}-api:{command[command.index('--port') + 1]}" in upstreams


def test_health_is_asked_at_a_route_that_exists():
    paths = create_gateway(GatewaySettings.model_construct()).app.openapi()["paths"]
    for name in long_running():
        check = " ".join(SERVICES[name].get("healthcheck", {}).get("test", []))
        for path in re.findall(r"http://127\.0\.0\.1:8000(/\w+)", check):
            assert path in paths


def test_env_example_has_exactly_what_compose_asks_for():
    example = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    asked = set(re.findall(r"\$\{([A-Z_]+)", re.sub(r"\$\$\{?[A-Z_]+", "", TEXT)))
    assert sorted(example) == sorted(asked)


def test_no_secret_has_a_default():
    for name, default in re.findall(r"\$\{([A-Z_]+):?-([^}]*)\}", TEXT):
        assert not default, f"{name} has a default"


def test_only_the_proxy_and_the_sandbox_are_published():
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    assert published == {"proxy", "sandbox"}
    assert SERVICES["sandbox"]["profiles"] == ["sandbox"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["sandbox"]["ports"])


def test_nothing_runs_with_more_rights_than_it_needs():
    for name, service in SERVICES.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"], name


def test_mounted_files_exist():
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), source
            else:
                assert source in COMPOSE["volumes"]


def test_what_the_dockerfile_copies_exists_and_is_not_ignored():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    allowed = {line[1:] for line in ignored}
    for line in re.findall(r"^COPY (?!--from)(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.strip("/").split("/")[0] in allowed, f"{source} is left out by .dockerignore"


def test_build_targets_and_extras_exist():
    dockerfile = (ROOT / "Dockerfile").read_text()
    stages = set(re.findall(r"^FROM .+ AS ([\w-]+)$", dockerfile, re.MULTILINE))
    project = (ROOT / "pyproject.toml").read_text()
    extras = re.findall(r"^(\w+) = \[", project.partition("[project.optional-dependencies]")[2], re.MULTILINE)
    for service in SERVICES.values():
        build = service.get("build", {})
        assert build.get("target", "portico") in stages
        assert build.get("args", {}).get("EXTRAS", extras[0]) in extras


def test_the_keys_script_makes_both_files_once_and_keeps_them(tmp_path):
    folders = {name: tmp_path / name for name in ("gateway", "services")}
    for folder in folders.values():
        folder.mkdir()
    script = tmp_path / "keys.sh"
    text = (ROOT / "deploy" / "keys.sh").read_text()
    script.write_text(
        text.replace("/keys/", f"{tmp_path}/").replace("/tmp/made", f"{tmp_path}/made").replace("chown", ":")
    )
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for _ in range(2):
        subprocess.run(["sh", script], check=True, env={**os.environ, "PATH": path}, capture_output=True)
    first = (folders["gateway"] / "signing-key.json").read_text()
    assert '"d"' in first
    assert '"d"' not in (folders["services"] / "identity-keys.json").read_text()
    shutil.rmtree(tmp_path / "made", ignore_errors=True)
    subprocess.run(["sh", script], check=True, env={**os.environ, "PATH": path}, capture_output=True)
    assert (folders["gateway"] / "signing-key.json").read_text() == first


def test_shell_scripts_parse():
    for script in [*Path(ROOT / "deploy").rglob("*.sh"), ROOT / ".ci" / "run"]:
        shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
        assert subprocess.run([shell, "-n", script], check=False).returncode == 0, script
