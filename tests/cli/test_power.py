"""``thermal power``: words, numbers, variants, files and mistakes."""

import csv
import json
from operator import itemgetter

import pytest
from pypdf import PdfReader

from tests.cli.conftest import COARSE

MODEL = ("--model", "llama-3.2-1b", "--batch", "1", "--prompt", "256", "--output-tokens", "9")


def test_the_report_fits_80_columns_and_says_what_was_asked(run):
    printed = run("power", "npu-custom", *MODEL, "--tornado").stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert printed.startswith("npu-custom: llama-3.2-1b on npu-custom: a batch of 1, 256 tokens in, 9 out\n")
    for words in (
        "tokens/s",
        "first token",
        "of 14 W allowed",
        "Phases",
        "Watts by cause",
        "% peak",
        "prefill",
    ):
        assert words in printed
    for heading in ("What uncertain constants do", "Where the busy floor might be", "Blocks, W with leakage"):
        assert heading in printed


def test_json_holds_the_balance_of_every_run(run):
    document = json.loads(run("power", "npu-custom", *MODEL, "--compare", "int8", "--json").stdout)
    assert document["schema"] == "thermal-floorplan/power/1"
    assert [row["variant"] for row in document["runs"]] == ["base", "int8"]
    for row in document["runs"]:
        balance = row["balance_w"]
        causes = sum(balance[key] for key in ("events", "floor", "leakage", "standing", "conversion"))
        assert sum(row["blocks"].values()) == pytest.approx(causes - balance["off-package"], rel=1e-9)
        assert row["per_second"] * row["joules_each"] == pytest.approx(row["board_w"], rel=1e-9)
        assert row["memory"]["weights_b"] + row["memory"]["state_b"] <= row["memory"]["capacity_b"]
    assert {"name", "value", "source", "confidence"} <= set(document["constants"][0])


def test_lengths_and_variants_side_by_side_and_what_does_not_fit(run):
    asked = ("--model", "llama-3.2-1b", "--batch", "4", "--prompt", "1k,256k", "--compare", "mamba-1.4b")
    printed = run("power", "npu-custom", *asked).stdout
    assert max(map(len, printed.splitlines())) <= 80
    rows = [
        line.split()[:2] for line in printed.splitlines() if line.startswith((" llama-3.2-1b", " mamba-1.4b"))
    ]
    assert rows == [["llama-3.2-1b", "1k"], ["mamba-1.4b", "1k"], ["mamba-1.4b", "256k"]]
    assert "base, 256k in: llama-3.2-1b needs" in printed


def test_watts_of_a_model_heat_the_design(run):
    cold = json.loads(run("solve", "npu-custom", *COARSE, "--no-leakage", "--json").stdout)
    asked = ("--model", "resnet-50", "--set", "workload.batch=4")
    warm = json.loads(run("solve", "npu-custom", *COARSE, "--no-leakage", *asked, "--json").stdout)
    none = ("--batch", "4", "--with", "leakage=none", "--json")
    power = json.loads(run("power", "npu-custom", "--model", "resnet-50", *none).stdout)
    assert warm["heat"]["power_w"] == pytest.approx(power["runs"][0]["balance_w"]["blocks"], rel=1e-9)
    assert warm["heat"]["power_w"] != pytest.approx(cold["heat"]["power_w"], rel=1e-3)


def test_temperatures_of_every_variant(run):
    asked = (*MODEL, "--compare", "int8", "--heat", *COARSE, "--json")
    rows = json.loads(run("power", "npu-custom", *asked).stdout)["runs"]
    # The hotter run is the one that puts more watts into the package.
    orders = [
        [row["variant"] for row in sorted(rows, key=itemgetter(key))] for key in ("board_w", "hottest_c")
    ]
    assert orders[0] == orders[1]
    assert all(40.0 < row["hottest_c"] < 120.0 for row in rows)


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_charts_are_written(run, tmp_path, ending, start):
    file = tmp_path / f"charts.{ending}"
    done = run("power", "npu-custom", "--model", "resnet-50", "-o", str(file))
    assert file.read_bytes().startswith(start)
    assert f"wrote {file}" in done.stderr
    if ending == "pdf":
        text = "".join(page.extract_text() for page in PdfReader(file).pages)
        assert "Roofline" in text
        assert "Constants of the power model" in text


def test_a_scenario_may_change_the_workload(run, edited, tmp_path):
    text = ["power", "npu-custom", "--model", "resnet-50", "--json"]
    base = json.loads(run(*text).stdout)
    changed = json.dumps({"slow": {"workload": {"clock_mhz": 500}}})
    slow = json.loads(run(*text, "--set", f"scenarios={changed}", "--scenario", "slow").stdout)
    assert slow["runs"][0]["per_second"] < base["runs"][0]["per_second"]
    assert slow["runs"][0]["phases"][0]["clock_mhz"] == pytest.approx(500)


def test_what_is_shipped_is_listed(run):
    models = run("power", "models").stdout
    assert "llama-3.1-8b" in models
    assert "8,030,261,248" in models
    hardware = json.loads(run("power", "hardware", "--json").stdout)["hardware"]
    assert {"h100-sxm", "accel-2p5d", "tpuv4i-like"} <= {each["name"] for each in hardware}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("npu-custom",), 2, "the design has no section 'workload'; say which model with --model"),
        (
            ("npu-custom", "--model", "lama-3.2-1b"),
            3,
            "--model lama-3.2-1b: error: workload.model: no shipped model",
        ),
        (("npu-custom", *MODEL, "--prompt", "lots"), 2, "'lots' are no numbers of tokens"),
        (("npu-custom", *MODEL, "--compare", "fp9"), 3, "--compare fp9: error: 'fp9' is no format"),
        (("npu-custom", *MODEL, "--with", "batch"), 3, "expected key=value"),
        (
            ("npu-custom", *MODEL, "--with", "btach=3"),
            3,
            "workload.btach: unknown key 'btach'; did you mean 'batch'?",
        ),
        (("npu-custom", *MODEL, "--scenario", "idel"), 3, "no scenario 'idel'"),
        (("npu-custom", *MODEL, "-o", "x.txt"), 2, "must end in .pdf, .svg, .png"),
        (
            ("npu-custom", "--model", "llama-3.1-8b"),
            3,
            "needs 18.3 GB (16.1 GB weights, 2.28 GB state of 8 x 2176 tokens), 11.1 GB more than the 7.2 GB",
        ),
    ],
)
def test_mistakes(run, arguments, code, message):
    done = run("power", *arguments, code=code)
    assert message in done.stderr
    assert done.stdout == ""


def test_a_report_on_a_model_has_its_section_and_its_constants(run, tmp_path):
    file = tmp_path / "a.pdf"
    run("report", "npu-custom", "--model", "resnet-50", *COARSE, "-o", str(file))
    pages = [page.extract_text() for page in PdfReader(file).pages]
    text = "\n".join(pages)
    for words in (
        "resnet-50 on npu-custom: inference, 8 images at a time",
        "Power maps by phase",
        "Watts by cause",
    ):
        assert words in text
    # Every constant that the hardware refers to, with its source.
    appendix = "\n".join(page for page in pages if "Constants of the power model" in page)
    for name in ("systolic_efficiency", "e_lpddr5", "finfet_leak_beta"):
        assert name in appendix
    assert "engineering default: device and PHY" in appendix


@pytest.mark.parametrize(
    ("extra", "steps"), [((), 9), (("--resolution", "phase"), None), (("--tick", "1e-3"), None)]
)
def test_a_trace_holds_the_energy_of_a_round(run, tmp_path, extra, steps):
    file = tmp_path / "trace.csv"
    done = run("power", "npu-custom", *MODEL, "--with", "leakage=none", "--trace", file, *extra, "--json")
    (served,) = json.loads(done.stdout)["runs"]
    head, *rows = csv.reader(file.read_text().splitlines())
    assert head[0] == "time_s"
    assert set(served["blocks"]) <= set(head[1:])
    times = [float(row[0]) for row in rows]
    if steps is not None:
        assert len(times) == steps + 1  # a prefill, eight further tokens, and the end
    mine = [i for i, name in enumerate(head) if name in served["blocks"]]
    joules = sum(
        (after - before) * sum(float(row[i]) for i in mine)
        for before, after, row in zip(times, times[1:], rows, strict=False)
    )
    seconds = sum(phase["seconds"] for phase in served["phases"] if phase["name"] != "mean")
    assert times[-1] == pytest.approx(seconds, rel=1e-6)
    assert joules == pytest.approx(seconds * served["balance_w"]["blocks"], rel=5e-3)
    assert "J without leakage" in done.stderr


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("--tick", "1"), "--resolution and --tick are for --trace FILE.csv"),
        (("--trace", "a.txt"), "--trace a.txt: must end in .csv"),
        (("--trace", "a.csv", "--tick", "1", "--resolution", "phase"), "--tick is for --resolution tick"),
        (("--trace", "a.csv", "--tick", "1e-12"), "the shortest tick is"),
    ],
)
def test_traces_that_cannot_be(run, asked, message):
    assert message in run("power", "npu-custom", *MODEL, *asked, code=2).stderr
