package archive_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/generator"
	"despatch/internal/timestamp/tsatest"
	"despatch/office/archive"
)

func TestAnArchiveIsStampedWhereAServerIsSet(t *testing.T) {
	o := options(t)
	tsa := tsatest.New(t)
	dir := filepath.Join(t.TempDir(), "la")
	if out, err := exec.Command("cp", "-a", o.Dir, dir).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	o.Dir = dir
	settings, err := os.OpenFile(filepath.Join(dir, "despatch.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := settings.WriteString("\ntimestamps: {server: " + tsa.Address + "}\n"); err != nil || settings.Close() != nil {
		t.Fatal(err)
	}
	if _, err := generator.Build(t.Context(), generator.Options{Dir: dir, Now: noon}); err != nil {
		t.Fatal(err)
	}
	write := func() (archive.Summary, []byte) {
		var out bytes.Buffer
		s, err := archive.Write(t.Context(), &out, o)
		if err != nil {
			t.Fatal(err)
		}
		return s, out.Bytes()
	}
	s, data := write()
	trust := archive.Trust{Fingerprint: rootOf(t, dir)}
	report, got := checked(t, t.TempDir(), data, trust)
	if len(got) > 0 || len(s.Warnings) > 0 || !strings.HasSuffix(s.Stamped, " by Test time") || report.Stamped != s.Stamped || report.Files != s.Files {
		t.Errorf("%q; %+v; %+v", got, s, report)
	}
	unpacked := stockUnpacked(t, data)
	if out := tsa.Verify(t, filepath.Join(unpacked, "tagmanifest-sha256.txt"), filepath.Join(unpacked, "tagmanifest-sha256.txt.tsr")); !strings.Contains(out, "Verification: OK") {
		t.Errorf("openssl: %s", out)
	}
	for _, p := range validBag(unpacked) {
		t.Error(p)
	}
	// A stamp over another archive is none over this one.
	var kept []byte
	tsa.Answer = func(answer []byte) []byte { kept = answer; return answer }
	o.School = "900002"
	write()
	stamp := filepath.Join(unpacked, "tagmanifest-sha256.txt.tsr")
	if err := os.WriteFile(stamp, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, found, err := archive.Verify(unpacked, trust, nil); err != nil || len(found) != 1 || !strings.Contains(found[0].String(), "over something else") {
		t.Errorf("another's stamp: %v, %v", found, err)
	}
	// A server that answers nonsense loses nothing but the stamp.
	tsa.Answer = func([]byte) []byte { return []byte("closed") }
	if s, data := write(); s.Stamped != "" || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], tsa.Address) {
		t.Errorf("%+v", s)
	} else if _, got := checked(t, t.TempDir(), data, trust); len(got) > 0 {
		t.Error(got)
	}
}
