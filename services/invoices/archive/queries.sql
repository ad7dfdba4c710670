-- name: categories_for_list
SELECT id,
       name,
       (SELECT count(*) FROM row_categories WHERE category_id = categories.id) AS rows
  FROM categories

-- name: find_category
SELECT id, name, (SELECT count(*) FROM row_categories WHERE category_id = $1) AS rows FROM categories WHERE id = $1;

-- name: has_category
SELECT EXISTS (SELECT FROM categories WHERE id = $1);

-- name: category_rows_for_list
-- Ids of rows rise with time: the index of the links gives the newest first, page by page, and nothing is sorted.
SELECT links.category_id, links.row_id AS id, rows.invoice_number, rows.quantity, rows.description, rows.value,
       rows.status, rows.line_number, rows.file_id, files.name AS file_name, files.business_date
  FROM row_categories AS links
  JOIN rows ON rows.id = links.row_id
  JOIN files ON files.id = rows.file_id

-- name: rows_for_list
SELECT rows.id, rows.invoice_number, rows.quantity, rows.description, rows.value, rows.status, rows.line_number,
       rows.file_id, files.name AS file_name, sessions.business_date
  FROM rows
  JOIN files ON files.id = rows.file_id
  JOIN sessions ON sessions.id = rows.session_id
