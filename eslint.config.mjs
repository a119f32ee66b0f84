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
  },
);
