package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"despatch/generator/page"
	"despatch/generator/tree"
	"despatch/internal/bag"
	"despatch/internal/buildkeys"
	"despatch/internal/naming"
	"despatch/internal/sshsig"
	"despatch/records/calendar"
)

// The files of the proof, in proofDir.
const (
	rootFile    = "root.pub"
	signersFile = "allowed-signers"
	keysText    = "keys.txt"
	keysSig     = "keys.txt.sig"
	headText    = "head.txt"
	headSig     = "head.txt.sig"
	headsFile   = "heads.txt"
	sealedFile  = "published.txt"
	treeFolder  = "tree"
)

// principal is the name under which ssh-keygen looks for keys in signersFile.
const principal = "authority"

// Fingerprint is a public key's fingerprint as ssh-keygen -l prints it.
func Fingerprint(key sshsig.PublicKey) string {
	_, blob, _ := strings.Cut(key.String(), " ")
	raw, _ := base64.StdEncoding.DecodeString(blob) // we wrote it
	sum := sha256.Sum256(raw)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// proof gives the files that prove what was published: the signed head and keys
// file, the lists that name the school's sealed files, and who may sign; and the
// heads that were made here, oldest first.
func (m *making) proof() ([]bag.File, []page.HeadLine, error) {
	var files []bag.File
	add := func(name string, data []byte) {
		files = append(files, bag.File{Path: dataDir + proofDir + "/" + name, Data: data})
	}
	var sealed []string
	var list bytes.Buffer
	for _, e := range m.sealed {
		sealed = append(sealed, e.Path)
		fmt.Fprintf(&list, "%x  %s\n", e.Sum, e.Path)
	}
	add(sealedFile, list.Bytes())
	add(treeFolder+"/head", m.tree.Signed())
	for _, path := range m.tree.Proof(sealed) {
		data, err := os.ReadFile(filepath.Join(m.Dir, treeDir, filepath.FromSlash(path)))
		if err != nil {
			return nil, nil, err
		}
		add(treeFolder+"/"+path, data)
		if path != m.tree.Head.KeysEntry().Path {
			continue
		}
		if err := parted(data, keysText, keysSig, add); err != nil {
			return nil, nil, err
		}
	}
	if err := parted(m.tree.Signed(), headText, headSig, add); err != nil {
		return nil, nil, err
	}
	add(rootFile, []byte(m.keys.Root.String()+"\n"))
	add(signersFile, signers(m.tree.Keys.Root, m.tree.Keys.Heads))
	heads, err := m.heads()
	if err != nil {
		return nil, nil, err
	}
	var lines bytes.Buffer
	for _, h := range heads {
		fmt.Fprintf(&lines, "%s %s %s\n", h.SHA256, h.Serial, h.Date)
	}
	add(headsFile, lines.Bytes())
	return files, heads, nil
}

// parted adds a signed text in the two files that ssh-keygen wants.
func parted(signed []byte, text, sig string, add func(name string, data []byte)) error {
	t, s, err := sshsig.OpenText(signed)
	if err != nil {
		return err
	}
	add(text, t)
	add(sig, s)
	return nil
}

// signers is an allowed_signers file, without dates: a check in many years must
// not stop at one.
func signers(root sshsig.PublicKey, heads []sshsig.PublicKey) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s namespaces=\"despatch-keys\" %s\n", principal, root)
	for _, h := range heads {
		fmt.Fprintf(&b, "%s namespaces=\"%s,%s\" %s\n", principal, Namespace, tree.HeadNamespace, h)
	}
	return b.Bytes()
}

// heads are the heads that were made in the authority's folder.
func (m *making) heads() ([]page.HeadLine, error) {
	kept := tree.Heads(filepath.Join(m.Dir, filepath.FromSlash(buildkeys.HeadsDir)))
	highest, err := kept.Highest()
	if err != nil {
		return nil, err
	}
	var lines []page.HeadLine
	for serial := 1; serial <= highest; serial++ {
		signed, err := kept.Signed(serial)
		if err != nil {
			continue // made on another machine
		}
		h, err := tree.ParseHead(signed)
		if err != nil {
			return nil, fmt.Errorf("%s/%d: %w", buildkeys.HeadsDir, serial, err)
		}
		sum := sha256.Sum256(signed)
		lines = append(lines, page.HeadLine{Serial: strconv.Itoa(serial), Date: h.Date.UTC().Format(sshsig.TimeLayout), SHA256: hex.EncodeToString(sum[:])})
	}
	return lines, nil
}

// keysView is the page of keys: without dates in signersFile, this is where their
// periods are.
func (m *making) keysView(heads []page.HeadLine) *page.KeysView {
	k := m.tree.Keys
	v := &page.KeysView{
		Head: page.Head{Area: "keys", Caption: m.school.Name, Heading: "Keys"},
		Note: "The keys that hold for this archive. Compare the fingerprint of the root with one that you have from elsewhere: the authority’s own website, or somebody there whom you know and ring up. " +
			"The keys of accounts at other schools are in proof/keys.txt.",
		Table: "Keys", Heads: heads,
	}
	since := "keys file " + strconv.Itoa(k.Serial) + " of " + calendar.On(k.Date).Short()
	v.Keys = append(v.Keys, page.KeyLine{What: "Root: signs the keys file", Fingerprint: Fingerprint(k.Root), From: since})
	for _, h := range k.Heads {
		what := "Head key: signs what is published, and archives"
		if h == sshsig.PublicOf(m.keys.HeadKey) {
			what += ". It signed this one"
		}
		v.Keys = append(v.Keys, page.KeyLine{What: what, Fingerprint: Fingerprint(h), From: since})
	}
	for _, r := range k.Receipts {
		v.Keys = append(v.Keys, page.KeyLine{What: "Receipt key of the drop-box", Fingerprint: Fingerprint(r), From: since})
	}
	here := make(map[string]bool)
	for _, a := range m.site.People(m.School) {
		here[naming.OpaqueAccount(a.Code)] = true
	}
	for _, a := range k.Accounts {
		if !here[a.Opaque] {
			continue
		}
		line := page.KeyLine{What: "Account " + a.Opaque, Fingerprint: Fingerprint(a.Key), From: calendar.On(a.From).Short()}
		if !a.Until.IsZero() {
			line.Until = calendar.On(a.Until).Short()
		}
		v.Keys = append(v.Keys, line)
	}
	return v
}
