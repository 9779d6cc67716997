"""Messenger in a small town, where ten reports a minute are more than calm: `python -m tests.crowds serve`.

And such a crowd.
"""

from functools import partial

import httpx2

from messenger import app
from messenger.__main__ import main
from messenger.services.toll import Toll
from tests.swapping import swap

CALM = 10
CROWD = 3 * CALM
"""So many that it takes more than a minute until it is calm again."""


def come_in_crowds(origin: str, code: str = "LINCOLN") -> None:
    """Have them report to one school by forms, as browsers without scripts do."""
    with httpx2.Client(base_url=origin, timeout=20) as client:
        for number in range(CROWD):
            client.cookies.clear()
            client.get(f"/c/{code}")
            form = {"do": "send_talk", "draft_id": f"crowd-{number:06}", "what": "Me too."}
            answer = client.post("/", data=form, headers={"Origin": origin})
            assert answer.status_code == 303, answer.text


if __name__ == "__main__":
    swap(app, Toll=partial(Toll, calm=CALM))
    main()
