package tree

import "strings"

// class says what a path of the tree stands for, by its form alone.
type class int

const (
	unknown     class = iota
	shellFile         // listed in the head, overwritten in place
	asset             // listed in the head, immutable
	keysPath          // listed in the head: the keys file
	shardPath         // listed in the head: a manifest shard
	retiredPath       // listed in the head: a retired list
	sealedFile        // listed in a shard: pack, file, index or keyring, immutable
	identity          // listed in a shard: an identity file, overwritten in place
	passkeyFile       // listed in a shard: an identity file sealed to a passkey, gone at once when it is removed
	publicFile        // listed in a shard: public by decision, overwritten in place
)

// headPath is the one path that nothing lists.
const headPath = "head"

// inHead tells whether the head itself lists such a file.
func (c class) inHead() bool { return c >= shellFile && c <= retiredPath }

// inShard tells whether a shard lists such a file.
func (c class) inShard() bool { return c >= sealedFile }

// inPlace tells whether such a file's name does not carry its hash: it is overwritten,
// or deleted at once, and never retired.
func (c class) inPlace() bool {
	return c == shellFile || c == identity || c == passkeyFile || c == publicFile
}

// isIdentity tells whether such a file is an account's identity, in whichever way it
// is sealed.
func (c class) isIdentity() bool { return c == identity || c == passkeyFile }

// classify reads a path. Paths that no Despatch writes are unknown
// (docs/formats.md sections 9 and 14).
func classify(path string) class {
	switch path {
	case "index.html", "404.html", "sw.js", ".well-known/security.txt":
		return shellFile
	}
	folder, name, found := strings.Cut(path, "/")
	if !found {
		if hash, ok := strings.CutPrefix(path, "keys."); ok && isHex(hash, 16) {
			return keysPath
		}
		return unknown
	}
	switch folder {
	case "assets":
		if isPath(path) {
			return asset
		}
	case "b":
		if len(name) > 3 && name[2] == '/' && isHex(name[:2], 2) && strings.HasPrefix(name[3:], name[:2]) {
			return hashed(name[3:], sealedFile)
		}
	case "i":
		return hashed(name, sealedFile)
	case "k":
		return ofAccount(name)
	case "manifest":
		return ofManifest(name)
	case "about", "pub", "s":
		if stem, ok := strings.CutSuffix(name, ".html"); ok && isWord(stem) {
			return map[string]class{"about": shellFile, "pub": publicFile, "s": shellFile}[folder]
		}
	}
	return unknown
}

// hashed is c for "<32 hex>.<16 hex>.age".
func hashed(name string, c class) class {
	if len(name) == 32+1+16+4 && isHex(name[:32], 32) && name[32] == '.' && isHex(name[33:49], 16) && name[49:] == ".age" {
		return c
	}
	return unknown
}

// ofAccount classifies what is under k/.
func ofAccount(name string) class {
	if len(name) < 32 || !isHex(name[:32], 32) {
		return unknown
	}
	rest := name[32:]
	if rest == ".id.age" {
		return identity
	}
	if credential, ok := strings.CutSuffix(rest[min(1, len(rest)):], ".pk.age"); ok && rest[0] == '.' && isCredential(credential) {
		return passkeyFile
	}
	if len(rest) == 1+8+6+16+4 && rest[0] == '-' && isHex(rest[1:9], 8) && rest[9:15] == ".ring." &&
		isHex(rest[15:31], 16) && rest[31:] == ".age" {
		return sealedFile
	}
	return unknown
}

// ofManifest classifies what is under manifest/.
func ofManifest(name string) class {
	number, hash, _ := strings.Cut(name, ".")
	if !isHex(hash, 16) {
		return unknown
	}
	if day, ok := strings.CutPrefix(number, "retired-"); ok {
		if len(day) == 8 && strings.Trim(day, "0123456789") == "" {
			return retiredPath
		}
		return unknown
	}
	if isHex(number, len(number)) && (len(number) == 3 || len(number) == 4 && number[0] != '0') {
		return shardPath
	}
	return unknown
}

// isPath holds a path to docs/formats.md section 0.
func isPath(path string) bool {
	if path == "" || path[0] == '.' || path[0] == '-' {
		return false
	}
	for i := range len(path) {
		if c := path[i]; !isLower(c) && c != '.' && c != '/' && c != '-' {
			return false
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// isWord tells whether s is lower-case letters, digits and hyphens.
func isWord(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && (s[i] != '-' || i == 0) {
			return false
		}
	}
	return s != ""
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// isCredential tells whether s is the id of a passkey: 1 to 96 bytes in hex.
func isCredential(s string) bool {
	return len(s) >= 2 && len(s) <= 192 && len(s)%2 == 0 && isHex(s, len(s))
}

// isHex tells whether s is n lower-case hex digits.
func isHex(s string, n int) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == n
}

// shardStem is what decides a path's shard: the path cut at the first dot after
// its last slash, under k/ at the first dot or hyphen.
func shardStem(path string) string {
	ends := "."
	if strings.HasPrefix(path, "k/") {
		ends = ".-"
	}
	name := strings.LastIndexByte(path, '/') + 1
	if at := strings.IndexAny(path[name:], ends); at >= 0 {
		return path[:name+at]
	}
	return path
}

// family is what a new version of a file replaces: its path without the hash.
// Stem is the family without its extension.
func family(path string) (stem, ext string) {
	rest, ext, _ := cutLast(path, '.')
	if strings.HasSuffix(path, ".age") {
		if stem, hash, ok := cutLast(rest, '.'); ok && isHex(hash, 16) {
			return stem, ext
		}
	}
	return rest, ext
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	at := strings.LastIndexByte(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+1:], true
}
