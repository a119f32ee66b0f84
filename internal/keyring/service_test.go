package keyring_test

import (
	"bytes"
	"strings"
	"testing"

	"despatch/internal/keyring"
	"despatch/internal/refusal"
)

// TestAServiceIsReadAsItWasWrittenAndNoOtherwise cuts and changes every byte of a
// service's identity: what is still read is written the same.
func TestAServiceIsReadAsItWasWrittenAndNoOtherwise(t *testing.T) {
	s, err := keyring.NewService("night")
	if err != nil {
		t.Fatal(err)
	}
	text := keyring.FormatService(s)
	again, err := keyring.ParseService(text)
	if err != nil || again.Name != "night" || again.Key.Recipient() != s.Key.Recipient() {
		t.Fatalf("read back: %v, %v", again, err)
	}
	for i := range text {
		if _, err := keyring.ParseService(text[:i]); err == nil {
			t.Errorf("cut to %d bytes it is still read", i)
		}
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if got, err := keyring.ParseService(changed); err == nil && (!bytes.Equal(keyring.FormatService(got), changed) || got.Key.Recipient() == s.Key.Recipient() && got.Name == s.Name) {
			t.Errorf("with byte %d changed it is read as it was", i)
		}
	}
	newer := strings.Replace(string(text), "despatch-service 1", "despatch-service 2", 1)
	if _, err := keyring.ParseService([]byte(newer)); refusal.Of(err) != refusal.Newer {
		t.Errorf("a newer format: %v", err)
	}
	for _, name := range []string{"", "Night", "a/b", "../x", strings.Repeat("a", 65)} {
		if _, err := keyring.NewService(name); err == nil {
			t.Errorf("a service may be called %q", name)
		}
	}
}
