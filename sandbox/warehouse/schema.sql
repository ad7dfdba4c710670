-- The customer's database, as far as we may see it. The tables behind the views are his business.
CREATE SCHEMA IF NOT EXISTS bdm;

CREATE TABLE IF NOT EXISTS bdm.stock (
  number integer NOT NULL,
  destination_branch text,
  date date,
  partial boolean,
  weight numeric(10, 4)
);
CREATE INDEX IF NOT EXISTS stock_number_idx ON bdm.stock (number);

CREATE OR REPLACE VIEW bdm.available_invoices AS
  SELECT number, destination_branch, date, partial, weight FROM bdm.stock;

CREATE TABLE IF NOT EXISTS bdm.processing (
  invoice_number integer NOT NULL,
  process_date date NOT NULL
);
CREATE INDEX IF NOT EXISTS processing_date_idx ON bdm.processing (process_date, invoice_number);

-- What the warehouse still has to do: filled when the CSV was read, worked off as time passes.
CREATE TABLE IF NOT EXISTS bdm.work (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  file text NOT NULL,
  invoice_number integer NOT NULL,
  day date NOT NULL,
  done boolean NOT NULL DEFAULT false,
  UNIQUE (file, invoice_number)
);

GRANT USAGE ON SCHEMA bdm TO PUBLIC;
GRANT SELECT ON bdm.available_invoices, bdm.processing TO PUBLIC;
