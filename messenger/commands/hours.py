"""When the team of an organization is on duty."""

from datetime import date
from typing import Annotated

import typer

from messenger.commands.running import Slug, with_parts
from messenger.domain.duty import DutyHours, say_hours
from messenger.domain.errors import BadSetting
from messenger.parts import Parts


def set_hours(
    slug: Slug,
    hours: Annotated[str, typer.Argument(help="“mon-fri 7:30-16:00; sat 9-12”, always, never.")],
) -> None:
    """Set the hours in which the team is on duty."""

    async def work(parts: Parts) -> DutyHours:
        return await parts.practice.set_duty_hours(slug, hours)

    typer.echo(f"On duty: {say_duty(with_parts(work))}")


def add_holiday(
    slug: Slug, day: Annotated[str, typer.Argument(help="A day without duty: 2026-12-25.")]
) -> None:
    """Add a day on which nobody is on duty."""
    parsed = _parse_day(day)

    async def work(parts: Parts) -> DutyHours:
        return await parts.practice.add_holiday(slug, parsed)

    typer.echo(f"On duty: {say_duty(with_parts(work))}")


def remove_holiday(
    slug: Slug, day: Annotated[str, typer.Argument(help="As list-organizations shows it.")]
) -> None:
    """Have a holiday be a day like any other."""
    parsed = _parse_day(day)

    async def work(parts: Parts) -> DutyHours:
        return await parts.practice.remove_holiday(slug, parsed)

    typer.echo(f"On duty: {say_duty(with_parts(work))}")


def say_duty(hours: DutyHours) -> str:
    """Write hours and holidays on one line."""
    days = ", ".join(day.isoformat() for day in sorted(hours.holidays))
    return f"{say_hours(hours.shifts)} ({hours.time_zone}){f'; not on {days}' if days else ''}"


def _parse_day(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise BadSetting(f"“{day}” is not a day. Write it like 2026-12-25.") from None
