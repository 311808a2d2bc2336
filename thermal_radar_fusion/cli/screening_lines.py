"""Temperatures as lines of text, for logs and for terminals without a live view."""

from __future__ import annotations

import time
from collections.abc import Iterable

from thermal_radar_fusion import bag_messages as messages
from thermal_radar_fusion.cli.common import console
from thermal_radar_fusion.fusion.screened import NOTICE, Screening, by_track
from thermal_radar_fusion.screening_figures import person_name, verdict
from thermal_radar_fusion.thermal_messages import screening_from


class ScreeningLines:
    """Prints a line when a person's temperature is judged, and when the judgement changes."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._told: dict[str, str] = {}

    def receive(self, data: bytes, received: float) -> None:
        """Tell what is new of a serialised ScreeningArray."""
        content = messages.typestore().deserialize_cdr(data, messages.SCREENINGS)
        self.tell(screening_from(screening) for screening in content.screenings)

    def tell(self, screenings: Iterable[Screening]) -> None:
        """Tell what is new about people with a radar track."""
        for found in by_track(screenings).values():
            name, judgement = person_name(found), verdict(found)
            if judgement and self._told.get(name) != judgement:
                self._print(found, judgement)
                self._told[name] = judgement

    def _print(self, found: Screening, judgement: str) -> None:
        elapsed = time.monotonic() - self._begin
        figure = f'{found.temperature:.1f} ± {found.temperature_std:.1f} °C'
        line = f'{elapsed:6.1f} s  skin of {person_name(found)}: {figure}, {judgement}'
        # Once is enough: the first line says what all of them are.
        notice = '' if self._told else f' ({NOTICE[0].lower()}{NOTICE[1:-1]})'
        console().print(line + notice, markup=False, soft_wrap=True)
