package archive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"despatch/internal/sshsig"
	"despatch/internal/timestamp"
	"despatch/internal/timestamp/tsatest"
	"despatch/office/archive"
)

// stock runs a command line in a folder, as README.txt has it.
func stock(t *testing.T, dir, line string) (string, error) {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// stockUnpacked unpacks an archive with unzip, which also tests it, and gives its
// folder.
func stockUnpacked(t *testing.T, data []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.zip"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := stock(t, dir, "unzip -tqq a.zip && unzip -q a.zip -d out && ls out"); err != nil {
		t.Fatal(err, out)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "out", "*"))
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	return folders[0]
}

// commands finds the lines of a step of README.txt that a shell runs on a system:
// those that are indented and under a line that names it, or under none.
func commands(readme, step, on string) []string {
	_, rest, _ := strings.Cut(readme, "\n"+step)
	text, _, _ := strings.Cut(rest, "\nStep ")
	text, _, _ = strings.Cut(text, "\n4. FORMATS")
	var lines []string
	here := true
	for line := range strings.Lines(text) {
		if system := regexp.MustCompile(`^  (\S.*):$`).FindStringSubmatch(strings.TrimRight(line, "\n")); system != nil {
			here = strings.Contains(system[1], on)
		}
		if command, ok := strings.CutPrefix(line, "    "); ok && here && regexp.MustCompile(`^(sha256sum|shasum|ssh-keygen|grep|cat) `).MatchString(command) {
			lines = append(lines, strings.TrimRight(command, "\n"))
		}
	}
	return lines
}

func TestReadmeIsFollowedWithStockTools(t *testing.T) {
	o := options(t)
	dir := stockUnpacked(t, written(t, o))
	text, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	for step, want := range map[string][]string{
		"Step 1": {"", ""},
		"Step 2": {"SHA256:"},
		"Step 3": {`Good "despatch-keys" signature for authority with ED25519 key SHA256:`},
		"Step 4": {`Good "despatch-archive" signature for authority with ED25519 key SHA256:`},
		"Step 5": {`Good "despatch-head" signature`, "", "", ""},
		// What macOS has for sha256sum is a program of Perl's, which other systems have too.
		"Step 1, macOS": {"manifest-sha256.txt: OK", "data/index.html: OK"},
	} {
		step, system, named := strings.Cut(step, ", ")
		if !named {
			system = "Linux"
		}
		lines := commands(readme, step, system)
		if len(lines) != len(want) {
			t.Errorf("%s has the commands %q (want %d)", step, lines, len(want))
			continue
		}
		for i, line := range lines {
			out, err := stock(t, dir, line)
			if err != nil || !strings.Contains(out, want[i]) {
				t.Errorf("%s: %s: %v\n%s", step, line, err, out)
			}
		}
	}
	// Step 2 shows what README.txt says, and step 5 the same number twice.
	fingerprint := regexp.MustCompile(`SHA256:[A-Za-z0-9+/]{43}`)
	if out, _ := stock(t, dir, commands(readme, "Step 2", "Linux")[0]); fingerprint.FindString(out) != fingerprint.FindString(readme) {
		t.Errorf("README.txt names another fingerprint than ssh-keygen: %s", out)
	}
	counts := commands(readme, "Step 5", "Linux")
	listed, _ := stock(t, dir, counts[2])
	sealed, _ := stock(t, dir, counts[3])
	if listed != sealed || listed == "0\n" {
		t.Errorf("%s of %s sealed files are listed", listed, sealed)
	}
	if left := regexp.MustCompile(`\{[A-Z]+\}|[\t\r]`).FindString(readme); left != "" {
		t.Errorf("README.txt has %q", left)
	}
}

func TestStockToolsRefuseWhatWasChanged(t *testing.T) {
	dir := stockUnpacked(t, written(t, options(t)))
	text, err := os.ReadFile(filepath.Join(dir, "README.txt"))
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(name string) func() {
		file := filepath.Join(dir, name)
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(was)
		bad[len(bad)/2] ^= 1
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := os.WriteFile(file, was, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		file, step string
		command    int
	}{
		{"data/index.html", "Step 1", 1},
		{"manifest-sha256.txt", "Step 1", 0},
		{"data/proof/keys.txt", "Step 3", 0},
		{"tagmanifest-sha256.txt", "Step 4", 0},
		{"data/proof/head.txt", "Step 5", 0},
	} {
		undo := spoil(tt.file)
		if out, err := stock(t, dir, commands(string(text), tt.step, "Linux")[tt.command]); err == nil {
			t.Errorf("%s changed: %s accepts it: %s", tt.file, tt.step, out)
		}
		undo()
	}
}

// validBag is BagIt 1.0 as RFC 8493 has it, written from the RFC alone: what is
// wrong with a folder as a complete and valid bag.
func validBag(dir string) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			add("%v", err)
		}
		return string(data)
	}
	// 2.1.1: two lines, exactly, in UTF-8 without a byte order mark.
	if !regexp.MustCompile(`\ABagIt-Version: [0-9]+\.[0-9]+\nTag-File-Character-Encoding: UTF-8\n\z`).MatchString(read("bagit.txt")) {
		add("bagit.txt is not the declaration")
	}
	// 2.1.2: the payload is in data/.
	if info, err := os.Stat(filepath.Join(dir, "data")); err != nil || !info.IsDir() {
		add("there is no data/")
	}
	// 2.1.3 and 2.2.1: lines of checksum, space and path; CR, LF and percent are
	// encoded in paths; slashes part them; none leaves the bag.
	manifest := func(name string) map[string]string {
		sums := make(map[string]string)
		for line := range strings.Lines(read(name)) {
			m := regexp.MustCompile(`^([0-9a-fA-F]{64})[ \t]+(\S.*)\n$`).FindStringSubmatch(line)
			if m == nil {
				add("%s: %q is no line", name, line)
				continue
			}
			path := m[2]
			if strings.Contains(path, "%") {
				if decoded, err := url.PathUnescape(path); err == nil && strings.ContainsAny(decoded, "\r\n") {
					path = decoded
				}
			}
			if strings.HasPrefix(path, "/") || strings.HasPrefix(path, "~") || strings.Contains("/"+path+"/", "/../") {
				add("%s: %q leaves the bag", name, path)
			}
			if _, twice := sums[path]; twice {
				add("%s: %q is there twice", name, path)
			}
			sums[path] = strings.ToLower(m[1])
		}
		return sums
	}
	payload, tags := manifest("manifest-sha256.txt"), manifest("tagmanifest-sha256.txt")
	// 3: every file of the payload is listed in every payload manifest; every file
	// listed anywhere is there, with that checksum.
	octets, count := int64(0), 0
	_ = filepath.WalkDir(filepath.Join(dir, "data"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(dir, name)
		if payload[filepath.ToSlash(rel)] == "" {
			add("%s is not in the manifest", rel)
		}
		if info, err := d.Info(); err == nil {
			octets += info.Size()
		}
		count++
		return nil
	})
	for _, sums := range []map[string]string{payload, tags} {
		for path, sum := range sums {
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path)))
			if got := sha256.Sum256(data); err != nil || hex.EncodeToString(got[:]) != sum {
				add("%s: %v, or another checksum", path, err)
			}
		}
	}
	for path := range payload {
		if !strings.HasPrefix(path, "data/") {
			add("the manifest lists %s, which is no payload", path)
		}
	}
	// 2.2.1: a tag manifest lists the payload manifests, and no tag manifest.
	if tags["manifest-sha256.txt"] == "" || tags["tagmanifest-sha256.txt"] != "" {
		add("the tag manifest lists what it must not, or lacks a manifest")
	}
	// 2.2.2: bag-info.txt is labels and values; Payload-Oxum is not repeated.
	oxum := regexp.MustCompile(`(?m)^Payload-Oxum: (.*)$`).FindAllStringSubmatch(read("bag-info.txt"), -1)
	if len(oxum) != 1 || oxum[0][1] != fmt.Sprintf("%d.%d", octets, count) {
		add("Payload-Oxum is %q, but there are %d octets in %d files", oxum, octets, count)
	}
	for line := range strings.Lines(read("bag-info.txt")) {
		if !regexp.MustCompile(`^[^:\s][^:]*: \S.*\n$`).MatchString(line) {
			add("bag-info.txt: %q is no label and value", line)
		}
	}
	return problems
}

func TestArchiveIsAValidBag(t *testing.T) {
	dir := stockUnpacked(t, written(t, options(t)))
	for _, p := range validBag(dir) {
		t.Error(p)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "index.html"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if len(validBag(dir)) == 0 {
		t.Error("the validation finds nothing in a bag that was changed")
	}
}

// One archive of each released form is kept and must be good for ever.
func TestArchivesOfReleasedFormatsAreGood(t *testing.T) {
	for name, evidence := range map[string]int{"format-1.zip": 0, "format-2.zip": 3, "format-2-stamped.zip": 3} {
		t.Run(name, func(t *testing.T) { archiveIsGood(t, name, evidence) })
	}
}

// stampedSmall is the small archive with a time stamp by openssl.
func stampedSmall(t testing.TB) []byte {
	t.Helper()
	server := timestamp.Server{Address: tsatest.New(t).Address}
	s := newSmall()
	s.stamp = func(tags []byte) []byte {
		answer, _, err := server.Stamp(t.Context(), sha256.Sum256(tags))
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	return s.bytes(t)
}

func archiveIsGood(t *testing.T, name string, evidence int) {
	kept := filepath.Join("testdata", name)
	if _, err := os.Stat(kept); *update && err != nil { // one that is there stays as it is
		made := newSmall().bytes
		if name == "format-2-stamped.zip" {
			made = stampedSmall
		}
		if err := os.WriteFile(kept, made(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	report, got := checked(t, t.TempDir(), data, trusted)
	if report.Evidence != evidence || (report.Stamped != "") != strings.Contains(name, "stamped") {
		t.Errorf("%+v", report)
	}
	if len(got) > 0 {
		t.Error(got)
	}
	dir := stockUnpacked(t, data)
	for _, p := range validBag(dir) {
		t.Error(p)
	}
	for _, line := range []string{
		"sha256sum -c --quiet tagmanifest-sha256.txt",
		"sha256sum -c --quiet manifest-sha256.txt",
		"ssh-keygen -Y verify -f data/proof/allowed-signers -I authority -n despatch-keys -s data/proof/keys.txt.sig < data/proof/keys.txt",
		"ssh-keygen -Y verify -f data/proof/allowed-signers -I authority -n despatch-archive -s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt",
		"ssh-keygen -l -f data/proof/root.pub | grep -F " + archive.Fingerprint(sshsig.PublicOf(privateKey(1))),
	} {
		if out, err := stock(t, dir, line); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}

// What a PDF of the archive was printed from is attached to it, byte for byte.
func TestPDFsCarryTheirRecords(t *testing.T) {
	dir := stockUnpacked(t, written(t, options(t)))
	for pdf, want := range map[string]string{
		"2026-11-10-aaaa-open-notes":  "data/fingerprints/visit-2026-11-10-aaaa-open-notes.json",
		"2026-11-05-eeee-two-schools": "data/records/content/documents/2026/2026-11-05-eeee-two-schools/document.yaml",
	} {
		if out, err := stock(t, dir, "qpdf --check data/pdf/"+pdf+".pdf && pdfdetach -save 1 -o ../attached data/pdf/"+pdf+".pdf && cmp ../attached "+want); err != nil {
			t.Errorf("%s: %v\n%s", pdf, err, out)
		}
	}
}
