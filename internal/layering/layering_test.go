package layering_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "despatch"

// nouns are the records, which every stage speaks of.
const nouns = "records/access records/authority records/calendar records/datareturn records/document records/event records/misheet records/news records/result records/school records/sending records/visit"

// mayImport is the whole floor plan: every package, and the packages of this
// module that it may import. Adding a row is a design decision; give the new
// package its sentence in docs/architecture.md in the same commit.
var mayImport = map[string]string{
	"records/calendar":   "",
	"records/authority":  "records/calendar",
	"records/school":     "records/authority records/calendar",
	"records/access":     "records/calendar records/school",
	"records/event":      "records/calendar",
	"records/visit":      "records/authority records/calendar records/event",
	"records/misheet":    "records/authority records/calendar",
	"records/datareturn": "internal/plaintext internal/refusal records/authority records/calendar",
	"records/document":   "records/authority records/calendar",
	"records/sending":    "internal/plaintext internal/refusal records/datareturn",
	"records/news":       "records/calendar",
	"records/result":     "records/calendar records/document",

	"internal/refusal":           "",
	"internal/durable":           "",
	"internal/plaintext":         "",
	"internal/recordid":          "records/calendar",
	"internal/strictyaml":        "",
	"internal/sshsig":            "internal/refusal",
	"internal/padding":           "",
	"internal/seal":              "internal/padding internal/refusal",
	"internal/naming":            "internal/refusal",
	"internal/keysfile":          "internal/refusal internal/sshsig",
	"internal/keyring":           "internal/refusal internal/seal internal/sshsig internal/naming internal/durable records/access",
	"internal/buildkeys":         "internal/refusal internal/durable internal/keysfile internal/naming internal/seal internal/sshsig records/access",
	"internal/register":          "internal/refusal internal/sshsig",
	"internal/signin":            "internal/refusal internal/sshsig",
	"internal/envelope":          "internal/padding internal/refusal internal/sshsig",
	"internal/address":           "internal/refusal",
	"internal/passkey":           "internal/refusal internal/seal",
	"internal/permission":        "internal/refusal",
	"internal/response":          "internal/plaintext internal/refusal",
	"internal/auditlog":          "internal/refusal",
	"internal/statement":         "internal/auditlog internal/refusal internal/signin internal/sshsig records/calendar",
	"internal/spreadsheet":       "",
	"internal/receipt":           "internal/auditlog internal/refusal internal/sshsig",
	"internal/bag":               "",
	"internal/layering":          "",
	"internal/door":              "",
	"internal/tagpdf":            "",
	"internal/pdfcheck":          "",
	"internal/pdfsign":           "",
	"internal/timestamp":         "",
	"internal/timestamp/tsatest": "",

	"layouts": "",
	"content": "",

	"generator/source":        nouns + " internal/response internal/strictyaml",
	"generator/page":          nouns + " generator/source",
	"generator/render":        nouns + " generator/source generator/page internal/tagpdf layouts",
	"generator/paper":         "generator/page generator/render generator/source internal/pdfsign internal/tagpdf layouts records/authority",
	"generator/tree":          "records/calendar internal/refusal internal/durable internal/keysfile internal/naming internal/seal internal/sshsig",
	"generator/sitebucket":    "internal/bucket internal/sitehost",
	"generator/reader":        "generator/render generator/source generator/tree internal/door layouts records/authority",
	"generator/preview":       "internal/door " + nouns + " generator/source generator/page generator/paper generator/render layouts",
	"generator":               nouns + " generator/source generator/page generator/paper generator/render generator/tree internal/buildkeys internal/durable internal/keysfile internal/naming internal/pdfsign internal/refusal internal/seal internal/sshsig internal/timestamp layouts",
	"generator/bench/corpus":  nouns + " internal/strictyaml",
	"generator/bench/statall": "",

	"internal/sitehost": "",
	"internal/bucket":   "",

	"dropbox/store":    "internal/bucket internal/durable",
	"dropbox/logbook":  "dropbox/store internal/auditlog",
	"dropbox/registry": "dropbox/store internal/refusal internal/register internal/sshsig",
	"dropbox/boxkeys":  "internal/durable internal/refusal internal/sshsig",
	"dropbox/login":    "dropbox/boxkeys dropbox/registry dropbox/store internal/register internal/signin internal/sshsig",
	"dropbox/intake":   "dropbox/logbook dropbox/store internal/auditlog internal/padding internal/receipt internal/refusal internal/register",
	"dropbox/drafts":   "dropbox/intake dropbox/store internal/refusal",
	"dropbox/backup":   "dropbox/store",
	"dropbox":          "dropbox/drafts dropbox/intake dropbox/logbook dropbox/login dropbox/registry dropbox/store internal/auditlog internal/refusal internal/register internal/sitehost internal/sshsig",
	"cmd/despatchbox":  "dropbox dropbox/backup dropbox/boxkeys dropbox/drafts dropbox/intake dropbox/logbook dropbox/login dropbox/registry dropbox/store internal/auditlog internal/durable internal/signin internal/sitehost internal/sshsig internal/strictyaml",

	"office/roster":        nouns + " generator/source internal/durable internal/naming internal/strictyaml",
	"office/collect":       nouns + " office/roster generator/source internal/address internal/auditlog internal/buildkeys internal/durable internal/envelope internal/keyring internal/keysfile internal/naming internal/passkey internal/permission internal/receipt internal/refusal internal/response internal/signin internal/sshsig internal/strictyaml",
	"office/answers":       nouns + " generator/source internal/naming internal/spreadsheet",
	"office/desk":          nouns + " office/answers generator/page generator/source internal/durable internal/naming internal/recordid internal/strictyaml",
	"office/notify":        nouns + " generator/page generator/source internal/durable internal/strictyaml office/desk",
	"office/gias":          "internal/durable internal/strictyaml records/authority records/calendar records/school",
	"office/misheetimport": "internal/durable internal/recordid internal/strictyaml records/authority records/calendar records/misheet",
	"office/skeleton":      "content internal/durable records/access records/authority internal/strictyaml records/visit",
	"office/enrol":         nouns + " office/roster generator/source generator/tree internal/buildkeys internal/durable internal/keyring internal/keysfile internal/naming internal/refusal internal/register internal/seal internal/sshsig",
	"office/archive":       nouns + " internal/envelope internal/receipt internal/statement generator generator/page generator/paper generator/render generator/source generator/tree internal/bag internal/buildkeys internal/durable internal/keysfile internal/naming internal/pdfsign internal/refusal internal/sshsig internal/strictyaml internal/tagpdf internal/timestamp layouts",
	"office/demo":          nouns + " content internal/durable internal/keyring internal/strictyaml office/enrol generator/source",

	"cmd/despatch": nouns + " internal/auditlog internal/receipt internal/register internal/sitehost office/skeleton content generator generator/page generator/preview generator/reader generator/render generator/sitebucket generator/source generator/tree internal/bucket internal/buildkeys internal/durable internal/keyring internal/keysfile internal/naming internal/pdfsign internal/refusal internal/seal internal/spreadsheet internal/sshsig internal/statement internal/strictyaml internal/bag layouts office/answers office/archive office/collect office/demo office/desk office/enrol office/gias office/misheetimport office/notify",
}

// onlyIn says which packages may import a given outside package, tests aside:
// each entry is a trust boundary that docs/threat-model.md argues from.
var onlyIn = map[string]string{
	"filippo.io/age":               "internal/seal internal/keyring",
	"gopkg.in/yaml.v3":             "internal/strictyaml",
	"html/template":                "generator/render office/enrol",
	"text/template":                "",
	"github.com/yuin/goldmark":     "generator/render",
	"github.com/go-fonts":          "generator/paper",
	"golang.org/x/image":           "internal/tagpdf",
	"software.sslmate.com":         "internal/pdfsign",
	"net/http":                     "dropbox cmd/despatchbox internal/timestamp internal/timestamp/tsatest office/collect internal/sitehost generator/tree generator/preview generator/reader internal/door cmd/despatch",
	"github.com/fsnotify/fsnotify": "internal/sitehost generator generator/preview",
	"golang.org/x/crypto/ssh":      "internal/sshsig",
	"os/exec":                      "cmd/despatch internal/timestamp/tsatest",
	"golang.org/x/mod":             "internal/auditlog internal/receipt internal/statement office/archive office/collect dropbox/logbook cmd/despatch cmd/despatchbox",
	"gocloud.dev":                  "dropbox/store generator/sitebucket internal/bucket",
	"github.com/aws":               "dropbox/store internal/bucket",
	"github.com/prometheus":        "dropbox",
	"golang.org/x/time":            "dropbox",
	"github.com/tus":               "dropbox",
	"golang.org/x/exp":             "dropbox",
	"github.com/gorilla":           "dropbox/login internal/door",
	"github.com/wneessen/go-mail":  "office/notify",
	"unsafe":                       "",
}

// neverReach says what a package may not import even indirectly, ours or
// outside. A build needs no secret of a reader, so it cannot reach the room
// that holds them; the drop-box is a program of its own for this reason.
var neverReach = map[string]string{
	"generator":        "internal/keyring office",
	"generator/source": "internal/keyring internal/seal filippo.io/age",
	"generator/page":   "internal/keyring internal/seal filippo.io/age",
	"generator/render": "internal/keyring internal/seal filippo.io/age net/http",
	"generator/paper":  "internal/keyring internal/seal filippo.io/age net/http",
	"generator/tree":   "internal/keyring office generator/source",
	"office/desk":      "internal/keyring internal/seal filippo.io/age",
	"dropbox":          "internal/keyring internal/seal internal/envelope filippo.io/age office generator",
	"cmd/despatchbox":  "internal/keyring internal/seal internal/envelope filippo.io/age office generator generator/source",
}

// A room is one package as its files say.
type room struct {
	imports map[string][]string // what is imported, by file
	files   []*ast.File
	names   []string
}

// house reads every package of the module except its tests. It reads the files
// itself: "go list" in a child process passes stale from the test cache.
func house(t *testing.T) map[string]*room {
	t.Helper()
	root := os.DirFS("../..")
	rooms := map[string]*room{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(name, d.Name()):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		r := rooms[path.Dir(name)]
		if r == nil {
			r = &room{imports: map[string][]string{}}
			rooms[path.Dir(name)] = r
		}
		r.files, r.names = append(r.files, f), append(r.names, name)
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			r.imports[imp] = append(r.imports[imp], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(rooms) < 20 {
		t.Fatalf("found %d packages only; the test looks in the wrong folder", len(rooms))
	}
	return rooms
}

func skipped(name, base string) bool {
	return base == "testdata" || base == "node_modules" || name == "demo" || name == "tools" || name != "." && strings.HasPrefix(base, ".")
}

func within(imp, wall string) bool { return imp == wall || strings.HasPrefix(imp, wall+"/") }

func TestFloorPlan(t *testing.T) {
	for from, r := range house(t) {
		allowed, ok := mayImport[from]
		if !ok {
			t.Errorf("%s: not on the floor plan", from)
			continue
		}
		for imp, files := range r.imports {
			inside, ok := strings.CutPrefix(imp, module+"/")
			if ok && !slices.Contains(strings.Fields(allowed), inside) {
				t.Errorf("%s imports %s, which the floor plan does not allow", files[0], inside)
			}
		}
	}
}

func TestOutsidePackagesAreImportedInTheirRoomsOnly(t *testing.T) {
	for from, r := range house(t) {
		for imp, files := range r.imports {
			for wall, only := range onlyIn {
				if within(imp, wall) && !slices.Contains(strings.Fields(only), from) {
					t.Errorf("%s imports %s; only %q may", files[0], imp, only)
				}
			}
		}
	}
}

func TestRecordsTouchNothingOutside(t *testing.T) {
	for from, r := range house(t) {
		if !strings.HasPrefix(from, "records/") {
			continue
		}
		for imp, files := range r.imports {
			if strings.Contains(imp, ".") || imp == "os" || imp == "net" || strings.HasPrefix(imp, "net/http") || imp == "database/sql" {
				t.Errorf("%s imports %s; records are pure", files[0], imp)
			}
		}
	}
}

func TestNeverReach(t *testing.T) {
	rooms := house(t)
	for from, walls := range neverReach {
		seen := map[string]string{} // package: who imports it
		var visit func(string)
		visit = func(p string) {
			if rooms[p] == nil {
				return
			}
			for imp := range rooms[p].imports {
				imp = strings.TrimPrefix(imp, module+"/")
				if _, ok := seen[imp]; !ok {
					seen[imp] = p
					visit(imp)
				}
			}
		}
		visit(from)
		for imp, by := range seen {
			for _, wall := range strings.Fields(walls) {
				if within(imp, wall) && !within(from, wall) {
					t.Errorf("%s reaches %s (imported by %s)", from, imp, by)
				}
			}
		}
	}
}

func TestSecretsComeFromFilesNotFromTheEnvironment(t *testing.T) {
	for _, r := range house(t) {
		for i, f := range r.files {
			ast.Inspect(f, func(n ast.Node) bool {
				sel, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := sel.X.(*ast.Ident)
				if ok && (pkg.Name == "os" || pkg.Name == "syscall") && slices.Contains([]string{"Getenv", "LookupEnv", "Environ", "ExpandEnv"}, sel.Sel.Name) {
					t.Errorf("%s reads the environment (%s.%s); settings come from flags and files", r.names[i], pkg.Name, sel.Sel.Name)
				}
				return true
			})
		}
	}
}

func TestNoPackageStartsByItself(t *testing.T) {
	for _, r := range house(t) {
		for i, f := range r.files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s has an init function; say what happens where it happens", r.names[i])
				}
			}
		}
	}
}

func TestEveryPackageHasItsSentence(t *testing.T) {
	page, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	for from, r := range house(t) {
		if !bytes.Contains(page, []byte("| `"+from+"` | ")) {
			t.Errorf("%s has no row in the floor plan of docs/architecture.md", from)
		}
		if !slices.ContainsFunc(r.files, func(f *ast.File) bool { return f.Doc != nil }) {
			t.Errorf("%s has no package comment", from)
		}
	}
	for from := range mayImport {
		if _, err := os.Stat("../../" + from); err != nil {
			t.Errorf("%s is on the floor plan and not in the house", from)
		}
	}
}
