"""From weights to national figures: functions of totals, variance forms, intervals."""
