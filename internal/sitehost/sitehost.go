// Package sitehost serves a published tree as a careful static host does.
//
// It opens nothing and knows nothing; what it sends is public by design. It gives
// every answer the headers of docs/threat-model.md, caches what docs/formats.md
// section 14 calls immutable, and follows no link out of the tree. The folder is
// looked at anew when the system says that it changed, and once a minute whatever
// it says, so that a folder that was exchanged for another is noticed.
package sitehost

import (
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"
)

// Policy is the content security policy of every answer; box is the origin of a
// drop-box elsewhere, or empty.
func Policy(box string) string {
	if box != "" {
		box = " " + box
	}
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self'" + box + "; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
}

// SetHeaders gives an answer the headers that all have.
func SetHeaders(h http.Header, policy string) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Content-Security-Policy", policy)
}

// Serve answers GET and HEAD for files of a tree; anything else is its 404 page.
// The headers that all answers have are set already.
func Serve(tree *os.Root, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this site can only be read", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	if send(tree, w, r, name, http.StatusOK) {
		return
	}
	if !send(tree, w, r, "404.html", http.StatusNotFound) {
		http.Error(w, "not found", http.StatusNotFound)
	}
}

// send answers with a file of the tree and reports whether there is one.
func send(tree *os.Root, w http.ResponseWriter, r *http.Request, name string, status int) bool {
	if !fs.ValidPath(name) {
		return false
	}
	f, err := tree.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	w.Header().Set("Content-Type", MediaType(name))
	if status != http.StatusOK {
		w.Header().Set("Cache-Control", "no-cache")
		w.WriteHeader(status)
		if r.Method == http.MethodGet {
			_, _ = io.Copy(w, f) // a reader who has left is no error of ours
		}
		return true
	}
	w.Header().Set("Cache-Control", CacheRule(name))
	http.ServeContent(w, r, name, info.ModTime(), f)
	return true
}

// CacheRule follows docs/formats.md section 14: a few names are overwritten or deleted in
// place, every other one is immutable.
func CacheRule(name string) string {
	folder, base := path.Split(name)
	inPlace := slices.Contains([]string{"head", "index.html", "404.html", "sw.js", ".well-known/security.txt"}, name) ||
		(folder == "s/" || folder == "about/" || folder == "pub/") && path.Ext(base) == ".html" ||
		folder == "k/" && (strings.HasSuffix(base, ".id.age") || strings.HasSuffix(base, ".pk.age"))
	if inPlace {
		return "no-cache"
	}
	return "public, max-age=31536000, immutable"
}

// MediaType is the media type of a file of the tree. Names without a known ending
// (head, keys, shards) are text.
func MediaType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	case ".json", ".webmanifest":
		return "application/json"
	case ".pdf":
		return "application/pdf"
	case ".age":
		return "application/octet-stream"
	}
	return "text/plain; charset=utf-8"
}
