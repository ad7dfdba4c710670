#!/bin/bash
# Runs once, when the cluster is new, and by hand for a service that came later: a database per owner of data with an
# owner and a runtime role each.
# The passwords are those of .env; changing one later is ALTER ROLE … PASSWORD by hand.
set -euo pipefail

make_database() {
  local name="$1" owner_password="$2" runtime_password="$3" found
  found="$(psql --username "$POSTGRES_USER" --dbname postgres -Atc "SELECT 1 FROM pg_database WHERE datname = '$name'")"
  if [ -n "$found" ]; then return; fi
  psql -v ON_ERROR_STOP=1 -v name="$name" -v owner="${name}_owner" -v runtime="${name}_runtime" \
    -v owner_password="$owner_password" -v runtime_password="$runtime_password" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE ROLE :"runtime" LOGIN PASSWORD :'runtime_password';
CREATE DATABASE :"name" OWNER :"owner";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE :"name" TO :"runtime";
SQL
}

make_database portico_gateway "$GATEWAY_OWNER_PASSWORD" "$GATEWAY_RUNTIME_PASSWORD"
make_database portico_invoices "$INVOICES_OWNER_PASSWORD" "$INVOICES_RUNTIME_PASSWORD"
make_database portico_asanito "$ASANITO_OWNER_PASSWORD" "$ASANITO_RUNTIME_PASSWORD"
