/** The layout's arrows (docs/architecture.md). A new top-level folder must be given a rule here. */
const only = (name, from, to, extra = {}) => ({
  name,
  severity: "error",
  comment: `${from} may import only ${to}`,
  from: { path: from, ...extra },
  to: { path: "^(app|server|db|lib|workers|cli|bench|tests)/", pathNot: to, dependencyTypesNot: ["npm"] },
});

module.exports = {
  forbidden: [
    only("lib-is-pure", "^lib/", "^lib/", { pathNot: "\\.test\\.ts$" }),
    {
      name: "lib-no-io",
      severity: "error",
      from: { path: "^lib/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    only("db-knows-lib-only", "^db/", "^(db|lib)/"),
    only("services-below-adapters", "^server/services/", "^(server/(services|errors|context)|db|lib)(/|\\.ts)"),
    only("adapters-call-services", "^server/(api|http)/", "^(server/(api|http|services|auth|errors|context|events)|lib)(/|\\.ts)"),
    only("auth-knows-db", "^server/auth", "^(server/(auth|errors|context|services)|db|lib)(/|\\.ts)"),
    only("agent-knows-lib-only", "^workers/agent/", "^(workers/agent|lib)/"),
    only("api-routes-re-export", "^app/api/", "^server/(api|http|auth)"),
    only("pages-call-the-api", "^app/(?!api/)", "^(app/|lib/|server/auth|server/api/caller\\.ts)"),
    {
      name: "no-circular",
      severity: "error",
      from: { pathNot: "^app/_trpc" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "one-echarts-import",
      severity: "error",
      from: { pathNot: "^app/_charts/" },
      to: { path: "node_modules/echarts" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(\\.next|build|node_modules/.*/test)/" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".tsx", ".mjs", ".js", ".cjs", ".json"] },
  },
};
