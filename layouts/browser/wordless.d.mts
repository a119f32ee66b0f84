import type { Plugin } from "esbuild";

export declare function wordless(source: string): string;
export declare const withoutWords: Plugin;
