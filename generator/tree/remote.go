package tree

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"despatch/internal/sshsig"
)

// VerifyURL checks the tree that a host serves at base as Verify does a folder,
// by fetching every file; what nobody lists it cannot see. Files are hashed as
// they come and not kept.
func VerifyURL(ctx context.Context, client *http.Client, base string, root sshsig.PublicKey, o VerifyOptions) ([]Finding, error) {
	v := &verifier{o: o, open: func(path string) (io.ReadCloser, error) { return fetch(ctx, client, base, path) }}
	v.check(ctx, root)
	return v.sorted(), v.failed
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
