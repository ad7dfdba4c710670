-- name: triggers
SELECT asanito_product_id, product_title, product_category, funnel_id, funnel_level_id FROM trigger_products

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
