-- The source's six tables, in the SQL that SQL Server (2008 and later) and PostgreSQL both speak: quoted names, no TOP,
-- LIMIT, OFFSET or brackets. `?` stands for a parameter; the adapter for PostgreSQL numbers them.

-- name: next_idd_membership
SELECT MIN("idd") FROM "dbo"."membership" WHERE "idd" >= ?

-- name: newest_idd_membership
SELECT MAX("idd") FROM "dbo"."membership"

-- name: block_membership
SELECT "memberAid", "personVId", "memberVId", "Creator", "modifier", "MembershipCode", "FinancialAccountCode",
    "name", "lastname", "CodeMelli", "Address1", "TelNumber1", "MobilePhoneNumber1", "DebtorAmount",
    "Description", "gender", "jobpost", "Birthday", "PersianMembershipDate", "RecognitionMethods", "isChange",
    "wallet", "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."membership" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: next_idd_service
SELECT MIN("idd") FROM "dbo"."service" WHERE "idd" >= ?

-- name: newest_idd_service
SELECT MAX("idd") FROM "dbo"."service"

-- name: block_service
SELECT "serviceAid", "serviceVid", "type", "code", "title", "unitref", "serviceGroup", "price", "isChange",
    "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."service" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: next_idd_invoice_hed
SELECT MIN("idd") FROM "dbo"."invoiceHed" WHERE "idd" >= ?

-- name: newest_idd_invoice_hed
SELECT MAX("idd") FROM "dbo"."invoiceHed"

-- name: block_invoice_hed
SELECT "invoiceVID", "invoiceAID", "Title", "OrganizationID", "IssueDate", "SellDate", "PersonVID", "TaxPercent",
    "AdditionDeductionAmount", "CreatorUserVID", "isDelete", "isChange", "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."invoiceHed" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: next_idd_invoice_item
SELECT MIN("idd") FROM "dbo"."invoiceItem" WHERE "idd" >= ?

-- name: newest_idd_invoice_item
SELECT MAX("idd") FROM "dbo"."invoiceItem"

-- name: block_invoice_item
SELECT "invoiceVID", "Title", "ItemAID", "itemVID", "ProducVtID", "count", "UnitPrice", "DiscountAmount",
    "ProductUnitVID", "ProductType", "index", "isDelete", "isChange", "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."invoiceItem" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: next_idd_service_invoice
SELECT MIN("idd") FROM "dbo"."ServiceInvoice" WHERE "idd" >= ?

-- name: newest_idd_service_invoice
SELECT MAX("idd") FROM "dbo"."ServiceInvoice"

-- name: block_service_invoice
SELECT "id", "invoiceAID", "title", "OrganizationID", "IssueDate", "SellDat", "personid", "TaxPercent",
    "discount", "CreatorUser", "UnitPrice", "count", "selTypeId", "ProducVtID", "ServiceTitle", "ProductUnitVID",
    "ProductType", "index", "isdelete", "ischange", "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."ServiceInvoice" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: next_idd_receipt
SELECT MIN("idd") FROM "dbo"."receipt" WHERE "idd" >= ?

-- name: newest_idd_receipt
SELECT MAX("idd") FROM "dbo"."receipt"

-- name: block_receipt
SELECT "aID", "vID", "tarikh", "personid", "fullname", "title", "Amount", "modeldaryaft", "ReceiveType",
    "BankName", "ChequeNumber", "sarresidcheck", "BankAccount", "Creator", "modifier", "isChange", "isDelete",
    "fetchStatus", "fetchMessage", "idd"
FROM "dbo"."receipt" WHERE "idd" >= ? AND "idd" < ? ORDER BY "idd"

-- name: columns
SELECT "table_name", "column_name" FROM "information_schema"."columns" WHERE "table_schema" = 'dbo'

-- name: old_mapping
SELECT "map_type", "source_id", "source_name", "asanito_id" FROM "dbo"."mapping" ORDER BY "id"

-- name: old_deal_trigger_product
SELECT "asanito_product_id", "product_title", "product_category", "funnel_id", "funnel_level_id"
FROM "dbo"."deal_trigger_product" ORDER BY "asanito_product_id"

-- name: old_invoice_deal_link
SELECT "source_invoice_vid", "source_item_pk", "deal_asanito_id" FROM "dbo"."invoice_deal_link" ORDER BY "id"

-- name: old_job_config
SELECT "job_id", "is_enabled", "trigger_args" FROM "dbo"."job_config" ORDER BY "id"

-- name: explore
SELECT {columns} FROM (
    SELECT {columns}, ROW_NUMBER() OVER (ORDER BY "idd") AS "place"
    FROM {table} WHERE CAST({column} AS national character varying(400)) LIKE ? ESCAPE '!' AND "idd" > ?
) AS "found" WHERE "place" <= {limit} ORDER BY "idd"

-- name: word
(CAST(? AS BIGINT), CAST(? AS NATIONAL CHARACTER VARYING(100)), CAST(? AS NATIONAL CHARACTER VARYING(4000)))

-- name: word_with_id
(CAST(? AS BIGINT), CAST(? AS NATIONAL CHARACTER VARYING(100)), CAST(? AS NATIONAL CHARACTER VARYING(4000)), CAST(? AS BIGINT))

-- name: write_words
UPDATE {table} SET "fetchStatus" = "word"."status", "fetchMessage" = "word"."message"{set_id}
FROM (VALUES {words}) AS "word" ("idd", "status", "message"{id})
WHERE {table}."idd" = "word"."idd"

-- name: supersede
UPDATE {table} SET "fetchStatus" = 'SUPERSEDED', "fetchMessage" = 'superseded by a newer entry'
WHERE ("fetchStatus" IS NULL OR "fetchStatus" <> 'SUPERSEDED')
  AND EXISTS (
      SELECT 1 FROM {table} AS "newest"
      WHERE "newest"."idd" IN ({places}) AND "newest".{key} = {table}.{key} AND "newest"."idd" > {table}."idd"
  )
