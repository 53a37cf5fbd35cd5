"""The set-up-and-go script: what it runs, what it passes on, what it does only once."""

import os
import subprocess
import sys

import pytest

import tasks


@pytest.fixture
def environment(tmp_path):
    """An environment whose programs are shell scripts."""
    environment = tasks.Environment(tmp_path / "venv")
    environment.programs.mkdir(parents=True)
    return environment


def add_program(environment, name, script):
    program = environment.programs / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs of these tests are shell scripts")


def test_exit_code_of_a_failed_program_is_passed_on(environment):
    add_program(environment, "checker", "exit 7")
    with pytest.raises(SystemExit) as leaving:
        environment.run("checker")
    assert leaving.value.code == 7


def test_accepted_exit_code_is_no_failure(environment):
    add_program(environment, "checker", "exit 1")
    environment.run("checker", accepted=(0, 1))


def test_settings_of_the_callers_python_do_not_leak_in(environment, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    monkeypatch.setenv("KEPT", "yes")
    add_program(environment, "teller", 'echo "$KEPT$PYTHONPATH" > told')
    environment.run("teller", cwd=tmp_path)
    assert (tmp_path / "told").read_text() == "yes\n"


def test_installation_is_done_once_and_again_when_requirements_change(environment, monkeypatch, tmp_path):
    installed = []
    monkeypatch.setattr(tasks.Environment, "create", lambda self: None)
    monkeypatch.setattr(tasks.Environment, "install", lambda self, what, *options: installed.append(what))
    monkeypatch.setattr(tasks, "ROOT", tmp_path)
    (tmp_path / "pyproject.toml").write_text("version = 1")
    environment.with_checkout("dev").with_checkout("dev")
    assert installed == [f"{tmp_path}[dev]"]
    (tmp_path / "pyproject.toml").write_text("version = 2")
    environment.with_checkout("dev")
    assert len(installed) == 2


def test_an_interrupted_installation_is_repeated(environment, monkeypatch):
    monkeypatch.setattr(tasks.Environment, "create", lambda self: None)

    def interrupted(self, what, *options):
        raise SystemExit(1)

    monkeypatch.setattr(tasks.Environment, "install", interrupted)
    for _ in range(2):
        with pytest.raises(SystemExit):
            environment.with_checkout("dev")


def test_help_lists_every_task(root):
    finished = subprocess.run(
        [sys.executable, str(root / "tasks.py"), "--help"], capture_output=True, text=True, check=True
    )
    for name, task in tasks.TASKS.items():
        assert f"{name} " in finished.stdout
        assert str(task.__doc__) in finished.stdout


def test_an_old_python_is_told_in_words(monkeypatch):
    monkeypatch.setattr(tasks, "MINIMUM", (99, 0))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        tasks.main()
