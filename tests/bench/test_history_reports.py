"""The judge of reports: silent when each is there once, and it names what is wrong with the others."""

from collections.abc import Mapping, Sequence

import pytest

from bench.history.check import Kind
from bench.history.reports import Filed, judge

FILED = [Filed("a: he hits her", ("one", "two")), Filed("b: he hits her", ("six", "ten"))]
OPENED = {each.text: [each.text] for each in FILED}
QUEUE = {each.text: 1 for each in FILED}


@pytest.mark.parametrize(
    ("opened", "queue", "found"),
    [
        (OPENED, QUEUE, []),
        (OPENED, {**QUEUE, "nobody got an answer to this one": 1}, []),
        ({**OPENED, FILED[0].text: []}, QUEUE, [Kind.LOST]),
        ({**OPENED, FILED[0].text: [FILED[1].text]}, QUEUE, [Kind.LOST]),
        ({**OPENED, FILED[0].text: [FILED[0].text] * 2}, QUEUE, [Kind.DUPLICATED]),
        (OPENED, {FILED[1].text: 1}, [Kind.LOST]),
        (OPENED, {**QUEUE, FILED[0].text: 2}, [Kind.DUPLICATED]),
    ],
)  # fmt: skip
def test_each_report_is_there_once(
    opened: Mapping[str, Sequence[str]], queue: Mapping[str, int], found: list[Kind]
) -> None:
    assert [finding.kind for finding in judge(FILED, opened, queue)] == found
