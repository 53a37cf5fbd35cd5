"""Logs as machines write them."""

import numpy as np
import pytest

from floorplans.diagnostics import InputError
from power.formats.telemetry import read_telemetry


def test_nvidia_smi_with_units_and_gaps(tmp_path):
    file = tmp_path / "smi.csv"
    file.write_text(
        "timestamp, name, power.draw [W], clocks.current.sm [MHz], temperature.gpu, utilization.gpu [%]\n"
        "2024/09/26 10:00:00.000, NVIDIA H100, 71.53 W, 345 MHz, 34, 0 %\n"
        "2024/09/26 10:00:01.000, NVIDIA H100, [N/A], 1980 MHz, 55, 98 %\n"
        "\n"
    )
    log = read_telemetry(file)
    assert len(log) == 2
    assert log.columns["watts"][0] == 71.53
    assert np.isnan(log.columns["watts"][1])
    assert log.columns["hertz"].tolist() == [345e6, 1980e6]
    assert log.columns["gpu_busy"].tolist() == [0.0, 0.98]
    assert log.column("tensor_active") is None


def test_dcgm_fields(tmp_path):
    file = tmp_path / "dcgm.csv"
    file.write_text(
        "Entity,DCGM_FI_DEV_POWER_USAGE,DCGM_FI_PROF_PIPE_TENSOR_ACTIVE,DCGM_FI_PROF_DRAM_ACTIVE\n"
        "GPU 0,512.3,0.41,6.2e-1\n"
    )
    log = read_telemetry(file)
    assert log.columns["tensor_active"][0] == 0.41
    assert log.columns["dram_active"][0] == 0.62


def test_a_log_without_power_lists_what_it_looked_for(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("time,watts\n0,1\n")
    with pytest.raises(InputError, match=r"log.csv:1:1: error: no column of power .*got time, watts"):
        read_telemetry(file)


def test_what_is_no_number_has_its_line(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("power_w,tflops\n1,2\nhigh,3\n5,x\n")
    with pytest.raises(InputError) as found:
        read_telemetry(file)
    assert "log.csv:3:1: error: power_w: must be a number (got 'high')" in str(found.value)
    assert "log.csv:4:1: error: tflops: must be a number (got 'x')" in str(found.value)


@pytest.mark.parametrize("text", ["", "power_w\n"])
def test_empty_logs_are_errors(tmp_path, text):
    file = tmp_path / "log.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=r"no column of power|no rows"):
        read_telemetry(file)


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError):
        read_telemetry(tmp_path / "none.csv")
