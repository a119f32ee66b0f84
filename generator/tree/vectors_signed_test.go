package tree_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/tree"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
)

type sshsigVector struct {
	Name      string `json:"name"`
	Error     string `json:"error"`
	Key       string `json:"key"`
	Namespace string `json:"namespace"`
	Message   string `json:"message"`
	Signature string `json:"signature"`
}

func TestSshsigVectors(t *testing.T) {
	priv, other := privateKey(1), privateKey(2)
	key, message := sshsig.PublicOf(priv).String(), "one line\nand another with é\n"
	good := string(sshsig.Sign(priv, "despatch-head", []byte(message)))
	made := vectors[sshsigVector]{About: "docs/formats.md section 1: armored signatures over a message"}
	add := func(name, wantError, namespace, message, signature string) {
		made.Cases = append(made.Cases, sshsigVector{name, wantError, key, namespace, message, signature})
	}
	add("as written", "", "despatch-head", message, good)
	add("empty message", "", "despatch-keys", "", string(sshsig.Sign(priv, "despatch-keys", nil)))
	add("long namespace", "", "despatch-envelope", message, string(sshsig.Sign(priv, "despatch-envelope", []byte(message))))
	add("other namespace", "signature", "despatch-keys", message, good)
	add("other message", "signature", "despatch-head", message+"x", good)
	add("other key", "signature", "despatch-head", message, string(sshsig.Sign(other, "despatch-head", []byte(message))))
	add("raw signature bits flipped", "signature", "despatch-head", message, flipInBlob(good, -40))
	add("scalar not reduced", "signature", "despatch-head", message, flipInBlob(good, -1))
	for name, at := range map[string]int{"magic": 0, "version": 9, "key type": 18, "reserved": 85, "hash": 90, "signature type": 104} {
		add(name+" changed", "malformed", "despatch-head", message, flipInBlob(good, at))
	}
	slices.SortFunc(made.Cases[8:], func(a, b sshsigVector) int { return strings.Compare(a.Name, b.Name) })
	lines := strings.SplitAfter(good, "\n")
	for _, s := range []spoilt{
		replaced("carriage returns", "malformed", "\n", "\r\n"),
		replaced("other armor", "malformed", "BEGIN SSH", "BEGIN PGP"),
		replaced("no end line", "malformed", "-----END SSH SIGNATURE-----\n", ""),
		appended("text after the end", "malformed", "x\n"),
		{"text before the beginning", "malformed", func(s string) string { return "\n" + s }},
		{"lines joined", "malformed", func(string) string {
			return lines[0] + strings.TrimSuffix(lines[1], "\n") + strings.Join(lines[2:], "")
		}},
		{"first line missing", "malformed", func(string) string { return lines[0] + strings.Join(lines[2:], "") }},
		{"empty", "malformed", func(string) string { return "" }},
	} {
		add(s.name, s.error, "despatch-head", message, s.how(good))
	}
	checkVectors(t, "sshsig", made, func(t *testing.T, c sshsigVector) {
		pub, err := sshsig.ParsePublicKey(c.Key)
		must(t, err)
		wantRefusal(t, c.Name, sshsig.Verify(pub, c.Namespace, []byte(c.Message), []byte(c.Signature)), c.Error)
	})
}

// sampleKeys is a keys file with every kind of line.
func sampleKeys() *keysfile.Keys {
	recipient, err := os.ReadFile("testdata/recipient.txt")
	if err != nil {
		panic(err)
	}
	verifier := "box.northmoor.example+1a2b3c4d+AQ" + strings.Repeat("x", 41) + "="
	return &keysfile.Keys{
		Serial: 3, Date: start, Root: sshsig.PublicOf(privateKey(1)),
		Heads:    []sshsig.PublicKey{sshsig.PublicOf(privateKey(2)), sshsig.PublicOf(privateKey(3))},
		Inboxes:  []keysfile.Inbox{{Service: "visits", Recipient: strings.TrimSpace(string(recipient))}},
		Box:      "https://box.northmoor.example",
		Logs:     []string{verifier},
		Receipts: []sshsig.PublicKey{sshsig.PublicOf(privateKey(4))}, Witnesses: []string{verifier},
		Accounts: []keysfile.Account{
			{Opaque: strings.Repeat("ab", 16), From: start, Key: sshsig.PublicOf(privateKey(5))},
			{Opaque: strings.Repeat("cd", 16), From: start, Until: start.AddDate(1, 0, 0), Key: sshsig.PublicOf(privateKey(6))},
		},
	}
}

type keysVector struct {
	Name   string `json:"name"`
	Error  string `json:"error"`
	Root   string `json:"root"`
	Signed string `json:"signed"`
	Serial int    `json:"serial"`
}

// resign spoils the text of a signed text and signs what comes.
func resign(signed, namespace string, priv ed25519.PrivateKey, how func(string) string) string {
	text, _, err := sshsig.OpenText([]byte(signed))
	if err != nil {
		panic(err)
	}
	bad := how(string(text))
	return bad + string(sshsig.Sign(priv, namespace, []byte(bad)))
}

func TestKeysVectors(t *testing.T) {
	root := privateKey(1)
	good := string(keysfile.Format(sampleKeys(), root))
	least := *sampleKeys()
	least.Inboxes, least.Box, least.Logs, least.Receipts, least.Witnesses, least.Accounts = nil, "", nil, nil, nil, nil
	made := vectors[keysVector]{About: "docs/formats.md section 8: keys files, and the root that a browser pinned"}
	add := func(name, wantError, signed string) {
		c := keysVector{name, wantError, sshsig.PublicOf(root).String(), signed, 0}
		if wantError == "" {
			c.Serial = 3
		}
		made.Cases = append(made.Cases, c)
	}
	add("as written", "", good)
	add("least", "", string(keysfile.Format(&least, root)))
	other := privateKey(9)
	add("signed by another", "signature", resign(good, keysfile.Namespace, other, func(s string) string { return s }))
	add("signed for heads", "signature", resign(good, "despatch-head", root, func(s string) string { return s }))
	add("changed after signing", "signature", strings.Replace(good, "serial 3", "serial 4", 1))
	heads := []string{"head " + sshsig.PublicOf(privateKey(2)).String(), "head " + sshsig.PublicOf(privateKey(3)).String()}
	slices.Sort(heads)
	for _, s := range append(textRules(),
		replaced("newer", "newer", "despatch-keys 1", "despatch-keys 2"),
		replaced("format 0", "malformed", "despatch-keys 1", "despatch-keys 0"),
		replaced("format with a leading zero", "malformed", "despatch-keys 1", "despatch-keys 01"),
		replaced("other format", "malformed", "despatch-keys", "despatch-head"),
		replaced("serial 0", "malformed", "serial 3", "serial 0"),
		replaced("serial with a leading zero", "malformed", "serial 3", "serial 03"),
		replaced("serial with a sign", "malformed", "serial 3", "serial +3"),
		replaced("no serial", "malformed", "serial 3\n", ""),
		replaced("serial twice", "malformed", "serial 3\n", "serial 3\nserial 3\n"),
		replaced("date in another zone", "malformed", "09:00:00Z", "09:00:00+00:00"),
		replaced("date with fractions", "malformed", "09:00:00Z", "09:00:00.0Z"),
		replaced("no such date", "malformed", "2026-11-22T09", "2026-02-30T09"),
		replaced("heads out of order", "malformed", heads[0]+"\n"+heads[1], heads[1]+"\n"+heads[0]),
		replaced("head repeated", "malformed", heads[0], heads[0]+"\n"+heads[0]),
		replaced("no head", "malformed", heads[0]+"\n"+heads[1]+"\n", ""),
		replaced("head with a comment", "malformed", heads[0], heads[0]+" comment"),
		replaced("unknown word", "malformed", "box ", "vault "),
		replaced("box with a path", "malformed", "box.northmoor.example\n", "box.northmoor.example/\n"),
		replaced("box twice", "malformed", "box https://box.northmoor.example\n", "box https://box.northmoor.example\nbox https://box.northmoor.example\n"),
		replaced("box without TLS", "malformed", "https://box", "http://box"),
		replaced("inbox of a classic recipient", "malformed", "visits age1pq1", "visits age1"),
		replaced("service that is no slug", "malformed", "inbox visits", "inbox Visits"),
		replaced("account id too short", "malformed", "abababab 2026", "ababab 2026"),
		replaced("account without key", "malformed", " - ssh-ed25519", " ssh-ed25519"),
		replaced("log key without hash", "malformed", "+1a2b3c4d+", "+"),
		replaced("two spaces", "malformed", "serial 3", "serial  3"),
	) {
		add(s.name, s.error, resign(good, keysfile.Namespace, root, s.how))
	}
	add("text after the signature", "malformed", good+"x\n")
	add("no signature", "malformed", good[:strings.Index(good, "-----BEGIN")])
	add("empty", "malformed", "")
	checkVectors(t, "keys", made, func(t *testing.T, c keysVector) {
		pub, err := sshsig.ParsePublicKey(c.Root)
		must(t, err)
		k, err := keysfile.Parse([]byte(c.Signed), pub)
		wantRefusal(t, c.Name, err, c.Error)
		if err == nil && k.Serial != c.Serial {
			t.Errorf("%s: serial %d, want %d", c.Name, k.Serial, c.Serial)
		}
	})
}

type headVector struct {
	Name    string `json:"name"`
	Error   string `json:"error"`
	Keys    string `json:"keys"` // the signed keys file, already believed
	Root    string `json:"root"`
	Highest int    `json:"highest"` // the highest serial seen before
	Signed  string `json:"signed"`
	Serial  int    `json:"serial"`
}

func sumEntry(path, data string) tree.Entry {
	return tree.Entry{Sum: sha256.Sum256([]byte(data)), Path: path}
}

func sampleHead(keys []byte) *tree.Head {
	shard, _ := tree.FormatShard(1, nil)
	retired := sumEntry("manifest/retired-20261121."+naming.Hash([]byte("r")), "r")
	return &tree.Head{
		Serial: 12, Date: start, ValidUntil: start.Add(96 * time.Hour), Previous: strings.Repeat("0f", 32), Shards: 2,
		Entries: []tree.Entry{
			sumEntry(".well-known/security.txt", "s"), sumEntry("404.html", "4"), sumEntry("about/privacy.html", "p"), sumEntry("assets/app.1f0c.js", "a"),
			sumEntry("index.html", "i"), sumEntry("keys."+naming.Hash(keys), string(keys)), shard, retired,
			sumEntry("s/home.html", "h"), sumEntry("sw.js", "w"),
		},
	}
}

func TestHeadVectors(t *testing.T) {
	root, head := privateKey(1), privateKey(2)
	keys := keysfile.Format(sampleKeys(), root)
	sample := sampleHead(keys)
	good := string(tree.FormatHead(sample, head))
	made := vectors[headVector]{About: "docs/formats.md section 9: heads, with the keys file that names the head keys, its root, and the highest serial seen before"}
	add := func(name, wantError string, highest int, signed string) {
		c := headVector{name, wantError, string(keys), sshsig.PublicOf(root).String(), highest, signed, 0}
		if wantError == "" {
			c.Serial = 12
		}
		made.Cases = append(made.Cases, c)
	}
	same := func(s string) string { return s }
	add("as written", "", 0, good)
	add("by the other head key", "", 11, string(tree.FormatHead(sample, privateKey(3))))
	add("first of all", "", 12, resign(good, tree.HeadNamespace, head, func(s string) string { return strings.Replace(s, sample.Previous, "-", 1) }))
	add("below the highest seen", "rollback", 13, good)
	add("signed by another", "signature", 0, resign(good, tree.HeadNamespace, privateKey(9), same))
	add("signed by the root", "signature", 0, resign(good, tree.HeadNamespace, root, same))
	add("signed for keys", "signature", 0, resign(good, keysfile.Namespace, head, same))
	add("changed after signing", "signature", 0, strings.Replace(good, "serial 12", "serial 13", 1))
	line := func(path string) string {
		for _, e := range sample.Entries {
			if strings.HasPrefix(e.Path, path) {
				return fmt.Sprintf("%s  %s\n", hex.EncodeToString(e.Sum[:]), e.Path)
			}
		}
		panic(path)
	}
	for _, s := range append(textRules(),
		replaced("newer", "newer", "despatch-head 1", "despatch-head 2"),
		replaced("format with a leading zero", "malformed", "despatch-head 1", "despatch-head 01"),
		replaced("serial 0", "malformed", "serial 12", "serial 0"),
		replaced("serial with a leading zero", "malformed", "serial 12", "serial 012"),
		replaced("no previous", "malformed", "previous "+sample.Previous+"\n", ""),
		replaced("previous in upper case", "malformed", "previous 0f", "previous 0F"),
		replaced("shards no power of two", "malformed", "shards 2", "shards 3"),
		replaced("no shards", "malformed", "shards 2", "shards 0"),
		replaced("too many shards", "malformed", "shards 2", "shards 131072"),
		replaced("valid until before its date", "malformed", "valid-until 2026-11-26", "valid-until 2026-11-21"),
		replaced("fields out of order", "malformed", "serial 12\ndate 2026-11-22T09:00:00Z\n", "date 2026-11-22T09:00:00Z\nserial 12\n"),
		replaced("unknown field", "malformed", "shards 2\n", "shards 2\nwitness x\n"),
		replaced("no keys", "malformed", line("keys."), ""),
		replaced("two keys", "malformed", line("keys."), strings.Repeat("0", 64)+"  keys."+strings.Repeat("0", 16)+"\n"+line("keys.")),
		replaced("line repeated", "malformed", line("sw.js"), line("sw.js")+line("sw.js")),
		replaced("lines out of order", "malformed", line("s/home")+line("sw.js"), line("sw.js")+line("s/home")),
		replaced("path upwards", "malformed", "assets/app", "assets/../app"),
		replaced("absolute path", "malformed", "  404.html", "  /404.html"),
		replaced("upper case path", "malformed", "  404.html", "  404.HTML"),
		replaced("sum in upper case", "malformed", line("404"), strings.ToUpper(line("404")[:64])+line("404")[64:]),
		replaced("binary mark", "malformed", "  404.html", " *404.html"),
		replaced("lists a sealed file", "malformed", line("sw.js"), line("sw.js")[:64]+"  z/x\n"),
		replaced("lists itself", "malformed", line("index"), line("404")[:64]+"  head\n"),
		replaced("a notice in a folder", "malformed", "  about/privacy.html", "  about/a/privacy.html"),
		replaced("a notice that is no page", "malformed", "  about/privacy.html", "  about/privacy.js"),
		replaced("a notice without a name", "malformed", "  about/privacy.html", "  about/.html"),
		replaced("shard beyond the number", "malformed", "manifest/001.", "manifest/002."),
		replaced("shard number too short", "malformed", "manifest/001.", "manifest/01."),
		replaced("shard number too long", "malformed", "manifest/001.", "manifest/0001."),
	) {
		add(s.name, s.error, 0, resign(good, tree.HeadNamespace, head, s.how))
	}
	add("text after the signature", "malformed", 0, good+"\n")
	add("empty", "malformed", 0, "")
	checkVectors(t, "head", made, func(t *testing.T, c headVector) {
		wantRefusal(t, c.Name, tryHead(t, c), c.Error)
	})
}

func tryHead(t *testing.T, c headVector) error {
	pub, err := sshsig.ParsePublicKey(c.Root)
	must(t, err)
	keys, err := keysfile.Parse([]byte(c.Keys), pub)
	must(t, err)
	h, err := tree.ParseHead([]byte(c.Signed))
	if err != nil {
		return err
	}
	if err := tree.VerifyHead([]byte(c.Signed), keys); err != nil {
		return err
	}
	if h.Serial < c.Highest {
		return refusal.Rollback
	}
	if h.Serial != c.Serial {
		t.Errorf("%s: serial %d, want %d", c.Name, h.Serial, c.Serial)
	}
	return nil
}
