-- name: all_categories
SELECT title_key, asanito_id FROM categories

-- name: keep_category
INSERT INTO categories (title_key, title, asanito_id) VALUES ($1, $2, $3)
ON CONFLICT (title_key) DO UPDATE SET title = excluded.title, asanito_id = excluded.asanito_id

-- name: forget_category
DELETE FROM categories WHERE title_key = $1
