"""The records that flow through the line. Standard library only.

Every record is frozen and picklable: the same objects cross threads, processes and reports.
"""

from __future__ import annotations

from pytest_aigen.data.coverage import (
    NOTHING,
    Branch,
    Branches,
    Coverage,
    Covered,
    FileCoverage,
    Gap,
    Line,
    Lines,
    Reached,
    Skipped,
)
from pytest_aigen.data.report import (
    Ended,
    Report,
    Usage,
)
from pytest_aigen.data.work import (
    NOT_RUN,
    Accepted,
    Candidate,
    Context,
    Edit,
    Fixture,
    Job,
    Outcome,
    Probe,
    Refusal,
    Rejected,
    Run,
    Suite,
    Target,
    Trial,
    Verdict,
    Workplace,
)

__all__ = [
    "Accepted",
    "Branch",
    "Branches",
    "Candidate",
    "Context",
    "Coverage",
    "Covered",
    "Edit",
    "Ended",
    "FileCoverage",
    "Fixture",
    "Gap",
    "Job",
    "Line",
    "Lines",
    "NOTHING",
    "NOT_RUN",
    "Outcome",
    "Probe",
    "Reached",
    "Refusal",
    "Rejected",
    "Report",
    "Run",
    "Skipped",
    "Suite",
    "Target",
    "Trial",
    "Usage",
    "Verdict",
    "Workplace",
]
