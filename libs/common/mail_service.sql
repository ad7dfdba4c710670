-- name: list_refused
-- Sent, but not to everybody; until somebody has seen to it. A service that sends mails has an index with these words.
SELECT id, key, payload ->> 'kind' AS kind, payload -> 'refused' AS refused, sent_at
  FROM outbox
 WHERE kind = 'mail'
   AND state = 'sent'
   AND payload ? 'refused'
   AND NOT payload ? 'refusal_settled'
 ORDER BY id DESC
 LIMIT 50;

-- name: lock_refused
SELECT key, payload, payload ? 'refusal_settled' AS settled
  FROM outbox
 WHERE id = $1 AND kind = 'mail' AND state = 'sent' AND payload ? 'refused'
   FOR UPDATE;
