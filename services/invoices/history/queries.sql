-- name: list_entries
-- $1 the business date, $2 and $3 its first instant and that of the next, $4 how many entries at most.
-- Each part is bounded by an index; looks that found nothing to do are left out, and so are effects that went well.
-- What the opening of the session causes is written with it, in one transaction that began before the moment of the
-- opening was read from the clock: it is told after its cause.
SELECT at, until, kind, code, title, detail, by, count, link
  FROM (
    SELECT received_at AS at, imported_at AS until, 'file' AS kind, state AS code, name AS title,
           coalesce(reason, '') AS detail, uploaded_by AS by, (counters ->> 'kept')::bigint AS count,
           '/invoices/files/' || id AS link
      FROM files
     WHERE business_date = $1
    UNION ALL
    SELECT moment.at, NULL, 'session', moment.code, coalesce(moment.title, ''), coalesce(moment.detail, ''),
           moment.by, moment.count, '/invoices/sessions/' || business_date
      FROM sessions
     CROSS JOIN LATERAL (VALUES
           (created_at, 'ready', NULL, NULL, NULL, total),
           (started_at, 'started', NULL, 'attempt ' || attempt, started_by, attempt),
           (csv_rendered_at, 'generated', remote_name, csv_lines || ' lines', NULL, csv_lines),
           (uploaded_at, 'uploaded', remote_name, NULL, NULL, csv_lines),
           (verified_at, 'opened', NULL, coalesce(confirmed_note, log_line), confirmed_by, read_count),
           (closed_at, 'closed', NULL, CASE WHEN expired THEN 'expired' ELSE reason END, closed_by, processed)
         ) AS moment (at, code, title, detail, by, count)
     WHERE business_date = $1
       AND moment.at IS NOT NULL
    UNION ALL
    SELECT greatest(created_at, CASE WHEN job = 'sessions.watch' THEN (
               SELECT verified_at FROM sessions WHERE id = (params ->> 'session_id')::uuid AND business_date = $1
           ) END),
           finished_at, 'run', state, job, message, trigger_by, NULL, '/v1/runs/' || id
      FROM runs
     WHERE created_at >= $2
       AND created_at < $3
       AND reason_code IS DISTINCT FROM 'nothing_to_do'
    UNION ALL
    SELECT effects.planned_at, effects.settled_at, 'effect', effects.state, effects.key,
           coalesce(nullif(effects.note, ''), effects.detail), effects.resolved_by, NULL, '/v1/runs/' || effects.run_id
      FROM runs
      JOIN run_effects AS effects ON effects.run_id = runs.id
     WHERE runs.created_at >= $2
       AND runs.created_at < $3
       AND (effects.state <> 'confirmed' OR effects.resolved_by IS NOT NULL)
    UNION ALL
    SELECT greatest(created_at, CASE WHEN key LIKE 'success:%' THEN (
               SELECT verified_at FROM sessions WHERE business_date = $1 AND outbox.key LIKE 'success:' || id || '%'
           ) END),
           sent_at, 'mail', state, coalesce(payload ->> 'kind', kind),
           coalesce(error, payload ->> 'to', ''), NULL, NULL, '/v1/outbox/' || id
      FROM outbox
     WHERE created_at >= $2
       AND created_at < $3
    UNION ALL
    SELECT at, NULL, 'audit', action, target, outcome, actor, NULL, ''
      FROM audit_entries
     WHERE at >= $2
       AND at < $3
       AND (action LIKE 'session.%' OR action LIKE 'file.%' OR action LIKE 'options.%' OR action LIKE 'message.%')
  ) AS entries
 ORDER BY at, kind IN ('run', 'mail'), kind, title, code
 LIMIT $4;

-- name: list_days
SELECT business_date,
       coalesce(came.files, 0) AS files,
       coalesce(day.kept, 0) AS kept,
       coalesce(day.total, 0) AS valid,
       coalesce(day.not_found, 0) AS not_found,
       coalesce(day.csv_lines, 0) AS generated,
       coalesce(day.processed, 0) AS processed,
       day.state,
       extract(epoch FROM day.verified_at - day.started_at)::float8 AS seconds_to_open,
       extract(epoch FROM day.closed_at - day.started_at)::float8 AS seconds_to_close
  FROM (
    SELECT business_date, count(*) AS files
      FROM files
     WHERE business_date BETWEEN $1 AND $2
     GROUP BY business_date
  ) AS came
  FULL JOIN (SELECT * FROM sessions WHERE business_date BETWEEN $1 AND $2) AS day USING (business_date)
 ORDER BY business_date;
