import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["layouts/browser/*.mjs", "layouts/browser/test/run.mjs"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: ["layouts/browser/worker/tsconfig.json", "layouts/browser/page/tsconfig.json", "layouts/browser/test/tsconfig.json"],
      },
    },
    rules: {
      // node:test waits for its tests itself.
      "@typescript-eslint/no-floating-promises": ["error", { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] }],
    },
  },
);
