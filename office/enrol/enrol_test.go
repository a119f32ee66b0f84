package enrol_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"despatch/internal/buildkeys"
	"despatch/internal/keyring"
	"despatch/internal/naming"
	"despatch/internal/refusal"
	"despatch/office/enrol"
	"despatch/records/access"
)

func TestRingsHoldExactlyTheHoldings(t *testing.T) {
	n := newNorthmoor(t)
	var mu sync.Mutex
	identities := make(map[string]*keyring.Identity)
	n.office.SealsNoIdentities(func(id *keyring.Identity) {
		mu.Lock()
		defer mu.Unlock()
		identities[id.Code] = id
	})
	people := n.enrol(t, n.site.AccountCodes()...)
	n.check(t)
	for _, p := range people {
		r := n.ring(t, identities[p.Account.Code])
		var held []access.Compartment
		for _, place := range r.Places {
			c := access.Compartment{School: strings.TrimPrefix(place.School, "-"), Kind: place.Kind}
			held = append(held, c)
			if plain, err := place.Key.Open(n.seal(t, c, "x")); err != nil || string(plain) != "x" {
				t.Errorf("%s: %s does not open: %v", p.Account.Code, c.ID(), err)
			}
			if k := n.keys(t).Naming; place.Root != k.Root(c.ID()) || place.Secret != k.Secret(c.ID(), place.Epoch) {
				t.Errorf("%s: root or secret of %s is another", p.Account.Code, c.ID())
			}
		}
		if want := n.site.Holdings(p.Account); !slices.Equal(held, want) {
			t.Errorf("%s holds %v, want %v", p.Account.Code, held, want)
		}
		if r.Holder != p.Account.Name {
			t.Errorf("%s: holder %q, want %q", p.Account.Code, r.Holder, p.Account.Name)
		}
	}
}

func TestEnrolAgainReplacesTheKeys(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	first := n.enrol(t, code)[0]
	before := n.keys(t).Parsed
	if _, err := n.office.Enrol(context.Background(), n.site, []string{code}, day2, nil); err == nil || !strings.Contains(err.Error(), "--again") {
		t.Errorf("enrolled twice: %v", err)
	}
	old := n.identity(t, first)
	people, _, err := n.office.Replace(context.Background(), n.site, []string{code}, day2, nil)
	if err != nil {
		t.Fatal(err)
	}
	sealed := n.file(t, buildkeys.IdentityPath(naming.OpaqueAccount(code)))
	if _, err := keyring.OpenIdentity(sealed, first.Passphrase.Typed()); refusal.Of(err) != refusal.Locked {
		t.Errorf("the old passphrase gives %v, want locked", err)
	}
	id := n.identity(t, people[0])
	if id.SigningKey() == old.SigningKey() || id.Key.Recipient() == old.Key.Recipient() {
		t.Error("a key stayed the same")
	}
	n.check(t)
	after := n.keys(t).Parsed
	if after.Serial != before.Serial+1 || len(after.Accounts) != 2 {
		t.Errorf("keys file went from serial %d to %d with %d lines", before.Serial, after.Serial, len(after.Accounts))
	}
	for _, a := range after.Accounts {
		if a.Key == old.SigningKey() && !a.Until.Equal(day2) {
			t.Errorf("the old signing key ends at %v, want %v", a.Until, day2)
		}
	}
}

func TestEnrolRefuses(t *testing.T) {
	n := newNorthmoor(t)
	code := n.site.AccountCodes()[0]
	n.site.Accounts["ZZZZZZZ0"] = &access.Account{Code: "ZZZZZZZ0", Name: "Nobody"}
	for _, c := range []struct{ code, want string }{
		{"ZZZZZZZZ", "there is no account ZZZZ-ZZZZ: content/accounts/zzzzzzzz.yaml is not there"},
		{"ZZZZZZZ0", "may read nothing"},
	} {
		_, err := n.office.Enrol(context.Background(), n.site, []string{code, c.code}, day1, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.code, err, c.want)
		}
	}
	if ids, err := buildkeys.Accounts(n.dir); err != nil || len(ids) != 0 {
		t.Errorf("a refused command made keys of %v (%v)", ids, err)
	}
}

func TestUnlockRefuses(t *testing.T) {
	n := newNorthmoor(t)
	wrong, err := keyring.ParseTyped("legal winner thank year wave sausage worth")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enrol.Unlock(n.dir, "", wrong); refusal.Of(err) != refusal.Locked || !strings.Contains(err.Error(), "officer robin: the passphrase is wrong") {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := enrol.Unlock(n.dir, "ash", wrong); err == nil || !strings.Contains(err.Error(), `there is no officer "ash" (there are: robin)`) {
		t.Errorf("unknown officer: %v", err)
	}
	if _, err := enrol.Unlock(t.TempDir(), "", wrong); err == nil || !strings.Contains(err.Error(), "no keys yet") {
		t.Errorf("no keys: %v", err)
	}
	if _, err := enrol.Init(n.dir, "robin", day1); err == nil || !strings.Contains(err.Error(), "has keys already") {
		t.Errorf("second init: %v", err)
	}
	if p, err := enrol.Init(t.TempDir(), "Robin Vale", day1); err == nil {
		t.Errorf("an officer with a space in the name was made (%v)", p)
	}
}
