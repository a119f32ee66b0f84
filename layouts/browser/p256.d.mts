import type { Plugin } from "esbuild";

export declare const withoutP256: Plugin;
