package tree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"despatch/internal/sshsig"
)

// A Source gives the files of a tree that stands somewhere, whole or not. A missing
// file is fs.ErrNotExist. Nothing that it gives is believed.
type Source func(ctx context.Context, path string) (io.ReadCloser, error)

// InFolder is the tree in a folder.
func InFolder(root *os.Root) Source {
	return func(_ context.Context, path string) (io.ReadCloser, error) { return root.Open(path) }
}

// AtHost is the tree that a host serves at base. Client says how patiently.
func AtHost(client *http.Client, base string) Source {
	return func(ctx context.Context, path string) (io.ReadCloser, error) { return fetch(ctx, client, base, path) }
}

// HostClient asks one host: it follows no way to another origin, keeps no cookies
// and gives up on a file after patience.
func HostClient(patience time.Duration) *http.Client {
	return &http.Client{
		Timeout: patience,
		CheckRedirect: func(to *http.Request, via []*http.Request) error {
			if from := via[0].URL; to.URL.Scheme != from.Scheme || to.URL.Host != from.Host {
				return fmt.Errorf("the host sends readers on to %s", (&url.URL{Scheme: to.URL.Scheme, Host: to.URL.Host}).String())
			}
			if len(via) > 3 {
				return errors.New("the host sends readers on again and again")
			}
			return nil
		},
	}
}

// VerifyURL checks the tree that a host serves at base as Verify does a folder,
// by fetching every file; what nobody lists it cannot see. Files are hashed as
// they come and not kept.
func VerifyURL(ctx context.Context, client *http.Client, base string, root sshsig.PublicKey, o VerifyOptions) ([]Finding, error) {
	v := verifierOf(ctx, AtHost(client, base), o)
	v.check(ctx, root)
	return v.sorted(), v.failed
}

func verifierOf(ctx context.Context, from Source, o VerifyOptions) *verifier {
	return &verifier{o: o, open: func(path string) (io.ReadCloser, error) { return from(ctx, path) }}
}

// Seen is what a host says of its tree before anything in it is opened.
type Seen struct {
	Root     sshsig.PublicKey // that signed the keys file
	Serial   int
	Date     time.Time
	Findings []Finding
}

// See looks at what a browser loads before any worker watches over it: head, keys
// and the shell's files. Where root is nil, the one that signed the keys file is
// taken, which says only that the host's files belong together.
func See(ctx context.Context, from Source, root *sshsig.PublicKey, o VerifyOptions) (*Seen, error) {
	v := verifierOf(ctx, from, o)
	if root == nil {
		signer, err := v.signer()
		if err != nil {
			return nil, err
		}
		root = &signer
	}
	s, err := loadHead(v.read, *root)
	if err != nil {
		var b broken
		if errors.As(err, &b) {
			return nil, fmt.Errorf("%s: %w", b.path, err)
		}
		return nil, err
	}
	v.checkHead(s)
	jobs := s.jobs()
	each(len(jobs), func(i int) {
		if ctx.Err() == nil {
			v.checkFile(jobs[i])
			v.progress(len(jobs))
		}
	})
	return &Seen{Root: *root, Serial: s.Head.Serial, Date: s.Head.Date, Findings: v.sorted()}, ctx.Err()
}

// signer is who signed the keys file that the head names.
func (v *verifier) signer() (key sshsig.PublicKey, err error) {
	signed, err := v.read(headPath)
	if err != nil {
		return key, err
	}
	h, err := ParseHead(signed)
	if err != nil {
		return key, err
	}
	keys, err := v.read(h.KeysEntry().Path)
	if err != nil {
		return key, err
	}
	_, sig, err := sshsig.OpenText(keys)
	if err != nil {
		return key, fmt.Errorf("%s: %w", h.KeysEntry().Path, err)
	}
	return sshsig.Signer(sig)
}

// Forwards tells whether a path may be one of a tree, other than what a reader has
// of its own: the pages that sign in and the worker.
func Forwards(path string) bool {
	switch c := classify(path); {
	case path == headPath:
		return true
	case c == shellFile:
		return strings.HasPrefix(path, "about/") || strings.HasPrefix(path, ".well-known/")
	default:
		return c != unknown
	}
}

// fetch opens a file of a host. 404 and 410 are fs.ErrNotExist.
func fetch(ctx context.Context, client *http.Client, base, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/"+path, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", path, err)
	}
	req.Header.Set("Cache-Control", "no-cache")
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", path, err)
	}
	switch res.StatusCode {
	case http.StatusOK:
		return res.Body, nil
	case http.StatusNotFound, http.StatusGone:
		err = fs.ErrNotExist
	default:
		err = fmt.Errorf("the host answered %s", res.Status)
	}
	if closeErr := res.Body.Close(); closeErr != nil {
		err = fmt.Errorf("%w (%v)", err, closeErr)
	}
	return nil, fmt.Errorf("fetch %s: %w", path, err)
}
