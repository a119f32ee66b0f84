export declare function named(folders: readonly string[]): Set<string>;
export declare function without(css: string, used: ReadonlySet<string>): string;
