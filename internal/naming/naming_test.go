package naming_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"despatch/internal/naming"
)

func TestMineTellsOwnFilesFromThoseOfAnotherTeam(t *testing.T) {
	mine, other := naming.Key{1}, naming.Key{2}
	account := naming.OpaqueAccount("7KQ2M9XD")
	hash := ".0011223344556677.age"
	for name, path := range map[string]func(naming.Key) string{
		"pack":   func(k naming.Key) string { return k.Pack("900001/visits-full", 1, []byte("in")) + hash },
		"ring":   func(k naming.Key) string { return "k/" + account + "-" + k.RingMark(account) + ".ring" + hash },
		"public": func(k naming.Key) string { return k.Pub("mi-236-15") },
	} {
		if !mine.Mine(path(mine)) || mine.Mine(path(other)) || other.Mine(path(mine)) {
			t.Errorf("%s: not told apart", name)
		}
	}
	secret := mine.Secret("900001/visits-full", 1)
	for _, path := range []string{
		"", "head", "index.html", "b", "b/", "b/xx", "b/xx/short.age", "k/" + account + ".id.age", "k/" + account, "pub/", "pub/-.html", "pub/x.html",
		naming.IndexPath(secret) + hash, "manifest/000.0011223344556677",
	} {
		if mine.Mine(path) {
			t.Errorf("%q is taken for mine", path)
		}
	}
}

func TestNamesDependOnEveryInput(t *testing.T) {
	k := naming.Key{1}
	seen := make(map[string]string)
	add := func(name, what string) {
		if was, ok := seen[name]; ok {
			t.Errorf("%s and %s have the same name", was, what)
		}
		seen[name] = what
	}
	for _, key := range []naming.Key{k, {2}} {
		for _, id := range []string{"900001/visits-full", "900001/visits-audit", "900002/visits-full", "-/visits-full"} {
			add(key.Root(id), "root of "+id)
			for epoch := range 3 {
				secret := key.Secret(id, epoch+1)
				add(hex.EncodeToString(secret[:]), "secret")
				add(naming.IndexPath(secret), "index")
				for _, in := range []string{"", "a", "b"} {
					add(key.Pack(id, epoch+1, []byte(in)), fmt.Sprint("pack of ", id, epoch, in))
				}
			}
		}
		add(key.Page("x"), "page")
		add(key.Item("x"), "item")
	}
}

func TestReadAcceptsOnlyWhatFormatWrites(t *testing.T) {
	k, err := naming.New(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	text := string(k.Format())
	if got, err := naming.Read([]byte(text)); err != nil || got != k {
		t.Fatalf("it did not come back: %v", err)
	}
	for _, bad := range []string{"", "\n", text + "\n", strings.TrimSpace(text), " " + text, strings.Replace(text, "B", "!", 1), text[4:], strings.ReplaceAll(text, "\n", "\r\n"), text[:10] + "\n" + text[10:]} {
		if _, err := naming.Read([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, err := naming.New(strings.NewReader("short")); err == nil {
		t.Error("a short source of randomness made a key")
	}
	if s := fmt.Sprint(k) + fmt.Sprintf("%v %s", k, k); strings.Contains(s, "7 7") || !strings.Contains(s, "withheld") {
		t.Errorf("the key shows itself: %s", s)
	}
}
