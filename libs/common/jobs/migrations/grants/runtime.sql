-- What a run wrote goes with it, by the cascade of its owner; a letter's key stays for ever.
GRANT SELECT, INSERT, UPDATE, DELETE ON runs, workers, schedules, schedule_slots, pauses TO {role};
GRANT SELECT, INSERT, UPDATE ON run_attempts, run_effects, run_items, questions, outbox TO {role};
GRANT SELECT, INSERT ON run_logs, bulk_items TO {role};
