/**
 * The responses that this worker makes. They carry only what is set here, so
 * the strict headers hold on a host that sets none.
 */
import type { Bytes } from "../shared/bytes.ts";
import type { FileEntry } from "../shared/contents.ts";

/** The content security policy of every page; `box` is the drop-box's origin or empty. */
export function policy(box: string): string {
  return [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'", "manifest-src 'self'",
    `connect-src 'self'${box === "" ? "" : " " + box}`,
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
  ].join("; ");
}

/** For what is no page: should it be looked at as one, it does nothing. */
const inert = "default-src 'none'; sandbox";

const strict = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** What may be handed out as an attachment; all else goes as a byte stream. Nothing active is among them. */
const attachable = new Set([
  "application/pdf", "text/plain", "text/csv", "image/png", "image/jpeg", "image/gif", "image/webp",
  "application/zip", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet", "application/rtf", "text/calendar",
]);

/** Says whether the sealed area answers a request's destination: scripts, styles, frames and workers never. */
export function mayOpenFor(destination: string): boolean {
  return ["document", "image", ""].includes(destination);
}

/** A page that was opened or composed here. */
export function page(body: Bytes | string, box: string, status = 200): Response {
  return new Response(body, {
    status,
    headers: { ...strict, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Content-Security-Policy": policy(box) },
  });
}

/**
 * An attachment: downloaded under the name that a person gave it, never shown
 * in the page's own origin.
 */
export function attachment(body: Bytes, entry: FileEntry): Response {
  return new Response(body, {
    headers: {
      ...strict,
      "Content-Type": attachable.has(entry.type) ? withCharset(entry.type) : "application/octet-stream",
      "Content-Disposition": disposition(fileName(entry)),
      "Content-Security-Policy": inert,
      "Cache-Control": "no-store",
    },
  });
}

/** A picture inside a page. */
export function image(body: Bytes, type: string): Response {
  return new Response(body, {
    headers: { ...strict, "Content-Type": type, "Content-Security-Policy": inert, "Cache-Control": "no-store" },
  });
}

/** A public file of the shell. One that was checked and has its hash in its name need not be asked for again by the next page. */
export function asset(body: Bytes, path: string, checked = false): Response {
  const lasting = checked && /\.[0-9a-f]{8,16}\.[a-z0-9]+$/.test(path);
  return new Response(body, { headers: { ...strict, "Content-Type": typeOf(path), "Content-Security-Policy": inert, "Cache-Control": lasting ? "max-age=31536000, immutable" : "no-cache" } });
}

/** A refusal to something that is no page. */
export function refused(status: number, why: string): Response {
  return new Response(why + "\n", { status, headers: { ...strict, "Content-Type": "text/plain; charset=utf-8", "Content-Security-Policy": inert, "Cache-Control": "no-store" } });
}

/** On to another page of the site. */
export function redirect(to: string): Response {
  return new Response(null, { status: 302, headers: { ...strict, Location: new URL(to, self.location.origin).href, "Content-Security-Policy": inert, "Cache-Control": "no-store" } });
}

/** The title under which a person knows an attachment, with the ending that opens it. */
export function fileName({ title, name }: Pick<FileEntry, "title" | "name">): string {
  const ending = name.slice(name.lastIndexOf("."));
  return title.toLowerCase().endsWith(ending) ? title : title + ending;
}

/** RFC 6266: a plain name for old programs, the true one after RFC 5987. */
export function disposition(title: string): string {
  const plain = title.normalize("NFD").replace(/[^\x20-\x7e]/g, "").replace(/["\\%;/:]/g, "_");
  const encoded = encodeURIComponent(title).replace(/['()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
  return `attachment; filename="${plain === "" ? "file" : plain}"; filename*=UTF-8''${encoded}`;
}

function withCharset(type: string): string {
  return type.startsWith("text/") ? type + "; charset=utf-8" : type;
}

function typeOf(path: string): string {
  const types: Record<string, string> = {
    js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml", woff2: "font/woff2",
    html: "text/html; charset=utf-8", txt: "text/plain; charset=utf-8", png: "image/png", json: "application/json",
    webmanifest: "application/manifest+json",
  };
  return types[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
}
