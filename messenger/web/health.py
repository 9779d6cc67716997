"""For the operator's monitor: is the process alive, can it do its work, how is it doing."""

import hmac
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from messenger.domain.errors import NotFound
from messenger.domain.events import Role
from messenger.web.desks import Desks, desks_of


async def live(request: Request) -> Response:
    """GET /health/live: the process answers."""
    del request
    return PlainTextResponse("ok\n")


async def ready(request: Request) -> Response:
    """GET /health/ready: and its database answers, and takes what is sent. It can do without Redis."""
    desks = desks_of(request.scope)
    if not await desks.pulse.is_well():
        return PlainTextResponse("the database does not answer\n", 503)
    if not desks.pulse.saves_something:
        return PlainTextResponse("nothing can be saved: is the disk full?\n", 503)
    if not desks.pulse.saves_all:
        return PlainTextResponse("ok, but one of the databases takes nothing: is its disk full?\n")
    if not desks.hearing().is_connected:
        return PlainTextResponse("ok, but Redis does not answer: others' news comes late\n")
    return PlainTextResponse("ok\n")


async def metrics(request: Request) -> Response:
    """GET /health/metrics: figures of this process, for who shows the token.

    Not for everybody: that somebody is in a conversation right now is nobody else's business.
    """
    desks = desks_of(request.scope)
    shown = request.headers.get("authorization", "").encode()
    token = desks.place.metrics_token
    if not token or not hmac.compare_digest(shown, f"Bearer {token}".encode()):
        raise NotFound
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(desks))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """What is so at this moment. No names, and nothing by organization."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    def collect(self) -> Iterator[Metric]:
        hearing, watches = self._desks.hearing(), self._desks.bus.watches()
        sockets = GaugeMetricFamily("messenger_sockets", "Open sockets here.", labels=["role"])
        for role in Role.REPORTER, Role.TEAM:
            sockets.add_metric([role.value], sum(watch.role is role for watch in watches))
        yield sockets
        yield GaugeMetricFamily(
            "messenger_redis_up", "Whether what we publish comes back to us.", hearing.is_connected
        )
        yield GaugeMetricFamily(
            "messenger_in_doubt",
            "Whether others' news may be missed, so that the database is read every half second.",
            not hearing.is_sure,
        )
        yield GaugeMetricFamily(
            "messenger_saving",
            "Whether all that was to be saved in the last seconds was.",
            self._desks.pulse.saves_all,
        )
        yield GaugeMetricFamily("messenger_other_workers", "Workers we hear.", hearing.others)
        yield CounterMetricFamily(
            "messenger_readings", "Times the database was read to be sure.", hearing.readings
        )
