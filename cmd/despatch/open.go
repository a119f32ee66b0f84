package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"despatch/generator/reader"
	"despatch/generator/tree"
	"despatch/internal/buildkeys"
	"despatch/internal/sshsig"
	"despatch/layouts"
)

// openPort is where a site is read when it is free.
const openPort = 8585

// opening are the switches of despatch open.
type opening struct {
	port int
	root string
}

func newOpen(e *env) *cobra.Command {
	var s opening
	c := &cobra.Command{
		Use:   "open FOLDER | URL",
		Short: "Read a published site on this machine without trusting its host's scripts",
		Long: `Show a published site, from a folder or from its host, on this machine: with this
program's own sign-in page and worker instead of those that the host serves. Sign in
as at the site itself. The worker believes what the authority's root vouches for, and
nothing else. Files are fetched from the host as they are asked for; nothing is
written to disk but what the browser keeps, sealed.

When the host's own pages or scripts are not what the authority signed, that is said.
The root is checked when you sign in; with --root, or in an authority's folder, at
once. Only this machine can open the site, and only with the printed link.`,
		Example: `  despatch open https://schools.northmoor.example
  despatch open /media/copy-of-the-site --port 9000
  despatch open https://schools.northmoor.example --root root.pub`,
		Args: arguments(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.run(c.Context(), e, args[0])
		},
	}
	c.Flags().IntVar(&s.port, "port", openPort, "first `port` to try; 0: any that is free")
	c.Flags().StringVar(&s.root, "root", "", "`file` with the authority's root public key (public-keys/root.pub)")
	return c
}

func (s *opening) run(ctx context.Context, e *env, target string) error {
	now, err := e.Now()
	if err != nil {
		return err
	}
	root, err := s.knownRoot(e)
	if err != nil {
		return err
	}
	from, name, done, err := sourceOf(target)
	if err != nil {
		return err
	}
	defer done()
	seen, err := tree.See(ctx, from, root, tree.VerifyOptions{Now: now, Progress: e.progress()})
	if err != nil {
		return withHint(fmt.Errorf("%s is no site that can be read: %w", target, err), "despatch verify "+target)
	}
	listener, port, err := listenLocal(s.port, "despatch open --port 0")
	if err != nil {
		return err
	}
	defer listener.Close()
	r, err := reader.New(reader.Options{Name: name, From: from, Port: port, Log: e.logger()})
	if errors.Is(err, layouts.ErrNotBuilt) {
		return withHint(err, "make assets")
	}
	if err != nil {
		return err
	}
	e.saySeen(target, seen, root != nil)
	if _, err := fmt.Fprintln(e.Stdout, r.Link()); err != nil {
		return err
	}
	return serveUntilDone(ctx, newLocalServer(r), listener)
}

// knownRoot is the root that is known here, from --root or from the authority's
// folder; nil where none is.
func (s *opening) knownRoot(e *env) (*sshsig.PublicKey, error) {
	if s.root != "" {
		text, err := os.ReadFile(s.root)
		if err != nil {
			return nil, fmt.Errorf("read the root: %w", err)
		}
		key, err := sshsig.ParsePublicKey(strings.TrimSpace(string(text)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.root, err)
		}
		return &key, nil
	}
	key, err := buildkeys.LoadRoot(e.Dir)
	if errors.Is(err, buildkeys.ErrNoKeys) {
		return nil, nil
	}
	return &key, err
}

// sourceOf gives the files of a folder or of a host, and what people call it. done
// lets go of it.
func sourceOf(target string) (from tree.Source, name string, done func(), err error) {
	if !isURL(target) {
		folder, err := os.OpenRoot(target)
		if err != nil {
			return nil, "", nil, withHint(fmt.Errorf("open the site: %w", err), "name the folder of a published tree, or its address as https://schools.northmoor.example")
		}
		return tree.InFolder(folder), "a copy of the site on this machine", func() { folder.Close() }, nil
	}
	base, err := originOf(target)
	if err != nil {
		return nil, "", nil, err
	}
	client := tree.HostClient(hostTimeout)
	return tree.AtHost(client, base.String()), base.Hostname(), client.CloseIdleConnections, nil
}

func isURL(target string) bool {
	return strings.HasPrefix(target, "https://") || strings.HasPrefix(target, "http://")
}

// originOf takes the origin of an address: a site owns its origin's root. Plain http
// is for this machine alone.
func originOf(target string) (*url.URL, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, usageError{fmt.Errorf("%q is no address of a site (want one like https://schools.northmoor.example)", target)}
	}
	if u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) {
		return nil, usageError{fmt.Errorf("%s is not https: whoever is on the way could withhold or delay what you read", target)}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// saySeen tells in plain words what the site is and whether its host plays fair.
func (e *env) saySeen(target string, seen *tree.Seen, known bool) {
	fmt.Fprintf(e.Stderr, "despatch: %s is at serial %d of %s\n", target, seen.Serial, seen.Date.Format("2006-01-02 15:04 UTC"))
	if !known {
		fmt.Fprintf(e.Stderr, "despatch: it is signed under the root %s; signing in checks that this is your authority's\n", seen.Root)
	}
	differs := false
	for _, f := range seen.Findings {
		fmt.Fprintf(e.Stderr, "despatch: warning: %s\n", f)
		differs = differs || !f.Warning()
	}
	if differs {
		fmt.Fprintf(e.Stderr, "despatch: warning: what the host serves to browsers is not what the authority signed: do not sign in at the site itself, and tell the authority. Nothing of the host's runs here.\n")
	}
}

// lastWords is how long pages on their way may take when the program ends.
const lastWords = 2 * time.Second

// serveUntilDone serves until the context ends, and lets pages on their way finish.
func serveUntilDone(ctx context.Context, server *http.Server, l net.Listener) error {
	context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
		defer cancel()
		_ = server.Shutdown(ending) // whoever still reads after that is cut off
	})
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}
