package buildkeys_test

import (
	"bytes"
	"context"
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"despatch/generator/source"
	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/internal/seal"
	"despatch/internal/sshsig"
	"despatch/office/enrol"
	"despatch/office/skeleton"
)

var now = time.Date(2026, 11, 18, 9, 0, 0, 0, time.UTC)

const (
	code   = "7KQ2M9XD"
	person = "format: 1\nname: Morgan Ellery\nemail: morgan.ellery@fernside.example\nschools:\n  - {school: \"900001\", roles: [headteacher]}\n"
	place  = "format: 1\nurn: \"900001\"\nlaestab: \"9992001\"\nname: Fernside Primary School\nphase: Primary\nstatus: Open\n"
)

// folder is an authority with one school and one person.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "authority")
	if err := skeleton.Write(dir, "Northmoor County Council", "999"); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"content/accounts/7kq2m9xd.yaml": person, "content/schools/900001.yaml": place} {
		write(t, dir, name, []byte(text))
	}
	pass, err := enrol.Init(dir, "robin", now)
	if err != nil {
		t.Fatal(err)
	}
	office, err := enrol.Unlock(dir, "", pass.Typed())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := office.Enrol(context.Background(), site(t, dir), []string{code}, now, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

func site(t *testing.T, dir string) *source.Site {
	t.Helper()
	f, err := source.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, problems, err := f.Scan()
	if err != nil {
		t.Fatal(err)
	}
	s, more := f.Site(l)
	for _, p := range append(problems, more...) {
		if !p.Warning {
			t.Fatal(p)
		}
	}
	return s
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBuildGetsWhatItNeedsAndPublishesTwoFilesAnAccount(t *testing.T) {
	dir := folder(t)
	k, err := buildkeys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for school, kind := range map[string]string{"900001": "visits-full", "": "role-headteacher"} {
		r, err := k.School(school)
		if err != nil {
			t.Fatal(err)
		}
		l, ok := r.Find(kind)
		if _, err := seal.ParseRecipient(l.Recipient); err != nil || !ok || l.Epoch != 1 {
			t.Errorf("%q %s: %v %d %v", school, kind, ok, l.Epoch, err)
		}
		if _, ok := r.Find("role-nobody"); ok {
			t.Errorf("%q has a key for a role that does not exist", school)
		}
	}
	if _, err := k.School("900002"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a school without keys: %v", err)
	}
	files, err := k.AccountFiles()
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	opaque := naming.OpaqueAccount(code)
	if files[0].Stem != "k/"+opaque+"-"+k.Naming.RingMark(opaque)+".ring" || files[1].Stem+files[1].Ext != "k/"+opaque+".id.age" {
		t.Errorf("files %+v", files)
	}
	for _, f := range files {
		if f.Hashed && !k.Naming.Mine(f.Stem+".0123456789abcdef"+f.Ext) {
			t.Errorf("%s is not told as mine", f.Stem)
		}
		if _, err := k.Read(f); err != nil {
			t.Errorf("read %s: %v", f.Path, err)
		}
	}
	// An identity in the place of a ring is sealed otherwise and must not go out.
	write(t, dir, files[0].Path, read(t, dir, files[1].Path))
	if _, err := k.Read(files[0]); err == nil || !strings.Contains(err.Error(), "sealed in another way") {
		t.Errorf("swapped files: %v", err)
	}
}

func TestBuildKeysOpenNothing(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if p := strings.Trim(i.Path.Value, `"`); p == "filippo.io/age" || p == "despatch/internal/keyring" {
				t.Errorf("%s imports %s, which can open what was sealed", name, p)
			}
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	dir := folder(t)
	if _, err := buildkeys.Load(t.TempDir()); !errors.Is(err, buildkeys.ErrNoKeys) {
		t.Errorf("no keys: %v", err)
	}
	other, err := os.ReadFile(filepath.Join(folder(t), filepath.FromSlash(buildkeys.HeadKeyFile)))
	if err != nil {
		t.Fatal(err)
	}
	keys := read(t, dir, buildkeys.KeysFile)
	for _, c := range []struct {
		name, file, want string
		data             []byte
	}{
		{"keys file changed", buildkeys.KeysFile, "public-keys/keys", bytes.Replace(keys, []byte("serial 2"), []byte("serial 3"), 1)},
		{"foreign head key", buildkeys.HeadKeyFile, "run despatch keys --make", other},
		{"naming key cut short", buildkeys.NamingFile, "private/naming.key", []byte("AAAA\n")},
		{"root without line end", buildkeys.RootFile, "does not end in a line end", []byte("ssh-ed25519 AAAA")},
		{"root no key", buildkeys.RootFile, "public-keys/root.pub", []byte("ssh-ed25519 AAAA\n")},
	} {
		good := read(t, dir, c.file)
		write(t, dir, c.file, c.data)
		if _, err := buildkeys.Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
		write(t, dir, c.file, good)
	}
	if _, err := buildkeys.Load(dir); err != nil {
		t.Errorf("put back as it was: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, name := range []string{buildkeys.NamingFile, buildkeys.HeadKeyFile} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.Chmod(file, 0o604); err != nil {
			t.Fatal(err)
		}
		if _, err := buildkeys.Load(dir); err == nil || !strings.Contains(err.Error(), "chmod 600 "+name) {
			t.Errorf("%s readable by others: %v", name, err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRecipientsAndAccountsAcceptOnlyWhatIsWritten(t *testing.T) {
	dir := folder(t)
	recipients := read(t, dir, buildkeys.RecipientsPath("900001"))
	account := read(t, dir, buildkeys.AccountPath(naming.OpaqueAccount(code)))
	lines := strings.SplitAfter(string(recipients), "\n")
	for name, text := range map[string]string{
		"empty": "", "no line end": strings.TrimSuffix(string(recipients), "\n"), "order": lines[1] + lines[0],
		"twice": lines[0] + lines[0], "epoch 0": strings.Replace(lines[0], " 1 ", " 0 ", 1), "empty line": lines[0] + "\n",
		"cut": lines[0][:len(lines[0])-2] + "\n", "classic": strings.Replace(lines[0], "age1pq1", "age1", 1),
	} {
		if _, err := buildkeys.ParseRecipients([]byte(text)); err == nil {
			t.Errorf("recipients, %s: accepted", name)
		}
	}
	for i := range account {
		b := bytes.Clone(account)
		b[i] ^= 1 << (i % 7)
		a, err := buildkeys.ParseAccount(b)
		if err != nil {
			continue
		}
		if again, err := buildkeys.FormatAccount(a); err != nil || !bytes.Equal(again, b) {
			t.Errorf("account, byte %d changed: accepted and written otherwise", i)
		}
	}
	for i := range len(account) - 1 {
		if _, err := buildkeys.ParseAccount(account[:i]); err == nil && account[i-1] != '\n' {
			t.Errorf("account cut after %d bytes: accepted", i)
		}
	}
}

func TestDigestChangesWithTheRecipients(t *testing.T) {
	dir := folder(t)
	a, err := buildkeys.LoadRecipients(dir, "900001")
	if err != nil {
		t.Fatal(err)
	}
	a.Lines[0].Epoch++
	write(t, dir, buildkeys.RecipientsPath("900001"), buildkeys.FormatRecipients(a.Lines))
	b, err := buildkeys.LoadRecipients(dir, "900001")
	if err != nil || a.Digest == b.Digest {
		t.Errorf("the digest stayed the same (%v)", err)
	}
}

func TestPurgeKeepsWhatCameMeanwhile(t *testing.T) {
	dir := folder(t)
	k, err := buildkeys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, stems := range [][]string{{"b/3f/3f00", "i/aa"}, {"i/aa"}, nil} {
		if err := buildkeys.AddPurge(dir, stems); err != nil {
			t.Fatal(err)
		}
	}
	done, err := k.Purge()
	if err != nil || !slices.Equal(done, []string{"b/3f/3f00", "i/aa"}) {
		t.Fatalf("purge %v, %v", done, err)
	}
	if err := buildkeys.AddPurge(dir, []string{"k/00"}); err != nil {
		t.Fatal(err)
	}
	if err := k.ClearPurge(done); err != nil {
		t.Fatal(err)
	}
	if left, err := k.Purge(); err != nil || !slices.Equal(left, []string{"k/00"}) {
		t.Errorf("left %v, %v", left, err)
	}
	write(t, dir, buildkeys.PurgeFile, []byte("../escape\n"))
	if _, err := k.Purge(); err == nil {
		t.Error("a purge list with a path out of the tree was read")
	}
}

func FuzzParseAccount(f *testing.F) {
	f.Add([]byte("despatch-account 1\ncode 7KQ2M9XD\nsince 2026-11-18T09:00:00Z\nholder \"x\"\nrecipient age1pq1\nsigning ssh-ed25519 A\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := buildkeys.ParseAccount(b)
		if err != nil {
			return
		}
		if again, err := buildkeys.FormatAccount(a); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted and written otherwise (%v)", err)
		}
	})
}

func FuzzParseRecipients(f *testing.F) {
	f.Add([]byte("visits-full 1 age1pq1qqqq\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		lines, err := buildkeys.ParseRecipients(b)
		if err == nil && !bytes.Equal(buildkeys.FormatRecipients(lines), b) {
			t.Error("accepted and written otherwise")
		}
		for _, l := range lines {
			if _, err := seal.ParseRecipient(l.Recipient); err == nil && len(l.Recipient) < 1900 {
				t.Error("a short recipient parses")
			}
		}
	})
}

func TestHeadKeyIsTheOneTheKeysFileNames(t *testing.T) {
	k, err := buildkeys.Load(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	if k.Parsed.Serial != 2 || !k.Parsed.IsHead(sshsig.PublicOf(k.HeadKey)) || k.Parsed.Root != k.Root {
		t.Errorf("keys file %+v", k.Parsed)
	}
}
