package collect_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"despatch/generator/source"
	"despatch/internal/auditlog"
	"despatch/internal/buildkeys"
	"despatch/internal/durable"
	"despatch/internal/envelope"
	"despatch/internal/keyring"
	"despatch/internal/keysfile"
	"despatch/internal/naming"
	"despatch/internal/receipt"
	"despatch/internal/sshsig"
	"despatch/office/collect"
	"despatch/office/skeleton"
	"despatch/records/access"
	"despatch/records/datareturn"
	"despatch/records/school"
)

const (
	benchSchools = 100
	benchReturns = 10
	perHead      = 256
)

// A county is an authority with a drop-box in which every school has answered every
// return: the box serves its log out of memory, so that what is measured is collect.
type county struct {
	dir   string
	keys  *keysfile.Keys
	name  naming.Key
	inbox keyring.Key
	box   string
	heads [][]byte
	blobs map[string][]byte // sealed deposits by id
	// checkpoint is the log's last, receipts are those of the deposits by id.
	checkpoint []byte
	receipts   map[string][]byte
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func write(b testing.TB, dir, name, text string) {
	b.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	must(b, os.MkdirAll(filepath.Dir(file), 0o755))
	must(b, os.WriteFile(file, []byte(text), 0o644))
}

// newCounty makes the authority's folder, and a drop-box that serves what the schools
// sent.
func newCounty(b testing.TB) *county {
	b.Helper()
	c := &county{dir: b.TempDir(), blobs: make(map[string][]byte), receipts: make(map[string][]byte)}
	must(b, skeleton.Write(c.dir, "Northmoor County Council", "999"))
	var err error
	c.name, err = naming.New(rand.Reader)
	must(b, err)
	c.inbox, err = keyring.NewKey()
	must(b, err)
	var forms []*source.Return
	for i := range benchReturns {
		id := fmt.Sprintf("2026-11-02-b%03d-places", i)
		write(b, c.dir, "content/returns/2026/"+id+".yaml", fmt.Sprintf("format: 1\ntitle: Places %d\npublished: 2026-11-02\ndue: 2026-12-18\naudience: [headteachers]\nfields:\n  - {id: roll, label: Number on roll %d, type: number, required: true}\n", i, i))
	}
	server := httptest.NewServer(http.HandlerFunc(c.serve))
	b.Cleanup(server.Close)
	c.box = server.URL
	c.keys = &keysfile.Keys{Box: c.box, Inboxes: []keysfile.Inbox{{Service: "returns", Recipient: c.inbox.Recipient()}}}
	forms = c.forms(b)
	_, logPrivate, err := ed25519.GenerateKey(rand.Reader)
	must(b, err)
	signer, verifier, err := auditlog.Key(auditlog.Name(c.box), logPrivate)
	must(b, err)
	_, receiptKey, err := ed25519.GenerateKey(rand.Reader)
	must(b, err)
	c.keys.Logs, c.keys.Receipts = []string{verifier}, []sshsig.PublicKey{sshsig.PublicOf(receiptKey)}
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var leaves []auditlog.Leaf
	for i := range benchSchools {
		leaves = append(leaves, c.school(b, fmt.Sprint(900001+i), i, forms, at)...)
	}
	c.log(b, leaves, signer, receiptKey)
	return c
}

// school adds a school with its head, who answers every return.
func (c *county) school(b testing.TB, urn string, i int, forms []*source.Return, at time.Time) (leaves []auditlog.Leaf) {
	b.Helper()
	code := fmt.Sprintf("%08d", 10000000+i)
	write(b, c.dir, "content/schools/"+urn+".yaml", fmt.Sprintf("format: 1\nurn: %q\nname: School %d\nstatus: %s\n", urn, i, school.Open))
	write(b, c.dir, "content/accounts/"+code+".yaml", fmt.Sprintf("format: 1\nname: Head %d\nemail: head%d@school.example\nschools:\n  - {school: %q, roles: [headteacher]}\n", i, i, urn))
	full := access.Compartment{School: urn, Kind: access.Returns.Kind(access.Full)}
	write(b, c.dir, buildkeys.RecipientsPath(urn), string(buildkeys.FormatRecipients([]buildkeys.Line{{Kind: full.Kind, Epoch: 1, Recipient: c.inbox.Recipient()}})))
	_, private, err := ed25519.GenerateKey(rand.Reader)
	must(b, err)
	account := naming.OpaqueAccount(code)
	c.keys.Accounts = append(c.keys.Accounts, keysfile.Account{Opaque: account, From: at.Add(-time.Hour), Key: sshsig.PublicOf(private)})
	own, err := keyring.NewKey()
	must(b, err)
	for n, f := range forms {
		payload, err := f.Payload(datareturn.Answers{Answers: []datareturn.Answer{{At: "roll", Value: strconv.Itoa(100 + i)}}})
		must(b, err)
		env := envelope.Envelope{
			ID: fmt.Sprintf("%032x", i*benchReturns+n), Kind: datareturn.Kind, Inbox: envelope.Fingerprint(c.inbox.Recipient()), Account: account, School: c.name.School(urn),
			Subject: c.name.Item(f.ID), SubjectHash: f.Hash(), FormHash: f.Hash(), Head: 1, Time: at,
		}
		sealed, err := keyring.SealTo([]string{c.inbox.Recipient(), own.Recipient()}, envelope.Format(env, payload, private))
		must(b, err)
		sum := sha256.Sum256(sealed)
		id := hex.EncodeToString(sum[:])
		c.blobs[id] = sealed
		leaf, err := auditlog.NewLeaf(auditlog.Record{
			Time: at, Account: account, School: env.School, Deposit: id, Size: int64(len(sealed)), Slot: envelope.Slot(c.name.Secret(full.ID(), 1), env.Subject, env.SubjectHash, 1),
		}, rand.Reader)
		must(b, err)
		leaves = append(leaves, leaf)
	}
	return leaves
}

// forms reads the returns as collect does.
func (c *county) forms(b testing.TB) (all []*source.Return) {
	b.Helper()
	folder, err := source.Open(c.dir)
	must(b, err)
	defer folder.Close()
	listing, _, err := folder.Scan()
	must(b, err)
	site, _ := folder.Site(listing)
	common, problems := folder.Common(listing, site)
	if len(common.Returns) != benchReturns {
		b.Fatalf("%d returns: %v", len(common.Returns), problems)
	}
	for i := range common.Returns {
		all = append(all, &common.Returns[i])
	}
	return all
}

// log makes the heads of the log and the receipts.
func (c *county) log(b testing.TB, leaves []auditlog.Leaf, signer note.Signer, receiptKey ed25519.PrivateKey) {
	b.Helper()
	var last *auditlog.Head
	for len(leaves) > 0 {
		n := min(perHead, len(leaves))
		h, err := auditlog.NewHead(last, leaves[:n], signer)
		must(b, err)
		for i, l := range h.Leaves {
			proof, err := h.Prove(i)
			must(b, err)
			c.receipts[l.Deposit] = receipt.Format(receipt.Receipt{Box: c.box, Leaf: l, Proof: proof}, receiptKey)
		}
		c.heads, c.checkpoint, last, leaves = append(c.heads, h.Format()), h.Checkpoint, h, leaves[n:]
	}
}

// serve is the drop-box.
func (c *county) serve(w http.ResponseWriter, r *http.Request) {
	var data []byte
	path := r.URL.Path
	switch name := path[strings.LastIndexByte(path, '/')+1:]; {
	case path == "/box/nonce":
		data, _ = json.Marshal(map[string]string{"origin": c.box, "nonce": strings.Repeat("n", 43), "expiry": time.Now().Add(time.Minute).UTC().Format(sshsig.TimeLayout)})
	case path == "/box/login":
		w.Header().Set("Set-Cookie", "__Host-despatch=x; Path=/; Secure")
		data = []byte("{}")
	case path == "/box/logout":
		w.WriteHeader(http.StatusNoContent)
		return
	case path == "/log/checkpoint":
		data = c.checkpoint
	case strings.HasPrefix(path, "/box/heads/"):
		if n, err := strconv.Atoi(name); err == nil && n <= len(c.heads) {
			data = c.heads[n-1]
		}
	case strings.HasPrefix(path, "/box/deposits/"):
		data = c.blobs[name]
	case strings.HasPrefix(path, "/box/receipts/"):
		data = c.receipts[name]
	}
	if data == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	_, _ = w.Write(data)
}

// collector is one that has collected nothing.
func (c *county) collector(b testing.TB) *collect.Collector {
	b.Helper()
	for _, left := range []string{"vault", "events"} {
		must(b, os.RemoveAll(filepath.Join(c.dir, left)))
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(b, err)
	return &collect.Collector{
		Dir: c.dir, Box: &collect.Box{Origin: c.box}, Key: key, Keys: c.keys, Naming: c.name,
		Open: func(string) (keyring.Key, error) { return c.inbox, nil }, Now: time.Now(),
	}
}

// BenchmarkCollect collects a thousand answers, each with its receipt, onto the disk
// of the temporary folder, each time beside the floor: the same bytes written as
// durably, in as many files and groups, by a program that knows them already.
func BenchmarkCollect(b *testing.B) {
	c := newCounty(b)
	deposits := benchSchools * benchReturns
	var floor time.Duration
	for b.Loop() {
		b.StopTimer()
		floor += c.floor(b)
		one := c.collector(b)
		b.StartTimer()
		done, err := one.Run(b.Context())
		if err != nil || len(done.Taken) != deposits || len(done.Held) > 0 {
			b.Fatalf("%d taken, %d held (%v): %v", len(done.Taken), len(done.Held), first(done.Held), err)
		}
	}
	b.ReportMetric(float64(deposits*b.N)/b.Elapsed().Seconds(), "deposits/s")
	b.ReportMetric(float64(deposits*b.N)/floor.Seconds(), "floor/s")
	b.ReportMetric(floor.Seconds()/b.Elapsed().Seconds(), "of-floor")
	b.ReportMetric(0, "ns/op")
}

// floor writes what a collection does: of each head a large file, and two small ones
// a deposit.
func (c *county) floor(b *testing.B) time.Duration {
	b.Helper()
	dir := b.TempDir()
	begun := time.Now()
	small := bytes.Repeat([]byte("x"), 500)
	left := slices.Collect(maps.Values(c.blobs))
	for n := 0; len(left) > 0; n++ {
		head := left[:min(perHead, len(left))]
		left = left[len(head):]
		all := durable.Together{Temps: dir}
		must(b, all.WriteFile(filepath.Join(dir, fmt.Sprint("head", n)), bytes.Join(head, nil), 0o600))
		for i := range 2 * len(head) {
			must(b, all.WriteFile(filepath.Join(dir, fmt.Sprint(n, "-", i)), small, 0o600))
		}
		must(b, all.Sync())
	}
	return time.Since(begun)
}

func first(held []collect.Held) string {
	if len(held) == 0 {
		return ""
	}
	return held[0].Why
}
