-- What is advised to the owner of the legacy database: reading from a mark on needs the growing number of each table.
CREATE INDEX ON dbo."service" ("idd");
CREATE INDEX ON dbo."membership" ("idd");
CREATE INDEX ON dbo."invoiceHed" ("idd");
CREATE INDEX ON dbo."invoiceItem" ("idd");
CREATE INDEX ON dbo."invoiceItem" ("invoiceVID");
CREATE INDEX ON dbo."ServiceInvoice" ("idd");
CREATE INDEX ON dbo."receipt" ("idd");
