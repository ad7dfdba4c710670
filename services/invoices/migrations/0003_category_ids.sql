-- The categories of a row stand in the row: a table with a line for each row and category took half the time of an
-- import. "All invoices of a category" is asked of the GIN index; how many there are is counted when they are imported.

ALTER TABLE rows ADD COLUMN category_ids int[] NOT NULL DEFAULT '{}';
ALTER TABLE categories ADD COLUMN row_count bigint NOT NULL DEFAULT 0;

UPDATE rows
   SET category_ids = linked.ids
  FROM (SELECT row_id, array_agg(category_id ORDER BY position) AS ids FROM row_categories GROUP BY row_id) AS linked
 WHERE linked.row_id = rows.id;

UPDATE categories
   SET row_count = counted.number
  FROM (SELECT category_id, count(*) AS number FROM row_categories GROUP BY category_id) AS counted
 WHERE counted.category_id = categories.id;

CREATE INDEX rows_category_ids_idx ON rows USING gin (category_ids);

-- So that the planner knows every category's share: for a rare one it would else walk back through all rows there are.
ALTER TABLE rows ALTER COLUMN category_ids SET STATISTICS 500;

-- Only processes of the release before still write into row_categories, while a deploy rolls; the release after this
-- one takes over what they wrote and drops it.
