// Leaves the sentences of refusals out of what browsers receive: a page tells
// people by the cause alone, in words of its own. Whoever looks into a refusal
// finds its sentence in the sources and in the tests. Saves 1.7 kB compressed of
// what unlocking needs.
import { readFileSync } from "node:fs";
import ts from "typescript";

/** The source without the sentence of every `want(…)` and `new Refusal(…)`. */
export function wordless(source) {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
  const cuts = [];
  const look = (node) => {
    const says = (ts.isCallExpression(node) && node.expression.getText() === "want") || (ts.isNewExpression(node) && node.expression.getText() === "Refusal");
    const [first, sentence] = says ? node.arguments : [];
    if (sentence !== undefined && (ts.isStringLiteral(sentence) || ts.isTemplateLiteral(sentence))) cuts.push([first.getEnd(), sentence.getEnd()]);
    ts.forEachChild(node, look);
  };
  look(file);
  return cuts.sort(([a], [b]) => b - a).reduce((text, [from, to]) => text.slice(0, from) + text.slice(to), source);
}

export const withoutWords = {
  name: "without-words",
  setup(build) {
    build.onLoad({ filter: /layouts[\\/]browser[\\/](shared|worker|page)[\\/].*\.ts$/ }, ({ path }) => ({ contents: wordless(readFileSync(path, "utf8")), loader: "ts" }));
  },
};
