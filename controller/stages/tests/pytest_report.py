"""Tells CCCI_REPORT what pytest found, one JSON object a line. Loaded into the sandbox by local-runners.ts."""

import json
import os


def _tell(name, state, seconds, report):
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    message = ""
    if state == "failed":
        text = str(report.longrepr or "")
        message = f"{crash.message}\n{crash.path}:{crash.lineno}" if crash else text.strip().split("\n")[-1] + "\n" + text
    line = {"name": name, "state": state, "durationMs": round(seconds * 1000), "message": message[:4000]}
    with open(os.environ["CCCI_REPORT"], "a") as out:
        out.write(json.dumps(line) + "\n")


def pytest_runtest_logreport(report):
    # Setup and teardown are told only where they are more than a formality.
    if report.when == "call" or report.outcome != "passed":
        _tell(report.nodeid.split("::", 1)[-1], report.outcome, report.duration, report)


def pytest_collectreport(report):
    if report.failed:
        _tell("(loading the file)", "failed", 0, report)
