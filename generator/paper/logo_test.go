package paper_test

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"despatch/generator/paper"
	"despatch/generator/source"
	"despatch/internal/pdfcheck"
	"despatch/layouts"
	"despatch/records/authority"
)

func TestTheLetterheadHasTheLogoAndItsText(t *testing.T) {
	p := image.NewNRGBA(image.Rect(0, 0, 240, 80))
	for y := range 80 {
		for x := range 240 {
			if x%40 < 30 && y%40 < 30 {
				p.Set(x, y, color.NRGBA{R: 28, G: 61, B: 110, A: 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	s := new(authority.Settings)
	s.Authority.Name, s.Theme.Brand, s.Theme.LogoText = "Northmoor County Council", "#1d3c6e", "Arms of Northmoor"
	assets, err := layouts.Load()
	if err != nil {
		assets = &layouts.Assets{}
	}
	plain, err := paper.New(s, assets)
	if err != nil {
		t.Fatal(err)
	}
	press := plain.With(&source.Logo{Picture: p, PNG: b.Bytes(), Sum: sha256.Sum256(b.Bytes())})
	if bytes.Equal(press.Digest(), plain.Digest()) || plain.With(nil) != plain {
		t.Error("what is printed with a logo has the digest of what is printed without")
	}
	data, err := press.Print(visit())
	if err != nil {
		t.Fatal(err)
	}
	again, err := press.Print(visit())
	if err != nil || !bytes.Equal(data, again) {
		t.Errorf("two printings differ: %v", err)
	}
	for _, found := range pdfcheck.Check(data).Findings {
		t.Error(found)
	}
	file := filepath.Join(t.TempDir(), "logo.pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("pdfimages", "-list", file).CombinedOutput(); err != nil || strings.Count(string(out), " 240 ") == 0 {
		t.Errorf("the picture is not there: %v\n%s", err, out)
	}
	if out, err := exec.Command("qpdf", "--qdf", "--object-streams=disable", file, "-").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("/Alt (Arms of Northmoor)")) {
		t.Errorf("the picture has no text: %v", err)
	}
}
