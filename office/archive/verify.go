package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"despatch/generator/tree"
	"despatch/internal/bag"
	"despatch/internal/keysfile"
	"despatch/internal/refusal"
	"despatch/internal/sshsig"
	"despatch/internal/timestamp"
)

// Trust is what an archive is held to. One of Root and Fingerprint must be given.
type Trust struct {
	Root        sshsig.PublicKey // the authority's root; zero: not at hand
	Fingerprint string           // of the root, as ssh-keygen -l prints it
	Keys        *keysfile.Keys   // the authority's keys as they are now; nil: not at hand
}

func (t Trust) is(root sshsig.PublicKey) bool {
	if t.Root != (sshsig.PublicKey{}) && t.Root != root {
		return false
	}
	return t.Fingerprint == "" || t.Fingerprint == Fingerprint(root)
}

// A Report says what a good archive is.
type Report struct {
	Description, Made, Serial string
	Files                     int
	Root, Signer              string   // fingerprints
	Stamped                   string   // when and by whom, as the time stamp says; empty: there is none
	Own                       string   // the opaque account that made it of what it could read; empty: the authority made it
	Evidence                  int      // receipts, envelopes and statements that were checked
	Warnings                  []string // sentences that do not make it bad
}

// mostProof is the largest file of the proof that is read whole.
const mostProof = 32 << 20

// Verify checks an archive, a zip or the folder that it was unpacked to, and names
// everything that is not as it was signed, sorted by path. What cannot be an
// archive at all is an error.
func Verify(name string, t Trust, progress func(done, total int, what string)) (Report, []bag.Finding, error) {
	r, err := bag.Open(name)
	if err != nil {
		return Report{}, nil, err
	}
	defer r.Close()
	report, findings := verify(r, t, progress)
	return report, findings, nil
}

func verify(r *bag.Reader, t Trust, progress func(done, total int, what string)) (Report, []bag.Finding) {
	v := verifier{Reader: r, trust: t}
	v.found = r.Check(progress)
	v.format()
	if keys := v.keys(); keys != nil {
		v.signature(keys)
		v.published(keys)
		v.evidence(keys)
	}
	v.report.Description, _ = r.Info("External-Description")
	v.report.Made, _ = r.Info("Despatch-Made")
	v.report.Serial, _ = r.Info("Despatch-Serial")
	v.report.Files = len(r.Paths())
	slices.SortStableFunc(v.found, func(a, b bag.Finding) int { return strings.Compare(a.Path, b.Path) })
	return v.report, slices.Compact(v.found)
}

type verifier struct {
	*bag.Reader
	trust  Trust
	found  []bag.Finding
	report Report
}

func (v *verifier) add(kind, path, format string, args ...any) {
	v.found = append(v.found, bag.Finding{Kind: kind, Path: path, Text: fmt.Sprintf(format, args...)})
}

// refused adds what a reader of ours said of a file.
func (v *verifier) refused(path string, err error) {
	kind := string(refusal.Of(err))
	if kind == "" {
		kind = "malformed"
	}
	v.add(kind, path, "%v", err)
}

func (v *verifier) format() {
	switch number, ok := v.Info("Despatch-Archive-Format"); {
	case !ok:
		v.add("malformed", bag.InfoFile, "it names no format of archives: this is another's bag")
	case number == "1":
		if _, err := v.ReadFile(bag.TimeStamp, mostProof); err == nil {
			v.add("unlisted", bag.TimeStamp, "no archive of format 1 has a time stamp: it was added")
		}
	case number != strconv.Itoa(format):
		v.add("newer", bag.InfoFile, "the archive has format %.20q, made by a newer Despatch: update despatch", number)
	}
}

func (v *verifier) proof(name string) ([]byte, bool) {
	data, err := v.ReadFile(dataDir+proofDir+"/"+name, mostProof)
	if err != nil {
		v.add("missing", dataDir+proofDir+"/"+name, "without it nobody can tell who signed")
	}
	return data, err == nil
}

// keys gives the keys file of the archive if the root that is trusted signed it.
func (v *verifier) keys() *keysfile.Keys {
	at := func(name string) string { return dataDir + proofDir + "/" + name }
	line, ok1 := v.proof(rootFile)
	text, ok2 := v.proof(keysText)
	sig, ok3 := v.proof(keysSig)
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	root, err := sshsig.ParsePublicKey(strings.TrimSuffix(string(line), "\n"))
	if err != nil {
		v.refused(at(rootFile), err)
		return nil
	}
	v.report.Root = Fingerprint(root)
	if !v.trust.is(root) {
		v.add("signer", at(rootFile), "the archive is of another authority: its root is %s", Fingerprint(root))
		return nil
	}
	keys, err := keysfile.Parse(slices.Concat(text, sig), root)
	if err != nil {
		v.refused(at(keysText), err)
		return nil
	}
	want := signers(root, keys.Heads)
	if v.report.Own, _ = v.Info("Despatch-Account"); v.own() {
		want = append(want, ownSigner(keys, v.report.Own)...)
	}
	if list, ok := v.proof(signersFile); ok && !bytes.Equal(list, want) {
		v.add("signer", at(signersFile), "it names other keys than the keys file that the root signed")
	}
	return keys
}

// signature checks who signed the tag manifest.
func (v *verifier) signature(keys *keysfile.Keys) {
	sig, err := v.ReadFile(bag.Signature, mostProof)
	if err != nil {
		v.add("missing", bag.Signature, "the archive is not signed")
		return
	}
	signer, err := sshsig.Signer(sig)
	if err != nil {
		v.refused(bag.Signature, err)
		return
	}
	v.report.Signer = Fingerprint(signer)
	namespace := Namespace
	switch {
	case v.own():
		namespace = OwnNamespace
		if !v.named(keys, signer) {
			v.add("signer", bag.Signature, "signed by %s, a key that the authority's keys file does not name for the account %.32s then", Fingerprint(signer), v.report.Own)
			return
		}
	case !keys.IsHead(signer):
		v.add("signer", bag.Signature, "signed by %s, a key that the authority's keys file does not name", Fingerprint(signer))
		return
	}
	tags, err := v.ReadFile(bag.TagManifest, mostProof)
	if err != nil {
		return // told by Check
	}
	if err := sshsig.Verify(signer, namespace, tags, sig); err != nil {
		v.refused(bag.Signature, err)
	}
	v.stamped(tags)
	if v.trust.Keys != nil && !v.own() && !v.trust.Keys.IsHead(signer) {
		v.report.Warnings = append(v.report.Warnings, "the authority's present keys file no longer names "+Fingerprint(signer)+", which signed this archive")
	}
}

// own tells whether a person made the archive, of what they could read.
func (v *verifier) own() bool {
	profile, _ := v.Info("Despatch-Archive-Profile")
	return profile == "account"
}

// named tells whether the keys file names a key for the account, for when the
// archive says that it was made.
func (v *verifier) named(keys *keysfile.Keys, signer sshsig.PublicKey) bool {
	text, _ := v.Info("Despatch-Made")
	made, err := time.Parse(sshsig.TimeLayout, text)
	return err == nil && slices.ContainsFunc(keys.Accounts, func(a keysfile.Account) bool {
		return a.Opaque == v.report.Own && a.Key == signer && !made.Before(a.From) && (a.Until.IsZero() || made.Before(a.Until))
	})
}

// ownSigner is the line of allowed-signers for an account.
func ownSigner(keys *keysfile.Keys, account string) []byte {
	for _, a := range slices.Backward(keys.Accounts) {
		if a.Opaque == account && a.Until.IsZero() {
			return fmt.Appendf(nil, "account namespaces=\"%s\" %s\n", OwnNamespace, a.Key)
		}
	}
	return nil
}

// stamped checks the time stamp over the tag manifest, where there is one. Whether
// to trust who stamped is for "openssl ts -verify".
func (v *verifier) stamped(tags []byte) {
	answer, err := v.ReadFile(bag.TimeStamp, mostProof)
	if err != nil {
		return // most archives have none
	}
	token, err := timestamp.Read(answer, sha256.Sum256(tags))
	if err != nil {
		v.add("mismatch", bag.TimeStamp, "%v", err)
		return
	}
	v.report.Stamped = stamped(token)
}

// published checks that the signed head and its lists name the sealed files that
// the archive says were published.
func (v *verifier) published(keys *keysfile.Keys) {
	inTree := dataDir + proofDir + "/" + treeFolder + "/"
	signed, ok := v.proof(treeFolder + "/head")
	list, ok2 := v.proof(sealedFile)
	if !ok || !ok2 {
		return
	}
	head, err := tree.ParseHead(signed)
	if err == nil {
		err = tree.VerifyHead(signed, keys)
	}
	if err != nil {
		v.refused(inTree+"head", err)
		return
	}
	listed := make(map[string]bool)
	for _, e := range head.Entries {
		data, err := v.ReadFile(inTree+e.Path, mostProof)
		if err != nil {
			continue // not needed, or told by Check
		}
		if sum := sha256.Sum256(data); sum != e.Sum {
			v.add("mismatch", inTree+e.Path, "it is not the one that the head lists (%s)", hex.EncodeToString(sum[:8]))
			continue
		}
		for line := range strings.Lines(string(data)) {
			listed[line] = true
		}
	}
	for line := range strings.Lines(string(list)) {
		if !listed[line] {
			v.add("mismatch", dataDir+proofDir+"/"+sealedFile, "no list of the head has the line %.80q", strings.TrimSpace(line))
			return
		}
	}
}

// ErrNotGood is Restore's error for an archive with findings.
var ErrNotGood = errors.New("the archive is not as it was signed")
