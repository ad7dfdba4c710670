-- name: triggers
SELECT asanito_product_id, product_title, product_category, funnel_id, funnel_level_id FROM trigger_products

-- name: lock_triggers
-- Two who save at the same time do it one after the other; reading goes on.
LOCK TABLE trigger_products IN SHARE ROW EXCLUSIVE MODE

-- name: find_deal
SELECT state, deal_id FROM deals WHERE (invoice_kind, invoice_key, item_key) = ($1, $2, $3)

-- name: keep_deal
INSERT INTO deals AS held (
    invoice_kind, invoice_key, item_key, state, reason_code, message, deal_id, title, amount, last_run_id
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (invoice_kind, invoice_key, item_key) DO UPDATE SET
    state = excluded.state, reason_code = excluded.reason_code, message = excluded.message,
    deal_id = coalesce(excluded.deal_id, held.deal_id), title = excluded.title, amount = excluded.amount,
    last_run_id = excluded.last_run_id, updated_at = clock_timestamp()

-- name: deals_for_list
SELECT d.invoice_kind, d.invoice_key, d.item_key, d.state, d.reason_code, d.message, d.deal_id, d.title, d.amount,
    d.last_run_id, d.created_at, d.updated_at, d.invoice_key::text AS key_text, d.deal_id::text AS deal_text
FROM deals AS d

-- name: lock_deal
SELECT state FROM deals WHERE (invoice_kind, invoice_key, item_key) = ($1, $2, $3) FOR UPDATE

-- name: set_deal_state
UPDATE deals SET state = $4, reason_code = NULL, message = '', updated_at = clock_timestamp()
WHERE (invoice_kind, invoice_key, item_key) = ($1, $2, $3)

-- name: bind_deal
UPDATE deals SET state = 'synced', deal_id = $4, reason_code = NULL, message = '', updated_at = clock_timestamp()
WHERE (invoice_kind, invoice_key, item_key) = ($1, $2, $3) AND NOT EXISTS (SELECT FROM deals AS d WHERE d.deal_id = $4)
RETURNING true

-- name: save_trigger
INSERT INTO trigger_products (asanito_product_id, product_title, product_category, funnel_id, funnel_level_id, added_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (asanito_product_id) DO UPDATE SET product_title = excluded.product_title,
    product_category = excluded.product_category, funnel_id = excluded.funnel_id,
    funnel_level_id = excluded.funnel_level_id, added_by = excluded.added_by

-- name: delete_other_triggers
DELETE FROM trigger_products WHERE asanito_product_id <> ALL($1::bigint[])
