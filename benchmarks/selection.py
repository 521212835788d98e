"""Time of selections and joint probabilities, side by side with the R package sampling, svy and samplics.

    python benchmarks/selection.py                        # prints the table
    python benchmarks/selection.py --write                # and writes benchmarks/selection.md
    python benchmarks/selection.py --peers PYTHON         # also times svy and samplics
    python benchmarks/selection.py --only cube            # rows whose name contains "cube"
    python benchmarks/selection.py --check                # ends with an error below half of a goal

PYTHON is the interpreter of an environment with svy and samplics. R is used if Rscript is found. Each
figure is the fastest of up to six calls in a fresh process with one thread, in seconds of processor time,
so that other work on the machine matters little; import and data stand outside the clock. All programs
get the same inclusion probabilities in one run. A program that takes longer than --limit seconds for a
row is stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from citysample.sampling.inclusion import inclusion_probabilities

PAGE = Path(__file__).with_suffix(".md")
R_SCRIPT = Path(__file__).with_suffix(".R")


@dataclass(frozen=True)
class Case:
    """A row of the table.

    ``peer`` and ``absolute`` are goals: times as fast as the fastest peer (compiled and plain), or seconds.
    """

    title: str
    method: str
    N: int
    n: int
    columns: int = 0
    strata: int = 0
    goal: float = 0.0
    goal_plain: float = 0.0
    goal_seconds: float = 0.0
    loop: bool = False


CASES = (
    Case("systematic", "systematic", 1_000_000, 100_000, goal=8, goal_plain=8),
    Case("pivotal, given order", "ordered_pivotal", 1_000_000, 100_000, goal=100, goal_plain=15, loop=True),
    Case("pivotal, random order", "pivotal", 1_000_000, 100_000, loop=True),
    Case("Chromy", "chromy", 1_000_000, 100_000, loop=True),
    Case("Pareto", "pareto", 1_000_000, 100_000),
    Case("Poisson", "poisson", 1_000_000, 100_000),
    Case("Brewer", "brewer", 10_000, 1_000, loop=True),
    Case("Brewer", "brewer", 100_000, 1_000, loop=True),
    Case("Brewer", "brewer", 100_000, 10_000, goal=50, goal_plain=50, loop=True),
    Case("conditional Poisson", "conditional_poisson", 10_000, 100, goal=100, goal_plain=100),
    Case("conditional Poisson", "conditional_poisson", 10_000, 1_000),
    Case("conditional Poisson", "conditional_poisson", 100_000, 10_000, goal_seconds=1),
    Case("Sampford", "sampford", 10_000, 100),
    Case("Sampford", "sampford", 10_000, 1_000),
    Case("joint, conditional Poisson", "joint_conditional_poisson", 2_000, 200, goal=40, goal_plain=40),
    Case("joint, Sampford", "joint_sampford", 2_000, 200, goal=500, goal_plain=500),
    Case("cube, 10 columns", "cube", 10_000, 1_000, 10, loop=True),
    Case("cube, 10 columns", "cube", 100_000, 10_000, 10, goal=40, loop=True),
    Case("cube, 10 columns, 50 strata", "cube_stratified", 10_000, 1_000, 10, 50, loop=True),
    Case("cube, 10 columns, 50 strata", "cube_stratified", 100_000, 10_000, 10, 50, goal=30, loop=True),
    Case("local pivotal", "local_pivotal", 10_000, 1_000, loop=True),
    Case("local pivotal", "local_pivotal", 100_000, 10_000, goal_seconds=0.3, loop=True),
    Case("local cube, 10 columns", "local_cube", 10_000, 1_000, 10, loop=True),
)

CLOCK = """
import json, os, sys, time
import numpy as np
method, N, n, columns, strata_count, folder = sys.argv[1], *map(int, sys.argv[2:6]), sys.argv[6]
def read(name, shape):
    return np.ascontiguousarray(np.fromfile(f"{folder}/{name}.bin").reshape(shape, order="F"))
pi, x, places = read("pi", N), read("x", (N, columns)), read("places", (N, 2))
def answer(**parts):
    print(json.dumps(parts))
    sys.exit()
def seconds_of(call, times=1):
    start = time.process_time()
    for _ in range(times):
        result = call()
    return (time.process_time() - start) / times, result
def measure(call, size, version):
    first, result = seconds_of(call)
    times = 1 if first > 0.05 else int(0.05 / max(first, 1e-6)) + 1
    repetitions = 0 if first > 5 or os.environ.get("ONCE") else 2 if first > 1 else 5
    fastest = min([first] + [seconds_of(call, times)[0] for _ in range(repetitions)])
    answer(first=first, fastest=fastest, size=size(result), version=version)
"""

OURS = """
from importlib import import_module
from importlib.metadata import version
strata = read("strata", N).astype(np.int64) if strata_count else np.zeros(N, dtype=np.int64)
inner = N if strata_count else 0
uniforms = np.random.default_rng(1).random(20 * N)
names = {
    "ordered_pivotal": ("select.pivotal", "select_ordered_pivotal"),
    "cube_stratified": ("select.cube", "select_cube_stratified"),
}
if method.startswith("joint_"):
    home, name = f"joint.{method[6:]}", method
else:
    home, name = names.get(method, (f"select.{method}", f"select_{method}"))
module = import_module(f"citysample.sampling.{home}")
function = getattr(module, name)
counts = {"systematic": 1, "poisson": N, "pareto": N, "cube_stratified": 2 * N}
more = {"cube": (x,), "cube_stratified": (x, strata), "local_pivotal": (places,), "local_cube": (x, places)}
if method.startswith("joint_"):
    measure(lambda: function(pi), lambda joint: round(float(np.trace(joint))), "")
needed = counts.get(method) or getattr(module, name.replace("select_", "uniforms_"))(N, n)
numbers = uniforms[:needed]
measure(lambda: function(pi, numbers, *more.get(method, ())), lambda mask: int(mask.sum()), "")
"""

SVY = """
try:
    import polars, svy
except ImportError:
    answer(problem="svy not installed")
frame = polars.DataFrame({"unit": np.arange(N), "size": pi})
names = {"systematic": "pps_sys", "brewer": "pps_brewer", "sampford": "pps_rs"}
if method not in names:
    answer(problem="none")
def call():
    # A draw changes its Sample, so each call needs a new one (about 4 ms).
    return getattr(svy.Sample(frame, svy.Design(mos="size")).sampling, names[method])(n, rstate=1)
try:
    measure(call, lambda drawn: drawn.n_records, f"svy {svy.__version__}")
except Exception as problem:
    answer(problem="fails: " + " ".join(str(problem).split())[:100])
"""

SAMPLICS = """
try:
    from samplics.sampling import SampleSelection
    from samplics.utils.types import SelectMethod
except ImportError:
    answer(problem="samplics not installed")
from importlib.metadata import version
names = {"systematic": "pps_sys", "brewer": "pps_brewer", "sampford": "pps_rs"}
if method not in names:
    answer(problem="none")
selection = SampleSelection(method=getattr(SelectMethod, names[method]), strat=False, wr=False)
units = np.arange(N)
try:
    measure(
        lambda: selection.select(samp_unit=units, samp_size=n, mos=pi),
        lambda drawn: int(np.asarray(drawn[0]).sum()),
        f"samplics {version('samplics')}",
    )
except Exception as problem:
    answer(problem="fails: " + " ".join(str(problem).split())[:100])
"""

Answer = dict[str, Any]

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"),
    "1",
)


def write_data(case: Case, folder: Path) -> None:
    """Lognormal sizes, normal columns that go with them a little, places in a square; all in one folder."""
    random = np.random.default_rng(20_261_124)
    pi = inclusion_probabilities(random.lognormal(0.0, 0.4, case.N), case.n)
    strata = np.sort(np.arange(case.N) % max(case.strata, 1))
    if case.strata:
        for code in range(case.strata):
            inside = strata == code
            pi[inside] = inclusion_probabilities(pi[inside], case.n // case.strata)
    columns = random.normal(size=(case.N, case.columns)) + 0.5 * np.log(pi)[:, None]
    places = random.random((case.N, 2))
    arrays = {"pi": pi, "x": columns, "places": places, "strata": strata + 1.0}
    for name, array in arrays.items():
        array.astype(np.float64).ravel(order="F").tofile(folder / f"{name}.bin")


def answered(command: list[str], case: Case, folder: Path, limit: float, **more: str) -> Answer:
    """What a program says about a row, or why it says nothing."""
    numbers = [str(number) for number in (case.N, case.n, case.columns, case.strata)]
    try:
        done = subprocess.run(
            [*command, case.method, *numbers, str(folder)],
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            env=os.environ | ONE_THREAD | more,
        )
    except subprocess.TimeoutExpired:
        return {"problem": f"over {limit:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"problem": f"fails: {(done.stderr.strip().splitlines() or ['no output'])[-1][:80]}"}
    answer: Answer = json.loads(lines[-1])
    return answer


def measured(case: Case, peers: str | None, limit: float) -> dict[str, Answer]:
    """All programs on one row, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(case, folder)
        ours = [sys.executable, "-c", CLOCK + OURS]
        compiled = {"CITYSAMPLE_FAST": "1", "NUMBA_CACHE_DIR": str(folder / "kept")}
        answers = {
            "compiling": answered(ours, case, folder, limit, ONCE="1", **compiled),
            "compiled": answered(ours, case, folder, limit, **compiled),
            "plain": answered(ours, case, folder, limit, CITYSAMPLE_FAST="0"),
            "R": {"problem": "R not installed"},
            "svy": {"problem": "not asked for"},
            "samplics": {"problem": "not asked for"},
        }
        rscript = shutil.which("Rscript")
        if rscript:
            answers["R"] = answered([rscript, str(R_SCRIPT)], case, folder, limit)
        if peers:
            answers["svy"] = answered([peers, "-c", CLOCK + SVY], case, folder, limit)
            answers["samplics"] = answered([peers, "-c", CLOCK + SAMPLICS], case, folder, limit)
    return answers


def ratio(answers: dict[str, Answer], ours: str) -> float | None:
    """How many times as fast as the fastest peer; None without a peer."""
    theirs = [answers[name]["fastest"] for name in ("R", "svy", "samplics") if "fastest" in answers[name]]
    return min(theirs) / answers[ours]["fastest"] if theirs and "fastest" in answers[ours] else None


def goal_of(case: Case) -> str:
    """The goal in words."""
    if case.goal_seconds:
        return f"<= {case.goal_seconds:g} s"
    both = f" / {case.goal_plain:g}" if case.goal_plain else ""
    return f">= {case.goal:g}{both}" if case.goal else ""


def missed(case: Case, answers: dict[str, Answer], share: float) -> bool:
    """Whether a goal times ``share`` is missed."""
    fast, plain = ratio(answers, "compiled"), ratio(answers, "plain")
    return (
        (fast is not None and fast < share * case.goal)
        or (plain is not None and plain < share * case.goal_plain)
        or (case.goal_seconds > 0 and answers["compiled"]["fastest"] > case.goal_seconds / share)
    )


def shown(answer: Answer, n: int) -> str:
    """Seconds, or why there are none; with the sample size where it is not n."""
    if "problem" in answer:
        return str(answer["problem"])
    seconds = answer["fastest"]
    other = "" if answer["size"] == n else f" (n = {answer['size']:,})"
    return (
        f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.2g}" if seconds < 1 else f"{seconds:.2f}"
    ) + other


def rows(case: Case, answers: dict[str, Answer]) -> tuple[str, str]:
    """The row of the first table, and that of the second if the selection has a loop that is compiled."""
    fast, plain = (
        "-" if times is None else f"{times:,.0f}" if times >= 10 else f"{times:.1f}"
        for times in (ratio(answers, "compiled"), ratio(answers, "plain"))
    )
    # The size of a Poisson sample is random.
    n = answers["plain"].get("size", case.n) if case.method == "poisson" else case.n
    cells = [shown(answers[name], n) for name in ("compiled", "plain", "R", "svy", "samplics")]
    if case.method == "poisson" and "size" in answers["R"]:
        cells[2] = shown(answers["R"], answers["R"]["size"])
    size = f"{case.N:,} / {case.n:,}"
    first = f"| {case.title} | {size} | {fast} | {plain} | {goal_of(case)} | {' | '.join(cells)} |"
    starts = [answers[name].get("first") for name in ("plain", "compiled", "compiling")]
    if not case.loop or None in starts:
        return first, ""
    return first, f"| {case.title} | {size} | {' | '.join(f'{start:.2f}' for start in starts)} |"


def machine() -> str:
    """The kind of processor."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        models = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    return f"{os.cpu_count()} cores, {name}"


def versions(results: list[dict[str, Answer]]) -> str:
    """Versions of all programs that answered."""
    from importlib.metadata import version

    found = {
        answer["version"]: None for answers in results for answer in answers.values() if answer.get("version")
    }
    ours = [f"Python {platform.python_version()}", f"NumPy {np.__version__}", f"numba {version('numba')}"]
    return ", ".join([*ours, *sorted(found)])


def page(cases: list[Case], results: list[dict[str, Answer]], limit: float) -> str:
    """The result page."""
    lines = [rows(case, answers) for case, answers in zip(cases, results, strict=True)]
    return (
        "\n".join(
            [
                "# Selections and joint probabilities: time",
                "",
                "Made by `python benchmarks/selection.py --write --peers PYTHON`; the script says how.",
                f"{versions(results)}. {machine()}.",
                "",
                "The ratios say how many times as fast as the fastest peer citysample is: with the loops",
                "compiled (the extra `fast`), and in plain Python. Then seconds of processor time on one",
                "thread, the fastest of up to six calls.",
                '"none" means that the program has no such method. Sample sizes that are not n are shown.',
                f"Programs are stopped after {limit:.0f} s.",
                "",
                "| selection | N / n | ratio compiled | ratio plain | goal | compiled, s | plain, s | R, s "
                "| svy, s | samplics, s |",
                "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
                *(first for first, _ in lines),
                "",
                "The first call in a fresh process, in seconds: plain; with compiled code that was kept on",
                "disk (with the import of numba); and with compiling, which happens once on a machine.",
                "",
                "| selection | N / n | plain | kept | compiling |",
                "| --- | --- | ---: | ---: | ---: |",
                *(second for _, second in lines if second),
            ]
        )
        + "\n"
    )


def main() -> None:
    """Read the options, measure, print, write and check."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the page beside this script")
    parser.add_argument("--peers", help="interpreter of an environment with svy and samplics")
    parser.add_argument("--only", default="", help="rows whose name contains this text")
    parser.add_argument("--limit", type=float, default=90.0, help="seconds for one program and row")
    parser.add_argument("--check", action="store_true", help="end with an error below half of a goal")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only in case.title]
    results = []
    for case in cases:
        results.append(measured(case, options.peers, options.limit))
        print(rows(case, results[-1])[0], file=sys.stderr, flush=True)
    text = page(cases, results, options.limit)
    print(text)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    failed = [
        f"{case.title} {case.N}"
        for case, answers in zip(cases, results, strict=True)
        if missed(case, answers, 0.5)
    ]
    if options.check and failed:
        sys.exit(f"below half of the goal: {', '.join(failed)}")


if __name__ == "__main__":
    main()
