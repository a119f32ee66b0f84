package layouts

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

//go:embed accessibility.json
var accessibility []byte

//go:embed device.json
var device []byte

// Checks is layouts/accessibility.json: what the last full run of the
// accessibility tests found (docs/accessibility.md, Test results). `make
// statement` writes it; nobody edits it by hand.
type Checks struct {
	Format     int       `json:"format"`     // 1
	Date       string    `json:"date"`       // of the run: 2026-11-22
	Version    string    `json:"version"`    // of the program whose pages were looked at
	Engine     string    `json:"engine"`     // axe-core and its version
	Browser    string    `json:"browser"`    // the browser and its version
	Conditions []string  `json:"conditions"` // in which every page was looked at: 320 pixels wide …
	Pages      []Checked `json:"pages"`      // by name
	Failures   []Failure `json:"failures"`   // by page, then rule
}

// Checked is one kind of page, as people call it.
type Checked struct {
	Page     string `json:"page"`
	Looks    int    `json:"looks"`    // how often one was looked at, over people, states and conditions
	Failures int    `json:"failures"` // how many rules it broke, over all looks
}

// A Failure is a rule that a kind of page broke.
type Failure struct {
	Page      string `json:"page"`
	Rule      string `json:"rule"`      // axe's name of it: color-contrast
	Criterion string `json:"criterion"` // of WCAG: 1.4.3; empty for a best practice
	What      string `json:"what"`      // what the rule wants, in a sentence
	Looks     int    `json:"looks"`     // in how many looks
}

// ParseChecks reads test results. It refuses those that do not add up: a statement
// must not say more than was tested.
func ParseChecks(data []byte) (*Checks, error) {
	c := new(Checks)
	if err := strict(data, c); err != nil {
		return nil, fmt.Errorf("read layouts/accessibility.json: %w", err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("read layouts/accessibility.json: %w: run make statement", err)
	}
	return c, nil
}

// On is the day of the run.
func (c *Checks) On() time.Time {
	day, _ := time.Parse(time.DateOnly, c.Date) // check has seen it
	return day
}

func (c *Checks) check() error {
	if _, err := time.Parse(time.DateOnly, c.Date); err != nil {
		return fmt.Errorf("%q is not the date of a run", c.Date)
	}
	switch {
	case c.Format != 1:
		return fmt.Errorf("format %d is not known (want 1)", c.Format)
	case c.Version == "" || c.Engine == "" || c.Browser == "" || len(c.Conditions) == 0:
		return errors.New("it does not say what was tested with what")
	case len(c.Pages) == 0:
		return errors.New("no page was tested")
	}
	failures := map[string]int{}
	for _, f := range c.Failures {
		if f.Rule == "" || f.What == "" || f.Looks < 1 {
			return fmt.Errorf("a failure on %q does not say what failed", f.Page)
		}
		failures[f.Page] += f.Looks
	}
	for i, p := range c.Pages {
		switch {
		case p.Page == "" || p.Looks < 1:
			return fmt.Errorf("page %d was not looked at", i+1)
		case i > 0 && strings.Compare(c.Pages[i-1].Page, p.Page) >= 0:
			return fmt.Errorf("the page %q is not in its place", p.Page)
		case failures[p.Page] != p.Failures:
			return fmt.Errorf("the page %q has %d failures, but %d are listed", p.Page, p.Failures, failures[p.Page])
		}
	}
	for page := range failures {
		if !slices.ContainsFunc(c.Pages, func(p Checked) bool { return p.Page == page }) {
			return fmt.Errorf("a failure is of the page %q, which was not looked at", page)
		}
	}
	return nil
}

// Kept is one thing that the site keeps on a person's device, as the cookies page
// names it (layouts/device.json). A name that ends in a colon goes on with a key
// or an account's opaque id. The browser's tests find no other
// (e2e: "the device keeps what the cookies page names and nothing else").
type Kept struct {
	Place string `json:"place"` // IndexedDB, Cookie, Cache, Session storage, Service worker
	Name  string `json:"name"`
	What  string `json:"what"`
	Why   string `json:"why"`
	Until string `json:"until"`
}

// parseKept reads what is kept on a device.
func parseKept(data []byte) ([]Kept, error) {
	var kept []Kept
	if err := strict(data, &kept); err != nil {
		return nil, fmt.Errorf("read layouts/device.json: %w", err)
	}
	return kept, nil
}

// strict reads JSON that has no member unknown here and nothing after it.
func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}
