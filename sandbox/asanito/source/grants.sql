-- Least privilege for the service: the login that reads, and the optional login that mirrors the status.
GRANT USAGE ON SCHEMA dbo TO {reader};
GRANT SELECT ON dbo."service", dbo."membership", dbo."invoiceHed", dbo."invoiceItem", dbo."ServiceInvoice", dbo."receipt" TO {reader};
-- old application
GRANT SELECT ON dbo."sync_log", dbo."job_config", dbo."mapping", dbo."deal_trigger_product", dbo."invoice_deal_link" TO {reader};
-- writer
GRANT USAGE ON SCHEMA dbo TO {writer};
GRANT SELECT ON dbo."service", dbo."membership", dbo."invoiceHed", dbo."ServiceInvoice", dbo."receipt" TO {writer};
GRANT UPDATE ("fetchStatus", "fetchMessage", "serviceAid") ON dbo."service" TO {writer};
GRANT UPDATE ("fetchStatus", "fetchMessage", "memberAid") ON dbo."membership" TO {writer};
GRANT UPDATE ("fetchStatus", "fetchMessage", "invoiceAID") ON dbo."invoiceHed" TO {writer};
GRANT UPDATE ("fetchStatus", "fetchMessage", "invoiceAID") ON dbo."ServiceInvoice" TO {writer};
GRANT UPDATE ("fetchStatus", "fetchMessage", "aID") ON dbo."receipt" TO {writer};
