# syntax=docker/dockerfile:1
FROM python:3.11-slim-bookworm AS build
RUN pip install --no-cache-dir uv
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --no-install-project --extra otel
COPY agent agent
COPY tools tools
COPY prompts prompts
COPY policies policies
COPY demo demo
RUN uv sync --frozen --no-dev --no-editable --extra otel

FROM python:3.11-slim-bookworm
# Reports in Korean need a Korean font; English ones need none.
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home ops && mkdir /data && chown ops /data
COPY --from=build --chown=root:root /src/.venv /src/.venv
ENV PATH=/src/.venv/bin:$PATH OPS_DATABASE_URL=sqlite:////data/ops-monitor.db OPS_HTTP_HOST=0.0.0.0 PYTHONUNBUFFERED=1
USER ops
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ.get(\"OPS_HTTP_PORT\", 8080)}/healthz', timeout=2)"]
ENTRYPOINT ["ops-monitor"]
CMD ["serve"]
