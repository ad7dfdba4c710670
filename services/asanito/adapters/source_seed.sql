-- Test data: the legacy program's six tables as both kinds of server make them. The words in braces are the dialect's.

-- name: tables
SELECT "table_schema", "table_name" FROM "information_schema"."tables" WHERE "table_schema" IN ('dbo', 'sandbox')

-- name: make_schema_postgresql
CREATE SCHEMA IF NOT EXISTS "dbo"

-- name: make_marker
CREATE TABLE "dbo"."portico_test_data" ("made_by" {letters}(100))

-- name: make_service
CREATE TABLE "dbo"."service" (
    "serviceAid" INTEGER, "serviceVid" {guid}, "type" INTEGER, "code" BIGINT, "title" {letters}(400),
    "unitref" INTEGER, "serviceGroup" {letters}(400), "price" BIGINT, "isChange" {flag},
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_membership
CREATE TABLE "dbo"."membership" (
    "memberAid" INTEGER, "personVId" {guid}, "memberVId" {guid}, "Creator" INTEGER, "modifier" INTEGER,
    "MembershipCode" BIGINT, "FinancialAccountCode" BIGINT, "name" {letters}(400), "lastname" {letters}(400),
    "CodeMelli" {letters}(400), "Address1" {letters}(400), "TelNumber1" {letters}(400),
    "MobilePhoneNumber1" {letters}(400), "DebtorAmount" BIGINT, "Description" {letters}(1000), "gender" INTEGER,
    "jobpost" {letters}(200), "Birthday" {letters}(19), "PersianMembershipDate" {letters}(20),
    "RecognitionMethods" {letters}(200), "isChange" {flag}, "wallet" INTEGER,
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_invoice_hed
CREATE TABLE "dbo"."invoiceHed" (
    "invoiceVID" {guid}, "invoiceAID" INTEGER, "Title" {letters}(40), "OrganizationID" {guid}, "IssueDate" DATE,
    "SellDate" DATE, "PersonVID" {guid}, "TaxPercent" NUMERIC(38, 2), "AdditionDeductionAmount" NUMERIC(38, 2),
    "CreatorUserVID" {guid}, "isDelete" {flag}, "isChange" {flag},
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_invoice_item
CREATE TABLE "dbo"."invoiceItem" (
    "invoiceVID" {guid}, "Title" {letters}(200), "ItemAID" INTEGER, "itemVID" {guid}, "ProducVtID" {guid},
    "count" BIGINT, "UnitPrice" BIGINT, "DiscountAmount" NUMERIC(38, 2), "ProductUnitVID" INTEGER,
    "ProductType" INTEGER, "index" BIGINT, "isDelete" {flag}, "isChange" {flag},
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_service_invoice
CREATE TABLE "dbo"."ServiceInvoice" (
    "id" {guid}, "invoiceAID" INTEGER, "title" {letters}(100), "OrganizationID" {guid}, "IssueDate" {moment},
    "SellDat" {moment}, "personid" {guid}, "TaxPercent" NUMERIC(38, 2), "discount" NUMERIC(38, 2),
    "CreatorUser" {guid}, "UnitPrice" NUMERIC(38, 2), "count" BIGINT, "selTypeId" INTEGER, "ProducVtID" {guid},
    "ServiceTitle" {letters}(200), "ProductUnitVID" INTEGER, "ProductType" INTEGER, "index" INTEGER,
    "isdelete" {flag}, "ischange" {flag},
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_receipt
CREATE TABLE "dbo"."receipt" (
    "aID" INTEGER, "vID" {guid}, "tarikh" DATE, "personid" {guid}, "fullname" {letters}(600), "title" {letters}(804),
    "Amount" BIGINT, "modeldaryaft" {letters}(60), "ReceiveType" {guid}, "BankName" {letters}(100),
    "ChequeNumber" {letters}(60), "sarresidcheck" DATE, "BankAccount" {guid}, "Creator" INTEGER, "modifier" INTEGER,
    "isChange" {flag}, "isDelete" {flag},
    "fetchStatus" {letters}(100), "fetchMessage" {long}, "idd" {counter}
)

-- name: make_index
CREATE INDEX "ix_portico_{name}" ON "dbo"."{name}" ("idd")

-- name: grant_schema_postgresql
GRANT USAGE ON SCHEMA "dbo" TO "{login}"

-- name: grant_reading
GRANT SELECT ON "dbo"."{name}" TO "{login}"

-- name: empty
DELETE FROM "dbo"."{name}"

-- name: fill
INSERT INTO "dbo"."{name}" ({columns}) VALUES {rows}
