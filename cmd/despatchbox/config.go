package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"despatch/dropbox/intake"
	"despatch/internal/signin"
	"despatch/internal/strictyaml"
)

// config is box.yaml. Unknown and repeated keys are refused; a flag of serve wins
// over its key. No secret stands in it: keys are files in keys/.
type config struct {
	Format int `yaml:"format"`
	// Origin is where browsers find the box: https://box.example. Whoever changes it
	// makes every sign-in fail; it stands in every receipt.
	Origin string `yaml:"origin"`
	// Listen is the address and port for browsers. Only 127.0.0.1 unless said: put a
	// proxy with TLS before it, or give tls.
	Listen string `yaml:"listen,omitempty"`
	// Operations is the address and port of /healthz, /readyz and /metrics. Whoever
	// reaches it sees how much is sent, and no more.
	Operations string `yaml:"operations,omitempty"`
	// Site is a published tree to serve from the same origin. Whoever can write to it
	// can serve other scripts to browsers that have not seen the site before.
	Site string `yaml:"site,omitempty"`
	// Portal is the origin of the site where it is served elsewhere, under the same
	// domain. Its scripts may speak for whoever is signed in.
	Portal string `yaml:"portal,omitempty"`
	// Proxies are addresses (10.0.0.0/8) whose X-Forwarded-For is believed. Whoever
	// has one can escape the throttles.
	Proxies []string `yaml:"proxies,omitempty"`
	// LargestUpload is the largest deposit that is taken, in MiB. Whoever raises it
	// lets senders fill the store faster; their quotas still hold.
	LargestUpload int    `yaml:"largest-upload,omitempty"`
	TLS           tls    `yaml:"tls,omitempty"`
	Bucket        bucket `yaml:"bucket,omitempty"`
}

// tls names the files of a certificate chain and its key.
type tls struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// bucket takes the place of the folder store/. Whoever can write to it can destroy
// deposits, and can read none.
type bucket struct {
	Endpoint string `yaml:"endpoint,omitempty"` // empty for AWS's own
	Region   string `yaml:"region"`
	Name     string `yaml:"name"`
	// Credentials is a file of 0600 with two lines, access key and secret key.
	Credentials string `yaml:"credentials"`
}

const (
	defaultListen     = "127.0.0.1:8090"
	defaultOperations = "127.0.0.1:8091"

	// defaultLargest and mostLargest are of one deposit, in MiB.
	defaultLargest, mostLargest = intake.DefaultLargestUpload >> 20, 64 << 10
)

// loadConfig reads box.yaml; its paths are relative to its folder.
func (e *env) loadConfig() (*config, error) {
	text, err := os.ReadFile(e.path(confFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, hinted{fmt.Errorf("%s holds no drop-box", e.Dir), "say which folder with -C DIR, or make one: despatchbox init DIR --origin https://… --root root.pub"}
	}
	if err != nil {
		return nil, err
	}
	c := &config{Listen: defaultListen, Operations: defaultOperations, LargestUpload: defaultLargest}
	if problems := strictyaml.Decode(text, c); len(problems) > 0 {
		var all []string
		for _, p := range problems {
			all = append(all, fmt.Sprintf("%s:%d:%d: %s", confFile, p.Line, p.Column, p.Text))
		}
		return nil, errors.New(strings.Join(all, "\n"))
	}
	for _, p := range []*string{&c.Site, &c.TLS.Certificate, &c.TLS.Key, &c.Bucket.Credentials} {
		*p = e.relative(*p)
	}
	return c, c.check()
}

func (e *env) relative(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return e.path(name)
}

func (c *config) check() error {
	switch {
	case c.Format != 1:
		return fmt.Errorf("%s: format is %d (want 1; a newer one needs a newer despatchbox)", confFile, c.Format)
	case !signin.IsOrigin(c.Origin):
		return fmt.Errorf("%s: origin %q is not one like https://box.example", confFile, c.Origin)
	case c.Portal != "" && !signin.IsOrigin(c.Portal):
		return fmt.Errorf("%s: portal %q is not an origin like https://portal.example", confFile, c.Portal)
	case c.Portal != "" && c.Site != "":
		return fmt.Errorf("%s: the site is served from here (site) or elsewhere (portal), not both", confFile)
	case c.LargestUpload < intake.Largest>>20 || c.LargestUpload > mostLargest:
		return fmt.Errorf("%s: largest-upload is %d (want MiB, from %d to %d)", confFile, c.LargestUpload, intake.Largest>>20, mostLargest)
	case (c.TLS.Certificate == "") != (c.TLS.Key == ""):
		return fmt.Errorf("%s: tls wants certificate and key", confFile)
	case c.Bucket != (bucket{}) && (c.Bucket.Region == "" || c.Bucket.Name == "" || c.Bucket.Credentials == ""):
		return fmt.Errorf("%s: bucket wants region, name and credentials", confFile)
	}
	_, err := c.proxies()
	return err
}

func (c *config) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range c.Proxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("%s: proxies: %q is not a range of addresses like 10.0.0.0/8", confFile, text)
		}
		out = append(out, p)
	}
	return out, nil
}
