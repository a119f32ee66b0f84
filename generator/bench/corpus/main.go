// Command corpus turns the measuring rig's corpus into an authority's folder in
// our own layout: the same documents with the same words, so that a build of it
// can be compared with Hugo's build of the original.
//
//	corpus -in RIG-CORPUS -out DIR
//
// Every visit gets the one event that publishes it (a draft is never sealed, and
// Hugo publishes all of them). The output is a pure function of the input; keys
// come from `despatch init` before and `despatch keys --make` after.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"despatch/records/calendar"
	"despatch/records/event"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("corpus", flag.ContinueOnError)
	flags.SetOutput(stderr)
	in := flags.String("in", "", "the rig's corpus")
	out := flags.String("out", "", "the authority's folder to write; may hold the keys of despatch init, but no visits")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if *in == "" || *out == "" {
		fmt.Fprintln(stderr, "corpus: error: -in and -out are required")
		return 2
	}
	c := &converter{in: *in, out: *out, days: calendar.New(nil)}
	if err := c.convert(ctx); err != nil {
		fmt.Fprintf(stderr, "corpus: error: %v\n", err)
		return 1
	}
	fmt.Fprintf(stdout, "%s: %d schools, %d visits, %d sheets\n", *out, c.schools, c.visits, c.sheets)
	return 0
}

// A converter reads a rig corpus and writes an authority's folder.
type converter struct {
	in, out string
	days    *calendar.Calendar

	schools, visits, sheets int
}

func (c *converter) convert(ctx context.Context) error {
	if left, err := os.ReadDir(filepath.Join(c.out, "content", "visits")); err == nil && len(left) > 0 {
		return fmt.Errorf("%s has visits already", c.out)
	}
	if err := c.site(); err != nil {
		return err
	}
	places, err := os.ReadDir(filepath.Join(c.in, "schools"))
	if err != nil {
		return err
	}
	for _, p := range places {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !p.IsDir() {
			continue
		}
		if err := c.school(p.Name()); err != nil {
			return err
		}
	}
	sheets, err := filepath.Glob(filepath.Join(c.in, "mi", "[0-9]*.md"))
	if err != nil {
		return err
	}
	for _, s := range sheets {
		if err := c.sheet(s); err != nil {
			return err
		}
	}
	return nil
}

// A doc is one document of the rig: flat front matter and Markdown.
type doc struct {
	front map[string]string
	body  string
}

func readDoc(path string) (doc, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return doc{}, err
	}
	head, body, ok := strings.Cut(strings.TrimPrefix(string(data), "---\n"), "\n---\n")
	if !ok {
		head, ok = strings.CutSuffix(head, "\n---")
		if !ok {
			return doc{}, fmt.Errorf("%s has no front matter", path)
		}
	}
	d := doc{front: map[string]string{}, body: strings.TrimLeft(body, "\n")}
	for line := range strings.Lines(head) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		if !ok {
			return doc{}, fmt.Errorf("%s: %q is not a line of front matter", path, line)
		}
		d.front[key] = strings.Trim(value, `"`)
	}
	return d, nil
}

func (c *converter) school(urn string) error {
	dir := filepath.Join(c.in, "schools", urn)
	d, err := readDoc(filepath.Join(dir, "_index.md"))
	if err != nil {
		return err
	}
	phase := d.front["phase"]
	if phase == "Special" {
		phase = "Not applicable" // the register's word for a special school's phase
	}
	c.schools++
	err = c.write(fmt.Sprintf("content/schools/%s.yaml", urn), fmt.Sprintf(schoolForm, urn, 1000+c.schools%9000, d.front["title"], phase))
	if err != nil {
		return err
	}
	visits, err := filepath.Glob(filepath.Join(dir, "[0-9]*.md"))
	if err != nil {
		return err
	}
	for _, v := range visits {
		if err := c.visit(urn, v); err != nil {
			return err
		}
	}
	return nil
}

func (c *converter) visit(urn, path string) error {
	d, err := readDoc(path)
	if err != nil {
		return err
	}
	date, err := calendar.Parse(d.front["date"])
	if err != nil {
		return err
	}
	id := recordID(d.front["date"], urn+"/"+filepath.Base(path), d.front["focus"])
	c.visits++
	dir := fmt.Sprintf("content/visits/%d/%s/", date.Year, id)
	text := fmt.Sprintf(visitForm, d.front["type"], urn, d.front["date"], d.front["title"], d.front["focus"], d.front["category"], d.front["adviser"])
	if c.schools == 1 {
		// The first school's reports lie beside, so that one can be appended to.
		err = c.write(dir+"report.md", d.body)
	} else {
		text += "report: |\n" + indent(d.body)
	}
	if err = errors.Join(err, c.write(dir+"visit.yaml", text)); err != nil {
		return err
	}
	return c.event(id, d.front["adviser"], d.front["type"] == "focus", date.AddDays(1))
}

// event writes what publishes a visit the day after it: submitted with its
// window where the school answers, else issued.
func (c *converter) event(record, by string, answered bool, on calendar.Date) error {
	at := on.Start().Add(10 * time.Hour).UTC()
	kind := event.Issued
	if answered {
		kind = event.Submitted
	}
	var b strings.Builder
	fmt.Fprintf(&b, "format: 1\nkind: %s\nrecord: %s\ntime: %s\nby: %s\n", kind, record, at.Format(time.RFC3339), by)
	if answered {
		sum, err := c.days.Deadline(on, 10)
		if err != nil {
			return err
		}
		days := make([]string, len(sum.Counted))
		for i, d := range sum.Counted {
			days[i] = d.String()
		}
		fmt.Fprintf(&b, "respond_by: %s\nsum: [%s]\n", sum.On, strings.Join(days, ", "))
		if len(sum.Skipped) > 0 {
			b.WriteString("skipped:\n")
		}
		for _, s := range sum.Skipped {
			fmt.Fprintf(&b, "  - date: %s\n    why: %q\n", s.Date, s.Why)
		}
	}
	return c.write(event.Path(kind, at, []byte(b.String())), b.String())
}

func (c *converter) sheet(path string) error {
	d, err := readDoc(path)
	if err != nil {
		return err
	}
	date, err := calendar.Parse(d.front["date"])
	if err != nil {
		return err
	}
	kind, due := "Information", ""
	if d.front["category"] != "Information" {
		kind, due = "Action", fmt.Sprintf("due: %s\n", date.AddDays(14))
	}
	number := strings.TrimSuffix(filepath.Base(path), ".md")
	c.sheets++
	return c.write(fmt.Sprintf("content/sheets/%d/%s.md", date.Year, recordID(d.front["date"], number, d.front["focus"])),
		fmt.Sprintf(sheetForm, d.front["title"], kind, strings.Replace(number, "-", "/", 1), d.front["date"], due, d.front["adviser"], d.body))
}

func (c *converter) write(name, text string) error {
	path := filepath.Join(c.out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// recordID makes the id of a record: its four random characters come from the
// name that the document has in the rig.
func recordID(date, name, title string) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	hash := sha256.Sum256([]byte(name))
	four := make([]byte, 4)
	for i := range four {
		four[i] = alphabet[hash[i]%32]
	}
	slug := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.ToLower(title))
	return strings.TrimRight(fmt.Sprintf("%s-%s-%.40s", date, four, slug), "-")
}

// indent puts a text into a YAML block scalar.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if line != "\n" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}
