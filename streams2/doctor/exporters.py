"""The figures of streams for those who collect them: Prometheus and OpenTelemetry.

Both are the extra ``metrics``, and get the figures through their own clients, when they ask.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Callable

from .stats import Figure, Stats
from .untyped import Untyped

__all__ = ["to_opentelemetry", "to_prometheus"]

_SUMS = (
    ("chunks_in", "chunks", "Chunks that came in"),
    ("chunks_out", "chunks", "Chunks that went out"),
    ("bytes_in", "bytes", "Bytes that came in"),
    ("bytes_out", "bytes", "Bytes that went out"),
    ("seconds_waiting", "seconds", "Time paused, or waiting for 'drain'"),
)
_LEVELS = (
    ("held", "What is held"),
    ("peak", "The most that was held"),
    ("mark", "The high-water mark"),
)


def _client(name: str) -> Untyped:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        hint = f"{package} is not installed: pip install 'streams2[metrics]'"
        raise ImportError(hint) from error


def _by_stream(figures: Iterable[Figure], what: str) -> Iterator[tuple[dict[str, str], float]]:
    """What to report; streams that are made at one place and have one name are one series."""
    sums: dict[tuple[str, str], float] = {}
    for figure in figures:
        key = figure.name, figure.side
        sums[key] = sums.get(key, 0) + getattr(figure, what)
    for (name, side), value in sums.items():
        yield {"stream": name, "side": side}, value


class _Collector:
    """What Prometheus's client asks for the figures, each time it is asked itself."""

    def __init__(self, figures: Stats, core: Untyped) -> None:
        self._figures, self._core = figures, core

    def collect(self) -> Iterator[Untyped]:
        figures = list(self._figures)
        for what, _, says in _SUMS:
            family = self._core.CounterMetricFamily(
                f"streams2_{what}", says, labels=["stream", "side"]
            )
            for labels, value in _by_stream(figures, what):
                family.add_metric([*labels.values()], value)
            yield family
        for what, says in _LEVELS:
            family = self._core.GaugeMetricFamily(
                f"streams2_{what}", says, labels=["stream", "side"]
            )
            for labels, value in _by_stream(figures, what):
                family.add_metric([*labels.values()], value)
            yield family


def to_prometheus(figures: Stats, registry: Untyped = None) -> Callable[[], None]:
    """Have Prometheus's client report the figures, as ``streams2_bytes_in_total`` and the like.

    Args:
        figures: what `stats` returned.
        registry: a `prometheus_client.CollectorRegistry`; the client's own by default.

    Returns:
        A function that ends it.

    Raises:
        ImportError: prometheus_client is not installed.
    """
    client = _client("prometheus_client")
    core = _client("prometheus_client.core")
    to = client.REGISTRY if registry is None else registry
    collector = _Collector(figures, core)
    to.register(collector)
    return lambda: to.unregister(collector)


def to_opentelemetry(figures: Stats, meter: Untyped = None) -> None:
    """Have OpenTelemetry report the figures, as ``streams2.bytes_in`` and the like.

    Args:
        figures: what `stats` returned.
        meter: of an `opentelemetry.metrics.MeterProvider`; by default that of the program, for the
            name ``streams2``.

    Raises:
        ImportError: opentelemetry-api is not installed.
    """
    metrics = _client("opentelemetry.metrics")
    to = metrics.get_meter("streams2") if meter is None else meter

    def observing(what: str) -> Callable[[Untyped], Iterable[Untyped]]:
        return lambda _: [metrics.Observation(v, ls) for ls, v in _by_stream(figures, what)]

    for what, unit, says in _SUMS:
        unit = {"bytes": "By", "seconds": "s"}.get(unit, "{chunk}")
        to.create_observable_counter(f"streams2.{what}", [observing(what)], unit, says)
    for what, says in _LEVELS:
        to.create_observable_gauge(f"streams2.{what}", [observing(what)], "", says)
