"""A try of a task at a site whose bureau has habits."""

from dataclasses import replace
from typing import Any

from orchestration.bureau_habits import BureauHabits


def with_habits(road: Any, **habits: Any) -> Any:
    run = road.run()
    desk = run.site.desk.model_copy(update={"habits": BureauHabits.model_validate(habits)})
    return replace(run, site=run.site.model_copy(update={"desk": desk}))
