package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/office/demo"
	"despatch/records/access"
)

// An office runs commands in a folder and keeps all that they said.
type office struct {
	t    *testing.T
	dir  string
	said bytes.Buffer
}

func (o *office) run(args ...string) {
	o.t.Helper()
	var out, errs bytes.Buffer
	code := run(o.t.Context(), append([]string{"-C", o.dir, "--clock", "2026-11-18T09:00:00Z"}, args...), strings.NewReader(""), &out, &errs)
	o.said.Write(out.Bytes())
	o.said.Write(errs.Bytes())
	if code != 0 {
		o.t.Fatalf("despatch %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
}

// keyOf opens what a person keeps of the site when they go: their ring.
func (o *office) keyOf(s demo.SignIn) *keyring.Ring {
	o.t.Helper()
	code, err := access.FoldCode(s.Code)
	if err != nil {
		o.t.Fatal(err)
	}
	opaque := naming.OpaqueAccount(code)
	typed, err := keyring.ParseTyped(s.Passphrase)
	if err != nil {
		o.t.Fatal(err)
	}
	id, err := keyring.OpenIdentity(o.public("k/"+opaque+".id.age"), typed)
	if err != nil {
		o.t.Fatal(err)
	}
	ring, err := keyring.OpenRing(o.public("k/"+opaque+"-*.ring.*.age"), id.Key, opaque)
	if err != nil {
		o.t.Fatal(err)
	}
	return ring
}

func (o *office) public(pattern string) []byte {
	o.t.Helper()
	names, err := filepath.Glob(filepath.Join(o.dir, "public", filepath.FromSlash(pattern)))
	names = slices.DeleteFunc(names, func(name string) bool { return !o.listed(name) })
	if err != nil || len(names) != 1 {
		o.t.Fatalf("%s: %d files, %v", pattern, len(names), err)
	}
	data, err := os.ReadFile(names[0])
	if err != nil {
		o.t.Fatal(err)
	}
	return data
}

// listed tells a file of today from one that is retired and waits for its end.
func (o *office) listed(name string) bool {
	o.t.Helper()
	root, err := buildkeys.LoadRoot(o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	state, err := tree.Read(os.DirFS(filepath.Join(o.dir, "public")), root)
	if err != nil {
		o.t.Fatal(err)
	}
	_, ok := state.Lookup("k/" + filepath.Base(name))
	return ok
}

// opens counts what a ring opens of the tree as it stands.
func (o *office) opens(r *keyring.Ring) (n int) {
	o.t.Helper()
	o.each("public", func(name string, data []byte) {
		if strings.HasSuffix(name, ".age") {
			if _, err := r.Open(data); err == nil {
				n++
			}
		}
	})
	return n
}

func (o *office) each(folder string, look func(name string, data []byte)) {
	o.t.Helper()
	err := filepath.WalkDir(filepath.Join(o.dir, folder), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		look(filepath.ToSlash(name), data)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// TestOldKeysOpenNothingOnceSomebodyWasRemoved goes through the commands: a
// person who kept their ring, their letter and the old files opens nothing of the
// site after the next build; others open what they did. It also holds all that
// was said, and every file, to docs/threat-model.md.
func TestOldKeysOpenNothingOnceSomebodyWasRemoved(t *testing.T) {
	o := &office{t: t, dir: filepath.Join(t.TempDir(), "la")}
	if err := os.Mkdir(o.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	o.run("init", "--demo", o.dir)
	o.run("build")
	signIns, err := demo.ReadSignIns(o.dir)
	if err != nil {
		t.Fatal(err)
	}
	gone := slices.IndexFunc(signIns, func(s demo.SignIn) bool { return slices.Equal(s.Roles, []string{"headteacher"}) })
	stays := slices.IndexFunc(signIns, func(s demo.SignIn) bool {
		return s.Code != signIns[gone].Code && slices.Equal(s.Roles, []string{"headteacher"})
	})
	old, other := o.keyOf(signIns[gone]), o.keyOf(signIns[stays])
	readable, others := o.opens(old), o.opens(other)
	if readable < 5 || others < 5 {
		t.Fatalf("they open %d and %d files to begin with", readable, others)
	}
	// A change before the removal leaves retired files behind, which must go too.
	news := filepath.Join(o.dir, "despatch.yaml")
	text, err := os.ReadFile(news)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(news, bytes.Replace(text, []byte("Schools Portal"), []byte("Schools' Portal"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	o.run("build")
	if more := o.opens(old); more <= readable {
		t.Errorf("%d files after a change that retired some, %d before", more, readable)
	}
	pass := filepath.Join(o.dir, "private", "demo-officer-passphrase")
	o.run("enrol", "--remove", signIns[gone].Code, "--passphrase-file", pass)
	o.run("build")
	o.run("verify", filepath.Join(o.dir, "public"))
	if n := o.opens(old); n != 0 {
		t.Errorf("the old ring opens %d files of the new site", n)
	}
	opaque := old.Account
	o.each("public", func(name string, _ []byte) {
		if strings.Contains(name, opaque) {
			t.Errorf("%s is still there", name)
		}
	})
	if n := o.opens(o.keyOf(signIns[stays])); n < others {
		t.Errorf("somebody who stays opens %d files, %d before", n, others)
	}
	o.keepsItsSecrets(signIns)
}

// keepsItsSecrets looks for passphrases and private keys in what was said and in
// every folder but private/, and at the modes of what is in there.
func (o *office) keepsItsSecrets(signIns []demo.SignIn) {
	o.t.Helper()
	pass, err := os.ReadFile(filepath.Join(o.dir, "private", "demo-officer-passphrase"))
	if err != nil {
		o.t.Fatal(err)
	}
	private := regexp.MustCompile(`AGE-SECRET-KEY-(PQ-)?1[02-9AC-HJ-NP-Z]{20}|BEGIN OPENSSH PRIVATE KEY`)
	secrets := []string{strings.TrimSpace(string(pass))}
	for _, s := range signIns {
		secrets = append(secrets, s.Passphrase)
	}
	key, err := os.ReadFile(filepath.Join(o.dir, "private", "naming.key"))
	if err != nil {
		o.t.Fatal(err)
	}
	if long := regexp.MustCompile(`[A-Za-z0-9+/=]{40,}`).FindString(string(key)); long != "" {
		secrets = append(secrets, long)
	}
	look := func(where string, data []byte) {
		if private.Match(data) {
			o.t.Errorf("%s holds a private key", where)
		}
		for _, s := range secrets {
			if bytes.Contains(data, []byte(s)) {
				o.t.Errorf("%s holds a secret (%.14s…)", where, s)
			}
		}
	}
	look("what the commands said", o.said.Bytes())
	for _, folder := range []string{"public", "public-keys", "cache", "content", "events"} {
		o.each(folder, look)
	}
	if runtime.GOOS == "windows" {
		return
	}
	err = filepath.WalkDir(filepath.Join(o.dir, "private"), func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			o.t.Errorf("others may reach %s (%s)", name, info.Mode())
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
}
