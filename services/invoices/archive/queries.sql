-- name: categories_for_list
SELECT id, name, row_count AS rows FROM categories

-- name: find_category
SELECT id, name, row_count AS rows FROM categories WHERE id = $1;

-- name: has_category
SELECT EXISTS (SELECT FROM categories WHERE id = $1);

-- name: category_rows_for_list
-- Ids of rows rise with time. A rare category is found by the index of category_ids, a frequent one by going back in
-- time until the page is full; either reads little more than it shows.
SELECT rows.id, rows.category_ids, rows.invoice_number, rows.quantity, rows.description, rows.value, rows.status,
       rows.line_number, rows.file_id, files.name AS file_name, files.business_date
  FROM rows
  JOIN files ON files.id = rows.file_id

-- name: rows_for_list
SELECT rows.id, rows.invoice_number, rows.quantity, rows.description, rows.value, rows.status, rows.line_number,
       rows.file_id, files.name AS file_name, sessions.business_date
  FROM rows
  JOIN files ON files.id = rows.file_id
  JOIN sessions ON sessions.id = rows.session_id
