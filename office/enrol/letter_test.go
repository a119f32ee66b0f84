package enrol_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"
	"golang.org/x/net/html"

	"despatch/internal/buildkeys"
	"despatch/office/enrol"
	"despatch/records/access"
)

func TestLetterSaysWhatIsNeededAndCarriesNoScript(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	n.site.Accounts[code].Name = `Morgan <b>"Mo"</b> Ellery`
	person := n.enrol(t, code)[0]
	letter := string(n.file(t, person.Letter))
	text, elements := visible(t, letter)
	want := append([]string{
		access.FormatCode(code), `Morgan <b>"Mo"</b> Ellery`, "https://schools.northmoor.example", n.site.Settings.Portal.Name,
		n.site.Settings.Contacts[0].Phone, n.site.Settings.Helpline.OfficeHours, n.site.Settings.Helpline.OutOfHours,
		n.site.Schools[person.Account.Schools[0].School].Name,
	}, person.Passphrase.Words()...)
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("the letter does not say %q", w)
		}
	}
	for _, forbidden := range []string{"script", "iframe", "link", "img", "form", "object", "base", "a"} {
		if elements[forbidden] {
			t.Errorf("the letter has a %s element", forbidden)
		}
	}
	if strings.Contains(letter, "AGE-SECRET") || regexp.MustCompile(`\son[a-z]+=`).MatchString(letter) {
		t.Error("the letter holds a key or a handler")
	}
	info, err := os.Stat(filepath.Join(n.dir, filepath.FromSlash(person.Letter)))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the letter is %v, %v; want 0600", info.Mode(), err)
	}
}

// visible is the text of a page and the names of its elements.
func visible(t *testing.T, page string) (text string, elements map[string]bool) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	elements = make(map[string]bool)
	var b strings.Builder
	for n := range doc.Descendants() {
		switch n.Type {
		case html.ElementNode:
			elements[n.Data] = true
		case html.TextNode:
			b.WriteString(n.Data)
		}
	}
	return b.String(), elements
}

func TestLetterSquareFillsInTheCodeOnly(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	person := n.enrol(t, code)[0]
	letter := string(n.file(t, person.Letter))
	link := "https://schools.northmoor.example/#a=" + code
	want, err := qr.Encode(link, qr.M, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	size := want.Bounds().Dx()
	modules := drawn(t, regexp.MustCompile(`<path d="([^"]*)"`).FindStringSubmatch(letter)[1])
	for y := range size {
		for x := range size {
			r, _, _, _ := want.At(x, y).RGBA()
			if modules[[2]int{x + 4, y + 4}] != (r == 0) {
				t.Fatalf("module %d,%d of the square differs from the code for %s", x, y, link)
			}
		}
	}
}

// drawn gives the dark modules of the path.
func drawn(t *testing.T, path string) map[[2]int]bool {
	t.Helper()
	dark := make(map[[2]int]bool)
	runs := regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(path, -1)
	for _, r := range runs {
		x, y, w := atoi(t, r[1]), atoi(t, r[2]), atoi(t, r[3])
		for i := range w {
			dark[[2]int{x + i, y}] = true
		}
	}
	return dark
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSecretsThatOthersMayReadAreRefused(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows knows no such permissions")
	}
	n := newNorthmoor(t)
	for _, name := range []string{buildkeys.NamingFile, buildkeys.RootKeyFile, buildkeys.OfficerKeysDir + "/robin.id.age"} {
		file := filepath.Join(n.dir, filepath.FromSlash(name))
		if err := os.Chmod(file, 0o640); err != nil {
			t.Fatal(err)
		}
		_, err := enrol.Unlock(n.dir, "", n.pass.Typed())
		if err == nil || !strings.Contains(err.Error(), "run chmod 600 "+name) {
			t.Errorf("%s readable by a group: %v", name, err)
		}
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNothingPrivateIsReadableByOthers(t *testing.T) {
	if os.PathSeparator == '\\' {
		t.Skip("Windows knows no such permissions")
	}
	n := newNorthmoor(t)
	n.enrol(t, n.site.AccountCodes()[:2]...)
	err := filepath.WalkDir(filepath.Join(n.dir, "private"), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
