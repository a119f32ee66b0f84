package source_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALogoIsAPictureWithItsText(t *testing.T) {
	picture := func(width, height int) string {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	good := picture(200, 80)
	for _, tt := range []struct{ what, logo, text, want string }{
		{"none", "", "", ""},
		{"with its text", good, "Arms of Northmoor", ""},
		{"without a text", good, "", "say in words what content/logo.png shows"},
		{"a text without a picture", "", "Arms of Northmoor", "there is no content/logo.png"},
		{"too wide", picture(801, 10), "Arms", "at most 800 by 800 pixels"},
		{"no PNG", "GIF89a", "Arms", "must be a PNG"},
		{"cut short", good[:len(good)-20], "Arms", "damaged"},
		{"too many bytes", good + string(make([]byte, 300<<10)), "Arms", "content/logo.png"},
	} {
		la := minimal(t)
		if tt.logo != "" {
			write(t, la, "content/logo.png", tt.logo)
		}
		if tt.text != "" {
			settings, err := os.ReadFile(filepath.Join(la, "despatch.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, la, "despatch.yaml", strings.Replace(string(settings), `theme: {`, `theme: {logo_text: `+tt.text+`, `, 1))
		}
		f := open(t, la)
		listing, _, err := f.Scan()
		if err != nil {
			t.Fatal(err)
		}
		site, problems := f.Site(listing)
		if tt.want == "" && (len(problems) > 0 || (site.Logo != nil) != (tt.logo != "")) || tt.want != "" && !says(problems, tt.want) {
			t.Errorf("%s: %v (want %q)", tt.what, problems, tt.want)
		}
	}
}
