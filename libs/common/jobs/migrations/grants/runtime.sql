GRANT SELECT, INSERT, UPDATE, DELETE
    ON runs, run_attempts, run_effects, run_items, run_logs, workers, schedules, schedule_slots, pauses, outbox
    TO {role};
