GRANT SELECT, INSERT, UPDATE, DELETE ON
    scan_marks, src_rows, src_aliases, entities, bindings, tenants, categories, mappings, mapping_versions,
    trigger_products, deals, creations, inherited, inherited_tables, forgotten_persons
TO {role};
GRANT SELECT ON listed_entities TO {role};
