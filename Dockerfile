# One file for every process: the command says which one, EXTRAS which drivers its image carries, PACKAGES which Debian
# packages they need.
#   docker build --build-arg EXTRAS=gateway  -t portico-gateway .
#   docker build --build-arg EXTRAS=invoices -t portico-invoices .
#   docker build --build-arg EXTRAS=asanito --build-arg PACKAGES="libodbc2 odbcinst tdsodbc" -t portico-asanito .
#   docker build --target sandbox            -t portico-sandbox .

FROM node:22-bookworm-slim AS console
WORKDIR /build/gateway/web
COPY gateway/web/package.json gateway/web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY gateway/web/ ./
RUN npm run build

FROM python:3.13-slim-bookworm AS packages
ENV UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_PROJECT_ENVIRONMENT=/opt/portico
WORKDIR /app
RUN pip install --no-cache-dir "uv>=0.8,<1"
COPY pyproject.toml uv.lock README.md LICENSE ./
ARG EXTRAS=gateway
# The dependencies first: they change less often than the sources.
RUN uv sync --frozen --no-dev --no-install-project --extra "${EXTRAS}"
COPY libs/ libs/
COPY services/ services/
COPY gateway/ gateway/
COPY cli/ cli/
COPY --from=console /build/gateway/static/ gateway/static/
RUN uv sync --frozen --no-dev --no-editable --extra "${EXTRAS}"

FROM packages AS sandbox-packages
RUN uv sync --frozen --no-editable --all-extras --group stack

FROM python:3.13-slim-bookworm AS run
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin portico
ENV PATH=/opt/portico/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv

FROM run AS sandbox
COPY --from=sandbox-packages /opt/portico /opt/portico
COPY sandbox/ sandbox/
RUN install -d -o portico -g portico /data
USER 10001
CMD ["python", "-m", "sandbox", "warehouse", "--directory", "/data", "--host", "0.0.0.0"]

FROM run AS portico
ARG PACKAGES=""
# hadolint ignore=DL3008 # Debian keeps only the newest of a release's versions: a pinned one can't be built tomorrow.
RUN if [ -n "${PACKAGES}" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends ${PACKAGES} && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=packages /opt/portico /opt/portico
USER 10001
CMD ["python", "-m", "gateway"]
