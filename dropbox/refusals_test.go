package dropbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"despatch/dropbox"
	"despatch/dropbox/boxkeys"
	"despatch/dropbox/intake"
	"despatch/dropbox/login"
	"despatch/internal/register"
	"despatch/internal/signin"
	"despatch/internal/sitehost"
	"despatch/internal/sshsig"
)

func TestDepositsThatAreRefusedLeaveNothing(t *testing.T) {
	b, all := boxOf(t, 2, true)
	p, foreign := all[0], all[1]
	good, slot := deposit(t), hashOf([]byte("slot"))
	post := func(path string, data []byte, header ...string) answer {
		return b.do(t, p, http.MethodPost, path, data, header...)
	}
	at := func(data []byte, school, slot string) string {
		return "/box/deposits/" + hashOf(data) + "?school=" + school + "&slot=" + slot
	}
	one := bytes.Replace(good, []byte(stanza(2)), nil, 1)
	short := good[:len(good)-1]
	large := make([]byte, intake.Largest+1)
	before := b.Log.Newest().After.Size
	wantCode(t, "no session", b.do(t, nil, http.MethodPost, at(good, p.school, slot), good), 401, "signed-out")
	wantCode(t, "another cookie", b.do(t, &person{cookie: "MTc5"}, http.MethodPost, at(good, p.school, slot), good), 401, "signed-out")
	wantCode(t, "another school", post(at(good, foreign.school, slot), good), 403, "school")
	wantCode(t, "no school", post(at(good, "", slot), good), 403, "school")
	wantCode(t, "no slot", post(at(good, p.school, ""), good), 422, "malformed")
	wantCode(t, "a slot with a slash", post(at(good, p.school, slot[:63]+"%2F"), good), 422, "malformed")
	wantCode(t, "a name that is no hash", post("/box/deposits/x?school="+p.school+"&slot="+slot, good), 422, "malformed")
	wantCode(t, "another hash", post(at(short, p.school, slot), good), 422, "mismatch")
	wantCode(t, "nothing", post(at(nil, p.school, slot), nil), 422, "malformed")
	wantCode(t, "one stanza", post(at(one, p.school, slot), one), 422, "malformed")
	wantCode(t, "not padded", post(at(short, p.school, slot), short), 422, "malformed")
	wantCode(t, "plain text", post(at([]byte("hello"), p.school, slot), []byte("hello")), 422, "malformed")
	wantCode(t, "too large", post(at(large, p.school, slot), large), 413, "too-large")
	wantCode(t, "from another site", post(at(good, p.school, slot), good, "Sec-Fetch-Site", "cross-site"), 403, "cross-origin")
	wantCode(t, "from another origin", post(at(good, p.school, slot), good, "Origin", "https://evil.example"), 403, "cross-origin")
	wantCode(t, "another method", b.do(t, p, http.MethodPut, at(good, p.school, slot), good), 405, "method")
	wantCode(t, "another path", post("/box/deposit", good), 404, "not-there")
	for e := range b.Store.List(t.Context(), "deposit/") {
		t.Errorf("a refused deposit left %s", e.Key)
	}
	for e := range b.Store.List(t.Context(), "slot/") {
		t.Errorf("a refused deposit left %s", e.Key)
	}
	if after := b.Log.Newest().After.Size; after != before {
		t.Errorf("refused deposits added %d leaves", after-before)
	}
	if a := post(at(good, p.school, slot), good); a.status != http.StatusCreated {
		t.Errorf("after all that a good one gave %d %s", a.status, a.body)
	}
}

func TestQuotasHoldForAccountAndSchoolAndEndWithTheDay(t *testing.T) {
	s := newStore(t)
	b := openBox(t, s)
	all := people(3, false)
	r := registerOf(1, all, func(a *register.Account) { a.Quota = 1 })
	r.Schools[0].Quota = 2
	b.putRegister(t, r)
	sent := map[string]int{}
	for _, p := range all {
		b.signIn(t, p)
		for {
			a := b.send(t, p, deposit(t), "")
			if a.status != http.StatusCreated {
				wantCode(t, "beyond the quota", a, 429, "quota")
				break
			}
			sent[p.account]++
		}
	}
	each, size := (1<<20)/len(deposit(t)), len(deposit(t))
	school := (2 << 20) / size
	if sent[all[0].account] != each || sent[all[1].account] != each || sent[all[2].account] != school-2*each {
		t.Errorf("taken were %v; one account may %d, the school %d", sent, each, school)
	}
	other := openBox(t, s)
	wantCode(t, "on a replica that has just begun", other.send(t, all[0], deposit(t), ""), 429, "quota")
	b.clock.move(24 * time.Hour)
	b.signIn(t, all[0])
	if a := b.send(t, all[0], deposit(t), ""); a.status != http.StatusCreated {
		t.Errorf("the next day gave %d %s", a.status, a.body)
	}
}

func TestSignInsThatAreRefusedTellNothing(t *testing.T) {
	s := newStore(t)
	b, other := openBox(t, s), openBox(t, newStore(t), func(s *dropbox.Server) {
		s.Door.Rotate([]boxkeys.Cookie{cookieKey(9, time.Now().Add(-time.Hour))})
	})
	all := people(2, true)
	p := all[0]
	r := registerOf(1, all)
	for i := range r.Accounts {
		if r.Accounts[i].Opaque == all[1].account {
			r.Accounts[i].State = register.Suspended
		}
	}
	b.putRegister(t, r)
	used := b.nonce(t)
	if a, _ := b.login(t, p.account, signin.Sign(used, p.private)); a.status != http.StatusOK {
		t.Fatalf("a good sign-in: %d %s", a.status, a.body)
	}
	text := func(change func(*signin.Text)) signin.Text {
		n := b.nonce(t)
		change(&n)
		return n
	}
	same := func(*signin.Text) {}
	elsewhere := text(func(n *signin.Text) { n.Origin = "https://box.evil.example" })
	longer := text(func(n *signin.Text) { n.Expiry = n.Expiry.Add(time.Minute) })
	made := text(func(n *signin.Text) { n.Nonce = strings.Repeat("A", 64) })
	var bodies [][]byte
	for _, c := range []struct {
		name    string
		account string
		signed  []byte
	}{
		{"nobody's account", opaque("account", 99), signin.Sign(text(same), p.private)},
		{"a suspended account", all[1].account, signin.Sign(text(same), all[1].private)},
		{"another's key", p.account, signin.Sign(text(same), all[1].private)},
		{"a nonce used before", p.account, signin.Sign(used, p.private)},
		{"a nonce of another box", p.account, signin.Sign(other.nonce(t), p.private)},
		{"a nonce that nobody gave", p.account, signin.Sign(made, p.private)},
		{"a nonce with a later end", p.account, signin.Sign(longer, p.private)},
		{"a sign-in for another box", p.account, signin.Sign(elsewhere, p.private)},
		{"no signature", p.account, []byte("x")},
		{"an account that is none", "../" + p.account, signin.Sign(text(same), p.private)},
	} {
		a, cookie := b.login(t, c.account, c.signed)
		wantCode(t, c.name, a, 401, "refused")
		if cookie != "" {
			t.Errorf("%s: a cookie was given", c.name)
		}
		bodies = append(bodies, a.body)
	}
	late := b.nonce(t)
	b.clock.move(3 * time.Minute)
	a, _ := b.login(t, p.account, signin.Sign(late, p.private))
	wantCode(t, "a nonce that has expired", a, 401, "refused")
	for _, body := range append(bodies, a.body) {
		if !bytes.Equal(body, bodies[0]) {
			t.Errorf("refusals differ:\n%s%s", bodies[0], body)
		}
	}
	for _, bad := range []string{"", "[]", `{"account":"x"}`, `{"account":"x","signed":"y","more":1}`, `{"account":"x","signed":"y"}{}`, `{"account":1,"signed":"y"}`} {
		wantCode(t, bad, b.do(t, nil, http.MethodPost, "/box/login", []byte(bad)), 400, "malformed")
	}
	wantCode(t, "a long one", b.do(t, nil, http.MethodPost, "/box/login", make([]byte, 9<<10)), 413, "too-large")
}

func TestSessionsEndAtOnceOnEveryReplica(t *testing.T) {
	s := newStore(t)
	one, two := openBox(t, s), openBox(t, s)
	all := people(3, false)
	one.putRegister(t, registerOf(1, all))
	in := func(name string, p *person, want bool) {
		t.Helper()
		for i, b := range []*box{one, two} {
			if a := b.do(t, p, http.MethodGet, "/box/session", nil); (a.status == http.StatusOK) != want {
				t.Errorf("%s: replica %d answers %d", name, i, a.status)
			}
		}
	}
	p, q := all[0], all[1]
	one.signIn(t, p)
	phone := &person{account: p.account, private: p.private}
	two.signIn(t, phone)
	two.signIn(t, q)
	in("signed in", p, true)
	if a := two.do(t, p, http.MethodPost, "/box/logout", nil); a.status != http.StatusNoContent {
		t.Errorf("logout: %d", a.status)
	}
	in("a cookie that was copied before logout", p, false)
	in("the same person's phone", phone, true)
	one.signIn(t, p)
	if a := one.do(t, p, http.MethodPost, "/box/logout-everywhere", nil); a.status != http.StatusNoContent {
		t.Errorf("logout everywhere: %d", a.status)
	}
	in("after logout everywhere", p, false)
	in("the phone after logout everywhere", phone, false)
	in("another person", q, true)
	for _, b := range []*box{one, two} {
		a := b.do(t, phone, http.MethodGet, "/box/session", nil)
		if a.status != http.StatusUnauthorized || a.code != "left" || !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("the phone after logout everywhere: %d %q, cookie %q", a.status, a.code, a.header.Get("Set-Cookie"))
		}
	}
	two.signIn(t, phone)
	in("the phone, signed in again", phone, true)

	one.signIn(t, p)
	one.putRegister(t, registerOf(2, all, func(a *register.Account) {
		if a.Opaque == p.account {
			a.State = register.Suspended
		}
	}))
	in("suspended", p, false)
	in("another person", q, true)
	one.putRegister(t, registerOf(3, all[:1]))
	in("taken out of the register", q, false)
	in("let in again", p, true)
	one.putRegister(t, registerOf(4, all, func(a *register.Account) { a.Key = sshsig.PublicOf(key(9)) }))
	in("with a new key", p, false)
	one.putRegister(t, registerOf(5, all))
	in("with the old key again", p, true)
	for _, b := range []*box{one, two} {
		b.clock.move(10*time.Hour + 3*time.Minute)
	}
	in("after ten hours", p, false)
	must(t, one.Door.Sweep(t.Context()))
	for _, prefix := range []string{"session/", "nonce/"} {
		for e := range s.List(t.Context(), prefix) {
			t.Errorf("after a sweep there is %s", e.Key)
		}
	}
}

func TestASchoolThatIsTakenAwayCannotBeDepositedFor(t *testing.T) {
	b, all := boxOf(t, 2, true)
	b.putRegister(t, registerOf(2, all, func(a *register.Account) {
		if a.Opaque == all[0].account {
			a.Schools = []string{all[1].school}
		}
	}))
	wantCode(t, "the old school", b.send(t, all[0], deposit(t), ""), 403, "school")
}

func TestCookieKeysRotate(t *testing.T) {
	b, all := boxOf(t, 1, false)
	p := all[0]
	in := func(name string, want bool) {
		t.Helper()
		if a := b.do(t, p, http.MethodGet, "/box/session", nil); (a.status == http.StatusOK) != want {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	first := cookieKey(1, time.Now().Add(-time.Hour))
	second := cookieKey(2, time.Now().Add(10*time.Minute))
	b.Door.Rotate([]boxkeys.Cookie{first, second})
	in("a new key that is not used yet", true)
	b.clock.move(11 * time.Minute)
	in("a cookie of the old key", true)
	old := p.cookie
	b.signIn(t, p)
	in("a cookie of the new key", true)
	b.Door.Rotate([]boxkeys.Cookie{second})
	in("a cookie of the new key without the old one", true)
	p.cookie = old
	in("a cookie of a key that is gone", false)
	b.Door.Rotate([]boxkeys.Cookie{cookieKey(3, time.Now().Add(-time.Hour))})
	in("other keys", false)
}

func TestTheRegisterOnlyGoesForward(t *testing.T) {
	s := newStore(t)
	one, two := openBox(t, s), openBox(t, s)
	all := people(1, false)
	wantCode(t, "a sign-in before there is a register", one.do(t, nil, http.MethodPost, "/box/login", []byte(`{"account":"x","signed":"y"}`)), 503, "no-register")
	if a := one.putRegister(t, registerOf(5, all)); a.status != 200 || string(a.body) != "{\"serial\":5}\n" {
		t.Errorf("serial 5: %d %s", a.status, a.body)
	}
	if a := two.putRegister(t, registerOf(5, all)); a.status != 200 {
		t.Errorf("serial 5 again: %d %s", a.status, a.body)
	}
	wantCode(t, "another register of serial 5", two.putRegister(t, registerOf(5, nil)), 409, "rollback")
	wantCode(t, "serial 4", two.putRegister(t, registerOf(4, all)), 409, "rollback")
	forged := register.Format(registerOf(6, all), key(9))
	wantCode(t, "another root", two.do(t, nil, http.MethodPut, "/register", forged), 403, "signature")
	wantCode(t, "no register", two.do(t, nil, http.MethodPut, "/register", []byte("x\n")), 422, "malformed")
	if a := two.putRegister(t, registerOf(9, all)); a.status != 200 {
		t.Errorf("serial 9: %d %s", a.status, a.body)
	}
	one.signIn(t, all[0])
}

// TestEveryRouteHoldsToItsRule tries every route as everybody. A new route without
// a row here fails.
func TestEveryRouteHoldsToItsRule(t *testing.T) {
	b := openBox(t, newStore(t))
	all := people(4, true)
	own, foreign, suspended, office := all[0], all[1], all[2], all[3]
	b.putRegister(t, registerOf(1, all))
	for _, p := range all {
		b.signIn(t, p)
	}
	data := deposit(t)
	sent := b.send(t, own, data, "")
	slot := verified(t, sent.body, data).Leaf.Slot
	b.putRegister(t, registerOf(2, all, func(a *register.Account) {
		switch a.Opaque {
		case suspended.account:
			a.State = register.Suspended
		case office.account:
			a.State, a.Schools = register.Collector, nil
		}
	}))
	id := hashOf(data)
	who := []string{"nobody", "own school", "other school", "suspended", "collector"}
	persons := []*person{nil, own, foreign, suspended, office}
	want := map[string][5]int{ // by who
		"PUT /register":                 {409, 409, 409, 409, 409},
		"GET /box/nonce":                {200, 200, 200, 200, 200},
		"POST /box/login":               {400, 400, 400, 400, 400},
		"GET /box/session":              {401, 200, 200, 401, 200},
		"POST /box/deposits/{deposit}":  {401, 200, 403, 401, 404},
		"GET /box/deposits/{deposit}":   {401, 200, 404, 401, 200},
		"OPTIONS /box/uploads":          {401, 200, 200, 401, 404},
		"POST /box/uploads":             {401, 201, 403, 401, 404},
		"HEAD /box/uploads/{deposit}":   {401, 200, 404, 401, 404},
		"PATCH /box/uploads/{deposit}":  {401, 204, 404, 401, 404},
		"DELETE /box/uploads/{deposit}": {401, 409, 404, 401, 404},
		"POST /box/uploads/{deposit}":   {401, 204, 404, 401, 404},
		"GET /box/receipts":             {401, 200, 200, 401, 404},
		"GET /box/receipts/{deposit}":   {401, 200, 404, 401, 200},
		"GET /box/slots/{slot}":         {401, 200, 404, 401, 404},
		"GET /box/drafts":               {401, 200, 200, 401, 404},
		"POST /box/drafts/{draft}":      {401, 201, 201, 401, 404},
		"GET /box/drafts/{draft}":       {401, 200, 200, 401, 404},
		"DELETE /box/drafts/{draft}":    {401, 204, 204, 401, 404},
		"GET /box/heads/{number}":       {401, 404, 404, 401, 200},
		"GET /log/checkpoint":           {200, 200, 200, 200, 200},
		"GET /log/tile/{path...}":       {200, 200, 200, 200, 200},
		"POST /box/logout":              {401, 204, 204, 401, 204},
		"POST /box/logout-everywhere":   {401, 204, 204, 401, 204},
	}
	routes := dropbox.Routes()
	if len(routes) != len(want) {
		t.Errorf("there are %d routes and %d rules", len(routes), len(want))
	}
	// Those that end the session come last.
	slices.SortStableFunc(routes, func(x, y string) int {
		return boolInt(strings.Contains(x, "logout")) - boolInt(strings.Contains(y, "logout"))
	})
	for _, route := range routes {
		rule, ok := want[route]
		if !ok {
			t.Errorf("%s has no rule in this test", route)
			continue
		}
		method, pattern, _ := strings.Cut(route, " ")
		path := strings.NewReplacer("{deposit}", id, "{draft}", draftID, "{slot}", slot, "{number}", "1", "{path...}", "0/000.p/1").Replace(pattern)
		var body []byte
		var header []string
		switch route {
		case "PUT /register":
			body = register.Format(registerOf(1, all), key(1))
		case "POST /box/deposits/{deposit}":
			path += "?school=" + own.school + "&slot=" + hashOf([]byte(route))
			body = data
		case "GET /box/receipts/{deposit}":
			path += "?account=" + own.account // only the office is given another's
		case "POST /box/uploads", "PATCH /box/uploads/{deposit}", "DELETE /box/uploads/{deposit}", "POST /box/uploads/{deposit}":
			header = []string{"Tus-Resumable", "1.0.0", "Content-Type", "application/offset+octet-stream", "Upload-Offset", strconv.Itoa(len(data))}
			if pattern == "/box/uploads" {
				header = append(created(own, data, hashOf([]byte(route))), "Content-Type", "text/plain")
			} else if method == http.MethodPost {
				header = append(header, "X-HTTP-Method-Override", "PATCH")
			}
		case "POST /box/drafts/{draft}":
			path += "?after=-"
			body = draft(t)
		}
		for i, p := range persons {
			if p != nil && strings.Contains(route, "logout") && rule[i] == 204 {
				b.signIn(t, p)
			}
			a := b.do(t, p, method, path, body, header...)
			if a.status != rule[i] {
				t.Errorf("%s as %s: %d, want %d\n%s", route, who[i], a.status, rule[i], a.body)
			}
			strictHeaders(t, route, a)
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// strictHeaders holds an answer to the headers that all have.
func strictHeaders(t *testing.T, name string, a answer) {
	t.Helper()
	for header, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s (%d): %s is %q", name, a.status, header, got)
		}
	}
	if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("%s (%d): policy %q", name, a.status, policy)
	}
	if a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s (%d) is open to other origins", name, a.status)
	}
}

func TestOnlyThePortalMaySpeakFromElsewhere(t *testing.T) {
	const portal = "https://portal.northmoor.example"
	b := openBox(t, newStore(t), func(s *dropbox.Server) { s.Portal = portal })
	all := people(1, false)
	b.putRegister(t, registerOf(1, all))
	b.signIn(t, all[0])
	asked := b.do(t, nil, http.MethodOptions, "/box/logout", nil, "Origin", portal, "Access-Control-Request-Method", "POST")
	if asked.status != 204 || asked.header.Get("Access-Control-Allow-Origin") != portal || asked.header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("the portal asks: %d %v", asked.status, asked.header)
	}
	for _, origin := range []string{"https://evil.example", "https://portal.northmoor.example.evil.example", "null", "http://portal.northmoor.example"} {
		a := b.do(t, nil, http.MethodOptions, "/box/logout", nil, "Origin", origin, "Access-Control-Request-Method", "POST")
		if a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s is allowed", origin)
		}
		wantCode(t, origin, b.do(t, all[0], http.MethodPost, "/box/logout", nil, "Origin", origin, "Sec-Fetch-Site", "cross-site"), 403, "cross-origin")
	}
	if a := b.do(t, all[0], http.MethodPost, "/box/logout", nil, "Origin", portal, "Sec-Fetch-Site", "same-site"); a.status != 204 {
		t.Errorf("the portal signs out: %d %s", a.status, a.body)
	}
}

// TestSchoolsBehindOneAddressDoNotHurtOneAnother: a county's schools sign in at
// once from one address; one account that goes wild is stopped alone.
func TestSchoolsBehindOneAddressDoNotHurtOneAnother(t *testing.T) {
	b, all := boxOf(t, 120, true)
	wild := all[0]
	stopped := 0
	for range 300 {
		if a := b.do(t, wild, http.MethodGet, "/box/session", nil); a.status == http.StatusTooManyRequests {
			wantCode(t, "too many", a, 429, "slow-down")
			if a.header.Get("Retry-After") == "" {
				t.Error("nobody is told when to try again")
			}
			stopped++
		}
	}
	if stopped == 0 {
		t.Error("an account may ask 300 times at once")
	}
	for _, p := range all[1:] {
		if a := b.do(t, p, http.MethodGet, "/box/session", nil); a.status != http.StatusOK {
			t.Fatalf("another school is answered %d", a.status)
		}
	}
	strangers := 0
	for range 3000 {
		if b.do(t, nil, http.MethodGet, "/log/checkpoint", nil).status == http.StatusTooManyRequests {
			strangers++
		}
	}
	if strangers == 0 {
		t.Error("an address without a session may ask 3000 times at once")
	}
	if a := b.do(t, all[1], http.MethodGet, "/box/session", nil); a.status != http.StatusOK {
		t.Errorf("a session from that address is answered %d", a.status)
	}
}

// TestTheLogHoldsNoNames drives every kind of request and looks for what could
// name somebody in every line.
func TestTheLogHoldsNoNames(t *testing.T) {
	b, all := boxOf(t, 1, false)
	p := all[0]
	data := deposit(t)
	b.send(t, p, data, "")
	b.do(t, p, http.MethodGet, "/box/deposits/"+hashOf(data), nil, "User-Agent", "canary")
	b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf([]byte("x")), nil, "X-Forwarded-For", "192.0.2.77")
	b.do(t, nil, http.MethodGet, "/box/canary?canary=1", nil)
	must(t, b.Store.PutNew(t.Context(), "logged/"+p.account+"/"+hashOf([]byte("broken")), []byte("x")))
	broken := b.do(t, p, http.MethodGet, "/box/receipts/"+hashOf([]byte("broken")), nil)
	wantCode(t, "a broken store", broken, 500, "error")
	text := b.journal.String()
	for _, canary := range []string{p.account, p.school, hashOf(data), hashOf([]byte("broken")), p.cookie[:20], "canary", "192.0.2.77", "127.0.0.1", "ssh-ed25519"} {
		if strings.Contains(text, canary) {
			t.Errorf("the log holds %q", canary)
		}
	}
	var told struct{ Reference string }
	must(t, json.Unmarshal(broken.body, &told))
	if told.Reference == "" || !strings.Contains(text, told.Reference) {
		t.Errorf("the reference %q of an error does not stand in the log", told.Reference)
	}
	lines := 0
	for line := range strings.Lines(text) {
		lines++
		var keys map[string]any
		if err := json.Unmarshal([]byte(line), &keys); err != nil {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
		for k := range keys {
			if !slices.Contains(dropbox.LogKeys, k) {
				t.Errorf("the log has the key %q", k)
			}
		}
	}
	if lines < 8 {
		t.Errorf("the log has %d lines", lines)
	}
	b.Journal.Info("x", "account", "a name", "cause", "fine")
	if text := b.journal.String(); strings.Contains(text, "a name") || !strings.Contains(text, "fine") {
		t.Error("a key that is not on the list is logged")
	}
}

func TestTheSiteIsServedBesideTheBox(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	write := func(name, text string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
	}
	write("index.html", "<p>shell</p>")
	write("404.html", "<p>not here</p>")
	write("head", "despatch-head 1\nserial 7\n")
	write("b/aa/x.0123456789abcdef.age", "sealed")
	must(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "secret"), []byte("secret"), 0o600))
	must(t, os.Symlink("../secret", filepath.Join(dir, "link")))
	site, err := sitehost.OpenFolder(dir)
	must(t, err)
	b := openBox(t, newStore(t), func(s *dropbox.Server) { s.Site = site })
	for path, want := range map[string]struct {
		status      int
		text, cache string
	}{
		"/":                            {200, "shell", "no-cache"},
		"/head":                        {200, "serial 7", "no-cache"},
		"/b/aa/x.0123456789abcdef.age": {200, "sealed", "public, max-age=31536000, immutable"},
		"/nowhere":                     {404, "not here", "no-cache"},
		"/link":                        {404, "not here", "no-cache"},
		"/..%2fsecret":                 {404, "not here", "no-cache"},
		"/box/nonce":                   {200, "nonce", "no-store"},
	} {
		a := b.do(t, nil, http.MethodGet, path, nil)
		if a.status != want.status || !strings.Contains(string(a.body), want.text) || a.header.Get("Cache-Control") != want.cache {
			t.Errorf("%s: %d, cache %q, %.60q", path, a.status, a.header.Get("Cache-Control"), a.body)
		}
		strictHeaders(t, path, a)
	}
	wantStatus := b.do(t, nil, http.MethodPost, "/index.html", nil)
	if wantStatus.status != http.StatusMethodNotAllowed {
		t.Errorf("the site is written to: %d", wantStatus.status)
	}
	if site.Serial() != 7 {
		t.Errorf("the site's serial is %d", site.Serial())
	}
	// Another folder takes the first one's place.
	must(t, os.Rename(dir, dir+".old"))
	write("index.html", "<p>new shell</p>")
	write("head", "despatch-head 1\nserial 8\n")
	must(t, site.Look())
	if a := b.do(t, nil, http.MethodGet, "/", nil); !strings.Contains(string(a.body), "new shell") || site.Serial() != 8 {
		t.Errorf("after an exchange: %s, serial %d", a.body, site.Serial())
	}
}

func TestOperationsTellWhetherTheBoxIsReady(t *testing.T) {
	b, all := boxOf(t, 1, false)
	b.send(t, all[0], deposit(t), "")
	get := func(path string) (int, string) {
		w := newRecorder()
		b.Operations().ServeHTTP(w, mustRequest(t, path))
		return w.Code, w.Body.String()
	}
	if code, text := get("/healthz"); code != 200 {
		t.Errorf("health: %d %s", code, text)
	}
	if code, text := get("/readyz"); code != 200 {
		t.Errorf("ready: %d %s", code, text)
	}
	_, text := get("/metrics")
	for _, want := range []string{"despatchbox_deposits_total 1", "despatchbox_log_leaves 2", `despatchbox_requests_total{code="",route="POST /box/deposits/{deposit}",status="201"} 1`} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics do not say %s", want)
		}
	}
	if strings.Contains(text, all[0].account) || strings.Contains(text, all[0].school) {
		t.Error("metrics name somebody")
	}
	b.Drain()
	if code, text := get("/readyz"); code != 503 || !strings.Contains(text, "draining") {
		t.Errorf("while draining: %d %s", code, text)
	}
}

// The cookie is bound to its host, to TLS and to its site, and hidden from scripts.
func TestTheCookieIsBound(t *testing.T) {
	b, all := boxOf(t, 1, false)
	a, _ := b.login(t, all[0].account, signin.Sign(b.nonce(t), all[0].private))
	cookie := a.header.Get("Set-Cookie")
	for _, want := range []string{login.Cookie + "=", "Path=/", "Max-Age=", "HttpOnly", "Secure", "SameSite=Strict"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie has no %s: %s", want, cookie)
		}
	}
	if strings.Contains(cookie, "Domain=") || !strings.HasPrefix(login.Cookie, "__Host-") {
		t.Errorf("the cookie is not bound to its host: %s", cookie)
	}
}
